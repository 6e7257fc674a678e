"""Which connection does a packet belong to? All connections of a capture, found by their connection IDs, whatever the addresses.

A flow is two endpoints; a connection may move from one to another (migration, NAT rebinding: RFC 9000 9), and one flow may see many
connections. So each flow knows the IDs that were seen in it, of any length, and the capture knows those that are long enough not to meet
by chance.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from workbench.api import Direction, Memory, Secrets
from workbench_quic.connection import Connection
from workbench_quic.limits import MOST_CONNECTIONS, MOST_IDS, MOST_ROUTES, MOST_TOKENS, MOST_WAITING, SHORTEST_WANDERING_ID
from workbench_quic.versions import Version

__all__ = ["Connections", "Route", "Routes", "connections_of"]


class Route(NamedTuple):
    """Packets to this connection ID belong to `connection` and come from `role`: the other side had issued it."""

    connection: Connection
    role: Direction
    cid: bytes


@dataclass(slots=True)
class _Issued:
    """IDs and tokens that each role of a connection gave out."""

    connection: Connection
    cids: tuple[dict[bytes, None], dict[bytes, None]] = field(default_factory=lambda: ({}, {}))
    tokens: list[bytes] = field(default_factory=list)


class Connections:
    """Those of one capture."""

    def __init__(self) -> None:
        self._known: dict[int, _Issued] = {}
        """By number; the one heard of last is the last."""
        self._routes: dict[bytes, Route] = {}
        self._sizes: dict[int, int] = {}
        """How many IDs there are of each length."""
        self._tokens: dict[bytes, Connection] = {}
        self._count = 0
        self._waiting = 0
        self._newest: Connection | None = None
        """The one that something came of last."""

    def __len__(self) -> int:
        return len(self._known)

    def begin(self, secrets: Secrets, destination: bytes, version: Version | None) -> Connection:
        """A new connection, whose client sent to this connection ID first."""
        connection = Connection(self._count, secrets, [destination], version)
        self._count += 1
        self._known[connection.number] = _Issued(connection)
        self._newest = connection
        if len(self._known) > MOST_CONNECTIONS:
            self._forget(next(iter(self._known)))
        return connection

    def heard(self, connection: Connection) -> None:
        """Something of this connection came: others are forgotten before it."""
        if connection is self._newest:
            return
        self._newest = connection
        issued = self._known.pop(connection.number, None)
        if issued is not None:
            self._known[connection.number] = issued

    def weigh(self, connection: Connection) -> None:
        """More or less waits in a connection than before; where all of them together keep too much, the most silent ones go."""
        waiting = connection.waiting
        self._waiting += waiting - connection.counted
        connection.counted = waiting
        while self._waiting > MOST_WAITING and len(self._known) > 1:
            self._forget(next(iter(self._known)))

    def issue(self, connection: Connection, role: Direction, cid: bytes, token: bytes = b"") -> Route:
        """A side of a connection wants its packets sent to this ID, and may reset the connection with that token."""
        route = Route(connection, role.opposite, cid)
        issued = self._known.get(connection.number)
        if issued is None:
            return route
        if token:
            self.remember_token(connection, token)
        mine = issued.cids[role]
        if cid not in mine:
            mine[cid] = None
            if len(cid) >= SHORTEST_WANDERING_ID:
                self._drop(cid)
                self._routes[cid] = route
                self._sizes[len(cid)] = self._sizes.get(len(cid), 0) + 1
            if len(mine) > MOST_IDS:
                self._retire(issued, role, next(iter(mine)))
        return route

    def routes_to(self, connection: Connection, role: Direction) -> list[Route]:
        """All IDs that a role has given out: where packets to it may be sent."""
        issued = self._known.get(connection.number)
        return [] if issued is None else [Route(connection, role.opposite, cid) for cid in issued.cids[role]]

    def reset_by(self, packet: bytes) -> Connection | None:
        """The connection that a packet resets, if it ends in a token that is known (RFC 9000 10.3.1)."""
        return self._tokens.get(packet[-16:])

    def find(self, cid: bytes) -> Route | None:
        """Where packets to this connection ID belong."""
        return self._routes.get(cid)

    def find_at(self, data: bytes, at: int) -> Route | None:
        """The same for a short header, which does not say how long its ID is: the longest that is known counts."""
        for size in sorted(self._sizes, reverse=True):
            route = self._routes.get(data[at : at + size])
            if route is not None:
                return route
        return None

    def remember_token(self, connection: Connection, token: bytes) -> None:
        """A packet that ends in this token resets the connection."""
        issued = self._known.get(connection.number)
        if issued is None or len(issued.tokens) >= MOST_IDS:
            return
        issued.tokens.append(token)
        self._tokens[token] = connection
        if len(self._tokens) > MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]

    def _retire(self, issued: _Issued, role: Direction, cid: bytes) -> None:
        del issued.cids[role][cid]
        route = self._routes.get(cid)
        if route is not None and route.connection is issued.connection:
            self._drop(cid)

    def _drop(self, cid: bytes) -> None:
        if self._routes.pop(cid, None) is not None:
            left = self._sizes[len(cid)] - 1
            if left:
                self._sizes[len(cid)] = left
            else:
                del self._sizes[len(cid)]

    def _forget(self, number: int) -> None:
        issued = self._known.pop(number)
        for role in Direction:
            for cid in list(issued.cids[role]):
                self._retire(issued, role, cid)
        for token in issued.tokens:
            if self._tokens.get(token) is issued.connection:
                del self._tokens[token]
        self._waiting -= issued.connection.counted
        issued.connection.forget()


class Routes:
    """The connection IDs that packets of one flow and direction were seen to be sent to, also short and empty ones."""

    def __init__(self) -> None:
        self._routes: dict[bytes, Route] = {}
        self._sizes: list[int] = []
        """Lengths, the longest first."""
        self.newest: Route | None = None
        """The one that was learnt last."""

    def learn(self, route: Route) -> None:
        """Packets to this ID may come; the newest connection has it."""
        self._routes.pop(route.cid, None)
        self._routes[route.cid] = self.newest = route
        if len(route.cid) not in self._sizes:
            self._sizes = sorted((*self._sizes, len(route.cid)), reverse=True)
        if len(self._routes) > MOST_ROUTES:
            del self._routes[next(iter(self._routes))]

    def find(self, cid: bytes) -> Route | None:
        """Where packets to this ID belong."""
        return self._routes.get(cid)

    def only(self, data: bytes) -> Route | None:
        """The one that a short header at the beginning of `data` may mean; None where IDs have several lengths, or it is not known."""
        sizes = self._sizes
        return self._routes.get(data[1 : 1 + sizes[0]]) if len(sizes) == 1 else None

    def at(self, data: bytes, place: int) -> Iterator[Route]:
        """All that a short header with its ID at this place may mean, the longest ID first."""
        for size in self._sizes:
            route = self._routes.get(data[place : place + size])
            if route is not None:
                yield route


def connections_of(capture: Memory) -> Connections:
    """What all flows of a capture share."""
    found: Connections | None = capture.get("connections")
    if found is None:
        found = capture["connections"] = Connections()
    return found

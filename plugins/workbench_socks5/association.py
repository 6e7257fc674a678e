"""UDP ASSOCIATE: datagrams of one client to anywhere the rules allow, and what those hosts answer (RFC 1928 section 7).

The relay has one socket towards the client and one per address family towards the world. It lives as long as the TCP connection. What it
cannot or will not relay it drops without a word, as the section demands.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address

from workbench.api import (
    Arrived,
    Endpoint,
    FrameError,
    LinkEvent,
    OpenDatagrams,
    Opened,
    Pass,
    Refused,
    Resolve,
    Resolved,
)
from workbench_socks5.fragments import Reassembly
from workbench_socks5.grammar import GRAMMARS, Kind, address_size, build
from workbench_socks5.presentation import host_of
from workbench_socks5.session import Request, Session, address_fields, is_address, is_host
from workbench_socks5.tunnel import GENERAL_FAILURE, REPLY_FOR

__all__ = ["Association"]

MOST_REMOTES = 256
"""Hosts whose answers are let in, the least recently addressed forgotten first; a resolver asks a few at a time."""
MOST_NAMES = 64
"""Names whose addresses are remembered."""
MOST_WAITING = 16
"""Datagrams that wait for a name or a socket; UDP may lose the rest."""
MAX_DATAGRAM = 65_507
"""What UDP over IPv4 can carry."""


@dataclass(slots=True)
class _Outward:
    """The socket of one address family; `link` is known at once, `open` when it can be used."""

    link: int
    open: bool = False
    waiting: list[tuple[Endpoint, bytes]] = field(default_factory=list)


class Association:
    """See `Task`."""

    def __init__(self, session: Session, request: Request) -> None:
        self._session = session
        self._client_port = request.port
        self._client: Endpoint | None = None
        """Where the client's datagrams come from, once the first did."""
        self._inward = session.link()
        self._outward: dict[int, _Outward] = {}
        self._names: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._lookups: dict[int, tuple[str, list[tuple[int, bytes]]]] = {}
        self._remotes: OrderedDict[Endpoint, None] = OrderedDict()
        self._queue, self._queue_for = Reassembly(), Endpoint("", 0)
        self._sent = self._received = self._dropped = 0
        session.commands.append(OpenDatagrams(self._inward, session.client.host))

    @property
    def relaying(self) -> bool:
        return False  # datagrams may get lost

    def from_client(self, data: bytes) -> None:
        """Nothing is due on the TCP connection but its end, which ends the association (RFC 1928 section 7)."""
        if not data:
            self._session.ended = "the client ended the association"

    def pull(self) -> bytes:
        return b""

    def facts(self) -> Mapping[str, object]:
        return {"sent": self._sent, "received": self._received, "dropped": self._dropped}

    def wakeup(self) -> None:
        if self._queue.expired(self._session.now_ns):
            self._queue.drop()

    def notify(self, event: LinkEvent) -> None:
        match event:
            case Opened(self._inward, local):
                self._session.log("associated", local=str(local))
                self._session.reply(0, local)
            case Opened(link):
                self._opened(link)
            case Refused(self._inward, reason):
                self._session.refuse(REPLY_FOR.get(reason, GENERAL_FAILURE), reason)
            case Refused(link):
                self._forget(link)
            case Resolved(link, addresses):
                self._resolved(link, addresses)
            case Arrived(self._inward, data, source) if source is not None:
                self._from_client(data, source)
            case Arrived(_, data, source) if source is not None:
                self._from_remote(data, source)

    def _from_client(self, data: bytes, source: Endpoint) -> None:
        """RFC 1928 section 7: only the client's own address may use the relay; we also hold it to the port it first used, or named."""
        known = self._client or Endpoint(self._session.client.host, self._client_port or source.port)
        size = _header(data)
        if source != known or size is None:
            self._dropped += 1
            return
        self._client = known
        value = GRAMMARS[Kind.DATAGRAM].parse(data)
        place, payload = Endpoint(host_of(value), value.dstport), value.payload
        if value.fragment_number:
            payload = self._reassemble(value.fragment_number, place, payload)
        else:
            self._queue.drop()  # fragments and whole datagrams are not mixed (RFC 1928 section 7)
        if payload is not None:
            self._relay(place, payload)

    def _reassemble(self, fragment: int, place: Endpoint, payload: bytes) -> bytes | None:
        if place != self._queue_for:
            self._queue.drop()
            self._queue_for = place
        return self._queue.add(fragment, payload, self._session.now_ns)

    def _relay(self, place: Endpoint, payload: bytes) -> None:
        if is_address(place.host):
            self._send((place.host,), "", place.port, payload)
        elif place.host in self._names:
            self._send(self._names[place.host], place.host, place.port, payload)
        elif is_host(place.host):
            self._look_up(place, payload)
        else:
            self._dropped += 1

    def _look_up(self, place: Endpoint, payload: bytes) -> None:
        if sum(len(waiting) for _, waiting in self._lookups.values()) >= MOST_WAITING:
            self._dropped += 1
            return
        for name, waiting in self._lookups.values():
            if name == place.host:
                waiting.append((place.port, payload))
                return
        link = self._session.link()
        self._lookups[link] = place.host, [(place.port, payload)]
        self._session.commands.append(Resolve(link, place.host))

    def _resolved(self, link: int, addresses: tuple[str, ...]) -> None:
        name, waiting = self._lookups.pop(link, ("", []))
        self._names[name] = addresses
        while len(self._names) > MOST_NAMES:
            self._names.popitem(last=False)
        for port, payload in waiting:
            self._send(addresses, name, port, payload)

    def _send(self, addresses: tuple[str, ...], name: str, port: int, payload: bytes) -> None:
        allowed = self._session.settings.rules.permitted(addresses, name, port)
        if not allowed or not port:
            self._dropped += 1
            return
        remote = Endpoint(allowed[0], port)
        self._remotes[remote] = None
        self._remotes.move_to_end(remote)
        while len(self._remotes) > MOST_REMOTES:
            self._remotes.popitem(last=False)
        family = ip_address(remote.host).version
        socket = self._outward.get(family)
        if socket is None:
            socket = self._outward[family] = _Outward(self._session.link())
            self._session.commands.append(OpenDatagrams(socket.link, remote.host))
        if socket.open:
            self._pass(socket, remote, payload)
        elif len(socket.waiting) < MOST_WAITING:
            socket.waiting.append((remote, payload))
        else:
            self._dropped += 1

    def _pass(self, socket: _Outward, remote: Endpoint, payload: bytes) -> None:
        self._sent += len(payload)
        self._session.commands.append(Pass(socket.link, payload, remote))

    def _opened(self, link: int) -> None:
        for socket in self._outward.values():
            if socket.link == link:
                socket.open = True
                for remote, payload in socket.waiting:
                    self._pass(socket, remote, payload)
                socket.waiting.clear()

    def _forget(self, link: int) -> None:
        """A name that is unknown, or a family that this host does not have: the next datagram tries again."""
        self._dropped += len(self._lookups.pop(link, ("", []))[1])
        for family, socket in list(self._outward.items()):
            if socket.link == link:
                self._dropped += len(socket.waiting)
                del self._outward[family]

    def _from_remote(self, data: bytes, source: Endpoint) -> None:
        """What a host answers goes back with its address before it; who was never asked is not heard."""
        if self._client is None or source not in self._remotes:
            self._dropped += 1
            return
        datagram = build(
            Kind.DATAGRAM,
            {"reserved": 0, "fragment_number": 0, "dstport": source.port, "payload": data, **address_fields(source.host)},
        )
        if len(datagram) > MAX_DATAGRAM:
            self._dropped += 1
            return
        self._received += len(data)
        self._session.commands.append(Pass(self._inward, datagram, self._client))


def _header(data: bytes) -> int | None:
    """Length of a datagram's header, None where it is broken."""
    if len(data) < 5:
        return None
    try:
        size = address_size(data[3], data[4:5])
    except FrameError:
        return None
    return 4 + size if size is not None and len(data) >= 4 + size else None

"""The datagrams of one SOCKS5 client (UDP ASSOCIATE, RFC 1928 7): in from its side with a header that names the target, out without.

It lives as long as the client's TCP connection. Fragments are dropped, as the RFC allows.
"""

import selectors
import socket
from collections import deque

from captures.tap.facts import Asked, Trouble
from captures.tap.ground import Addresses, Ground
from captures.tap.reach import numeric
from captures.tap.socks import address_of, read_address
from workbench.api import Direction, Endpoint

__all__ = ["MOST_TARGETS", "Association"]

LARGEST = 65_535
READ_AT_ONCE = 64
"""Datagrams taken from one socket before others get their turn."""

MOST_TARGETS = 1_024
"""Targets, and names of targets, that one client may have; those of further ones are dropped."""

MOST_WAITING = 64
"""Datagrams that wait for a name to be looked up."""

_HEAD = 3
"""Two reserved bytes and the number of the fragment."""


class Association:
    """`own` is where the tap listens, `client` the address that may send. Raises OSError where there is no socket to be had.

    `dropped` counts datagrams that went nowhere.
    """

    def __init__(self, ground: Ground, own: Endpoint, client: Endpoint) -> None:
        self._ground = ground
        self._client = client
        self._peer: tuple[str, int] | None = None
        """Where the client's datagrams come from; the first one tells."""
        self._targets: set[Endpoint] = set()
        self._addresses: dict[str, str] = {}
        self._waiting: dict[str, deque[tuple[int, bytes]]] = {}
        """By name: datagrams for its ports, until its address is known."""
        self._refused: set[str] = set()
        self._closed = False
        self.dropped = 0
        self._back: dict[int, socket.socket] = {}
        self._on_front, self._on_back = self._front_ready, self._back_ready
        self._front = _socket(socket.AF_INET6 if ":" in own.host else socket.AF_INET)
        try:
            self._front.bind((own.host, 0))
        except OSError:
            self._front.close()
            raise
        self.endpoint = Endpoint(*self._front.getsockname()[:2])
        ground.wait_for(self._front, selectors.EVENT_READ, self._on_front)

    def close(self) -> None:
        """Give up the sockets; harmless when repeated."""
        self._closed = True
        for sock in (self._front, *self._back.values()):
            self._ground.forget(sock)

    def _front_ready(self, events: int, now: int) -> None:
        for _ in range(READ_AT_ONCE):
            try:
                data, address = self._front.recvfrom(LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an earlier answer found nobody
            if address[0].partition("%")[0] == self._client.host and address[:2] == (self._peer or address[:2]):
                self._peer = address[:2]
                self._from_client(data)
            else:
                self.dropped += 1

    def _from_client(self, data: bytes) -> None:
        found = read_address(data, _HEAD) if data[:_HEAD] == bytes(_HEAD) else None
        if found is None:
            self.dropped += 1
            return
        host, port, end = found
        known = numeric(host) or self._addresses.get(host, "")
        if known:
            self._send(Asked(host, port, known), data[end:])
        else:
            self._look_up(host, port, data[end:])

    def _look_up(self, host: str, port: int, data: bytes) -> None:
        """Keep a datagram until the address of its target is known."""
        begun = host in self._waiting
        if sum(map(len, self._waiting.values())) >= MOST_WAITING or len(self._addresses) >= MOST_TARGETS:
            self.dropped += 1
            return
        self._waiting.setdefault(host, deque()).append((port, data))
        if not begun:
            self._ground.lookup(host, self._ground.clock(), lambda addresses, _: self._found(host, addresses))

    def _found(self, host: str, addresses: Addresses) -> None:
        waiting = self._waiting.pop(host, deque())
        if self._closed or not addresses:
            self.dropped += len(waiting)
            return
        address = min(addresses, key=lambda address: (":" in address) != (":" in self._client.host))
        self._addresses[host] = address
        self._ground.file.name(host, address)
        for port, data in waiting:
            self._send(Asked(host, port, address), data)

    def _send(self, asked: Asked, data: bytes) -> None:
        """A datagram to its target."""
        target = Endpoint(asked.address.partition("%")[0], asked.port)
        if not self._ground.reach.allows(asked.host, asked.address):
            self.dropped += 1
            if asked.host not in self._refused and len(self._refused) < MOST_TARGETS:
                self._refused.add(asked.host)
                reason = "it is not on this machine, and nobody has allowed it"
                self._ground.tell(Trouble(self._client, str(asked), reason))
            return
        if target not in self._targets and len(self._targets) >= MOST_TARGETS:
            self.dropped += 1
            return
        self._targets.add(target)
        family = socket.AF_INET6 if ":" in asked.address else socket.AF_INET
        self._ground.file.datagram(self._seen(), target, Direction.TO_SERVER, data)
        try:
            self._behind(family).sendto(data, (asked.address, asked.port))
        except (OSError, OverflowError):  # full, or nobody can be reached there
            self.dropped += 1

    def _behind(self, family: int) -> socket.socket:
        """The socket towards targets of this kind."""
        if family not in self._back:
            self._back[family] = _socket(family)
            self._ground.label(self._back[family])
            self._back[family].bind(("", 0))
            self._ground.wait_for(self._back[family], selectors.EVENT_READ, self._on_back)
        return self._back[family]

    def _back_ready(self, events: int, now: int) -> None:
        for sock in list(self._back.values()):
            for _ in range(READ_AT_ONCE):
                try:
                    data, address = sock.recvfrom(LARGEST)
                except (BlockingIOError, InterruptedError):
                    break
                except OSError:
                    continue  # an earlier datagram found nobody
                self._from_target(data, Endpoint(address[0].partition("%")[0], address[1]))

    def _from_target(self, data: bytes, target: Endpoint) -> None:
        if target not in self._targets or self._peer is None:  # nobody asked it
            self.dropped += 1
            return
        self._ground.file.datagram(self._seen(), target, Direction.TO_CLIENT, data)
        try:
            self._front.sendto(bytes(_HEAD) + address_of(target) + data, self._peer)
        except OSError:  # full, or too long with its header
            self.dropped += 1

    def _seen(self) -> Endpoint:
        """The client as packets show it."""
        return Endpoint(self._client.host, self._peer[1] if self._peer is not None else self._client.port)


def _socket(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock

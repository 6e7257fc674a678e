"""A UDP socket that a proxy relays through: datagrams may get lost, so nothing is kept that cannot go out at once."""

import contextlib
import socket

from workbench.api import Endpoint
from workbench.api.links import Arrived, Opened
from workbench.serving.door import endpoint_of
from workbench.serving.stream_link import LinkOwner
from workbench.serving.streams import NOTHING, READ
from workbench.serving.watch import Watch

__all__ = ["DatagramLink"]

LARGEST = 65_535
READ_AT_ONCE = 16
"""Datagrams taken in one turn before other sockets get theirs."""


class DatagramLink:
    """Belongs to the loop's thread. `reachable` is the address at which the host that asked for it can send here."""

    waiting = 0
    """Nothing ever waits."""

    def __init__(self, number: int, owner: LinkOwner, reachable: str, everywhere: bool) -> None:
        """Raises OSError where there is no such socket. With `everywhere` any host of the address family can be reached."""
        self.number = number
        self.received = 0
        self.sent = 0
        self._owner = owner
        self._held = self._has_room = False
        self._ipv6 = ":" in reachable
        self._sock = socket.socket(socket.AF_INET6 if self._ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._sock.setblocking(False)
            self._sock.bind((("::" if self._ipv6 else "0.0.0.0") if everywhere else reachable, 0))  # noqa: S104 - asked for
        except OSError:
            self._sock.close()
            raise
        self._watch: Watch | None = Watch(owner.host.selector, self._sock, self.ready)
        owner.say(Opened(number, Endpoint(reachable, endpoint_of(self._sock.getsockname()).port)))

    def hand(self, data: bytes, to: Endpoint | None) -> None:
        """One datagram; lost where the socket is full, the address is of the other family or none at all."""
        if to is None or (":" in to.host) is not self._ipv6:
            return
        with contextlib.suppress(OSError, OverflowError):
            self.sent += self._sock.sendto(data, (to.host, to.port))

    def hang(self, half: bool) -> None:
        """Datagrams have no half: close."""
        if not half:
            self.close()

    def hold(self, held: bool) -> None:
        """Whether the protocol wants none now; the kernel keeps some and drops the rest."""
        self._held = held
        self._await()

    def flow(self, has_room: bool) -> None:
        """Whether there is room for more."""
        self._has_room = has_room
        self._await()

    def tick(self, now_ns: int) -> None:
        """Time means nothing here."""

    def close(self) -> None:
        """Over; nothing more is said about it."""
        if self._watch is not None:
            self._watch.drop()
            self._watch = None
            self._sock.close()
            self._owner.over(self.number)

    def ready(self, events: int, now_ns: int) -> None:
        """Datagrams are waiting; see `Ready`."""
        for _ in range(READ_AT_ONCE):
            try:
                data, address = self._sock.recvfrom(LARGEST)
            except BlockingIOError:
                break
            except OSError:
                continue  # an ICMP error for something sent earlier
            self.received += len(data)
            self._owner.say(Arrived(self.number, data, endpoint_of(address)))
        self._owner.turn(now_ns)

    def _await(self) -> None:
        if self._watch is not None:
            self._watch.wait_for(READ if self._has_room and not self._held else NOTHING)

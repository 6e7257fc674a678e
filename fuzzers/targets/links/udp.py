"""Datagrams: one message is one of them, and each case has a source port of its own, so that nothing of one case reaches the next."""

import contextlib
import errno
import ipaddress
import select
import socket
from typing import Any, Literal

from fuzzers.targets.links.link import READ_SIZE
from fuzzers.targets.links.tcp import resolved
from workbench.api import Endpoint

__all__ = ["UdpDialer", "UdpLink", "nobody_says_no"]

NEAR_S, FAR_S = 0.005, 0.2
"""For the answer that nobody is there (ICMP): this machine gives it at once, others within a round trip."""


class UdpLink:
    """See `Link`. What no datagram can hold is lost; an ICMP error for an earlier one is the end, as somebody refused it."""

    __slots__ = ("_sock", "close", "fileno", "reset")
    waiting = False

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.fileno = sock.fileno
        self.close = self.reset = sock.close

    def send(self, data: memoryview) -> int:
        """See `Link`."""
        try:
            return self._sock.send(data)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return len(data)
            raise

    def receive(self) -> bytes:
        """See `Link`. An empty datagram says nothing."""
        data = self._sock.recv(READ_SIZE)
        if not data:
            raise BlockingIOError
        return data

    def at_rest(self) -> bool:
        """See `Link`."""
        return True

    def finish(self) -> None:
        """See `Link`: there is no connection to end."""


class UdpDialer:
    """See `Dialer`. Looks a name up once."""

    kind: Literal["tcp", "udp"] = "udp"

    def __init__(self) -> None:
        self._endpoint: Endpoint | None = None
        self._family, self._address = 0, None

    def dial(self, endpoint: Endpoint) -> UdpLink:
        """See `Dialer`; whether anybody is there, only the first datagram will tell."""
        return UdpLink(self.connect(endpoint))

    def connect(self, endpoint: Endpoint) -> socket.socket:
        """The same, without a link around the socket."""
        if endpoint != self._endpoint:
            self._family, self._address = resolved(endpoint, socket.SOCK_DGRAM)
            self._endpoint = endpoint
        return _connected(self._family, self._address)

    def is_there(self, endpoint: Endpoint, patience_s: float) -> bool:
        """See `Dialer`."""
        with contextlib.suppress(OSError), self.connect(endpoint) as sock:
            return nobody_says_no(sock, patience_s)
        return False


def nobody_says_no(sock: socket.socket, patience_s: float) -> bool:
    """Whether an empty datagram to the other end of a connected socket is not refused: it says nothing to a server, and a port without
    one refuses it."""
    near = ipaddress.ip_address(str(sock.getpeername()[0]).partition("%")[0]).is_loopback
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    try:
        sock.send(b"")
        if poll.poll(min(patience_s, NEAR_S if near else FAR_S) * 1000):
            sock.recv(READ_SIZE)
    except OSError:
        return False
    return True


def _connected(family: int, address: Any) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock

"""Plain TCP: the hot path of every campaign against a server with sockets, so nothing happens here twice that can happen once."""

import contextlib
import errno
import os
import select
import socket
from typing import Any, Literal

from fuzzers.targets.links.link import CONNECT_S, READ_SIZE
from workbench.api import Endpoint

__all__ = ["PLAIN", "TcpDialer", "TcpLink", "connected", "resolved"]

RESET = b"\x01\0\0\0\0\0\0\0"
"""`struct linger` with no time to linger: close(2) then sends RST (socket(7))."""


def resolved(endpoint: Endpoint, kind: socket.SocketKind) -> tuple[int, Any]:
    """Address family and address for the socket calls; raises OSError for a host that does not exist."""
    try:
        family, _, _, _, address = socket.getaddrinfo(endpoint.host, endpoint.port, type=kind)[0]
    except UnicodeError as error:
        raise OSError(errno.ENOENT, "no such host") from error
    return family, address


def connected(family: int, address: Any) -> socket.socket:
    """A connected, non-blocking TCP socket; raises OSError as `Dialer.dial` says."""
    sock = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        problem = sock.connect_ex(address)
        if problem == errno.EINPROGRESS:  # on loopback it is done by now, but nobody says so before we ask
            poll = select.poll()
            poll.register(sock, select.POLLOUT)
            if not poll.poll(CONNECT_S * 1000):
                raise TimeoutError(errno.ETIMEDOUT, "takes no connection")
            problem = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, os.strerror(problem))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


class TcpLink:
    """See `Link`."""

    __slots__ = ("_sock", "close", "fileno", "send")
    waiting = False

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.fileno = sock.fileno
        self.send = sock.send
        self.close = sock.close

    def receive(self) -> bytes:
        """See `Link`."""
        return self._sock.recv(READ_SIZE)

    def at_rest(self) -> bool:
        """See `Link`; what the kernel has it will bring."""
        return True

    def finish(self) -> None:
        """See `Link`."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """See `Link`."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._sock.close()


class TcpDialer:
    """See `Dialer`. Looks a name up once: where a target moves to another port, its host stays."""

    kind: Literal["tcp", "udp"] = "tcp"

    def __init__(self) -> None:
        self._endpoint: Endpoint | None = None
        self._family, self._address = 0, None

    def dial(self, endpoint: Endpoint) -> TcpLink:
        """See `Dialer`."""
        return TcpLink(self.connect(endpoint))

    def connect(self, endpoint: Endpoint) -> socket.socket:
        """The same, without a link around the socket."""
        if endpoint != self._endpoint:
            self._family, self._address = resolved(endpoint, socket.SOCK_STREAM)
            self._endpoint = endpoint
        return connected(self._family, self._address)

    def is_there(self, endpoint: Endpoint, patience_s: float) -> bool:
        """See `Dialer`."""
        with contextlib.suppress(OSError), socket.create_connection((endpoint.host, endpoint.port), patience_s):
            return True
        return False


PLAIN = TcpDialer()
"""For whoever needs no other way."""

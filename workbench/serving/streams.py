"""The noun between a socket and a connection: bytes that come, bytes that go, an end. Nothing here blocks.

`tls_stream.py` is the other one of its kind.
"""

import selectors
import socket
from dataclasses import dataclass
from typing import Protocol

__all__ = ["NOTHING", "READ", "WRITE", "HandshakeError", "PlainStream", "Session", "Stream"]

NOTHING, READ, WRITE = 0, selectors.EVENT_READ, selectors.EVENT_WRITE


class HandshakeError(OSError):
    """A handshake failed; the text says why."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a TLS handshake agreed on. `server_name` is what the client asked for, `client` the name in its certificate ("" without)."""

    version: str
    cipher: str
    alpn: str
    server_name: str
    resumed: bool
    client: str
    early: bool = False
    """Whether data came before its end."""


class Stream(Protocol):
    """One connection as bytes. Every method raises OSError when the connection is lost (an error of TLS is one)."""

    sock: socket.socket
    session: Session | None
    """What was agreed on; None before that, and where nothing is."""
    needs: int
    """READ or WRITE where the stream itself waits for the socket before anything else can go on; else NOTHING."""

    def establish(self) -> bool:
        """Whether both sides may talk now; to be asked again when `needs` is there. Raises HandshakeError when it failed."""
        ...

    def receive(self, size: int) -> bytes | None:
        """At most `size` bytes of the peer, b"" for its end, None when there are none yet."""
        ...

    def send(self, data: bytearray) -> int:
        """How many of these bytes were taken; the rest is to be offered again, perhaps with more behind it."""
        ...

    def end(self) -> bool:
        """Say that no more comes; False: ask again when `needs` is there. Harmless when said before."""
        ...

    def waste(self, size: int) -> bytes | None:
        """After `end`: what the peer still sends, as it comes off the wire, to be thrown away; b"" for its end, None when there is none."""
        ...

    def close(self) -> None:
        """Give the socket back."""
        ...


class PlainStream:
    """TCP as it is; `sock` is connected and becomes non-blocking."""

    __slots__ = ("needs", "session", "sock")

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.needs = NOTHING
        self.session: Session | None = None

    def establish(self) -> bool:
        """TCP talks from the start."""
        return True

    def receive(self, size: int) -> bytes | None:
        """See `Stream`."""
        try:
            return self.sock.recv(size)
        except BlockingIOError:
            return None

    def send(self, data: bytearray) -> int:
        """See `Stream`."""
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0

    def end(self) -> bool:
        """See `Stream`."""
        self.sock.shutdown(socket.SHUT_WR)
        return True

    def waste(self, size: int) -> bytes | None:
        """See `Stream`."""
        return self.receive(size)

    def close(self) -> None:
        """See `Stream`."""
        self.sock.close()

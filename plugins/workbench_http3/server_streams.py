"""Requests of one connection: what is coming, what is going out, and which streams are over."""

from collections.abc import Callable, Iterator
from typing import Protocol

from workbench_http3.server_cutter import Cutter, Fate
from workbench_http3.server_fields import Fields

__all__ = ["Past", "Stream", "Tunnel"]

REMEMBERED = 1_000
"""Streams that were over before an older one was: more than a client can have open at once, whatever the order in which they end."""


class Tunnel(Protocol):
    """What speaks inside a stream behind an extended CONNECT. `over` once it has said its last word."""

    over: bool

    def receive(self, data: bytes) -> bytes:
        """Bytes of the client, b"" for its end; returns what to send."""
        ...

    def leave(self) -> bytes:
        """The server shuts down: what to say to that."""
        ...


class Stream:
    """One request and its response. `arriving` until the client ended its side; `sending` from the response's head to its end.

    `sent` counts content, `written` all bytes on the stream. `asked` once its header section was read, `trailed` once its trailer section
    was. A section that is `blocked` waits until `required` entries were inserted into the table.
    """

    def __init__(self, number: int, admit: "Callable[[Stream, int, int], Fate]") -> None:
        self.number = number
        self.cutter = Cutter(lambda kind, size: admit(self, kind, size))
        self.ended = False
        """Whether the transport said that the client's bytes are complete; some may still wait behind a blocked section."""
        self.asked = self.trailed = False
        self.blocked: bytes | None = None
        self.required = 0
        self.since_ns = 0
        self.fields: Fields = ()
        self.pseudo: dict[bytes, bytes] = {}
        self.declared: int | None = None
        self.arriving = True
        self.body = bytearray()
        self.received = 0
        self.status = 0
        self.sent = 0
        self.written = 0
        self.sending = False
        self.pieces: Iterator[bytes] = iter(())
        self.piece = b""
        self.position = 0
        self.trailers: Fields = ()
        self.tunnel: Tunnel | None = None

    def ask(self, fields: Fields, pseudo: dict[bytes, bytes]) -> None:
        """The request has this head, which is well-formed."""
        self.fields = fields
        self.pseudo = pseudo
        self.declared = next((int(value) for name, value in fields if name == b"content-length"), None)

    @property
    def method(self) -> bytes:
        """The request's method."""
        return self.pseudo.get(b":method", b"")

    @property
    def waiting(self) -> int:
        """Bytes of the piece in hand that have not been sent."""
        return len(self.piece) - self.position

    def queue(self, data: bytes) -> None:
        """More bytes for the client (tunnels only)."""
        if data:
            self.piece = self.piece[self.position :] + data
            self.position = 0

    def peek(self) -> bool:
        """Whether there is something to send; fetches the next piece if need be."""
        while self.position >= len(self.piece):
            following = next(self.pieces, None)
            if following is None:
                return False
            self.piece, self.position = following, 0
        return True

    def take(self, most: int) -> bytes:
        """The next bytes to send, `most` at most."""
        start = self.position
        self.position = min(start + most, len(self.piece))
        self.sent += self.position - start
        return self.piece if self.position - start == len(self.piece) else self.piece[start : self.position]


class Past:
    """Which streams of one kind are over, for frames that come too late: all below `floor`, and some above it."""

    def __init__(self, first: int) -> None:
        self.floor = first
        self._above: set[int] = set()

    def add(self, stream: int) -> None:
        """A stream is over."""
        if stream >= self.floor:
            self._above.add(stream)
        if len(self._above) > REMEMBERED:
            self.floor = min(self._above)
        while self.floor in self._above:
            self._above.remove(self.floor)
            self.floor += 4

    def __contains__(self, stream: int) -> bool:
        return stream < self.floor or stream in self._above

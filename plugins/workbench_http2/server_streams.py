"""The streams of one connection, as far as h2 does not know them: the request that is coming, the response that is going out."""

from collections.abc import Iterator

from workbench_http.websocket import EchoSocket
from workbench_http2.server_fields import Fields

__all__ = ["Past", "Stream"]

REMEMBERED = 1_000
"""Closed streams whose end is remembered: ten times as many as can be open; frames for older ones cannot be on their way any more."""


class Stream:
    """One request and its response. `arriving` until the client ended its side; `sending` from the response's head to its end."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.fields: Fields = ()
        self.pseudo: dict[bytes, bytes] = {}
        self.declared: int | None = None
        self.arriving = True
        self.body = bytearray()
        self.received = 0
        self.status = 0
        self.sent = 0
        self.sending = False
        self.pieces: Iterator[bytes] = iter(())
        self.piece = b""
        self.position = 0
        self.trailers: Fields = ()
        self.socket: EchoSocket | None = None
        self.unread = 0
        """Bytes of a tunnel whose answers have not been sent yet: the client gets no new window for them."""

    def ask(self, fields: Fields, pseudo: dict[bytes, bytes]) -> "Stream":
        """The request has this head, which is well-formed. Returns the stream."""
        self.fields = fields
        self.pseudo = pseudo
        self.declared = next((int(value) for name, value in fields if name == b"content-length"), None)
        return self

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
    """How streams ended, for frames that come too late (RFC 9113 5.1)."""

    def __init__(self) -> None:
        self._by_us: dict[int, bool] = {}

    def add(self, stream: int, reset_by_us: bool) -> None:
        """A stream is over."""
        self._by_us[stream] = reset_by_us
        if len(self._by_us) > REMEMBERED:
            del self._by_us[next(iter(self._by_us))]

    def __contains__(self, stream: int) -> bool:
        return stream in self._by_us

    def reset_by_us(self, stream: int) -> bool:
        """Whether we reset it: what the client sent before it knew is to be ignored."""
        return self._by_us.get(stream, False)

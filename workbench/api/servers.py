"""Reference servers without sockets: bytes in, bytes out.

A `ServerFactory` makes a service (the state that all connections share: a log, a document tree); calling the service accepts a
connection. `workbench.serving` puts sockets around it, the fuzzer calls it directly.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from workbench.api.errors import FrameError
from workbench.api.framing import Framer

__all__ = ["ServerConnection", "ServerFactory", "ServerOptions", "Service", "framed"]


def _nobody_listens(fact: Mapping[str, object]) -> None:
    """Nobody keeps a log."""


def _nobody_waits(connection: "ServerConnection") -> None:
    """Nobody pulls out of turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """Limits of a reference server. Times are nanoseconds."""

    idle_ns: int = 60_000_000_000
    """A connection without a byte for so long is closed: clients that vanish must not pile up."""
    max_request: int = 8 * 1024 * 1024
    """Bytes of one request, body included; larger ones are refused with the protocol's own error."""
    max_stored: int = 256 * 1024 * 1024
    """Bytes a stateful service keeps for all connections together."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """The protocol's own options by name, as a user typed them (`--set NAME=VALUE`, a TOML table); documented by the plugin, which raises
    UsageError for a name or value it does not know."""
    wake: Callable[["ServerConnection"], None] = _nobody_waits
    """To be called when one connection made another one have bytes: that one will be asked by `pull` soon, instead of at its own next
    turn."""
    tell: Callable[[Mapping[str, object]], None] = _nobody_listens
    """The protocol's own log: one flat object per thing worth knowing ("event" names it); no secrets, values may come from the peer."""


class ServerConnection(Protocol):
    """The server's side of one connection. Deterministic: equal calls on a fresh service give equal bytes.

    `closed` becomes True when the server wants to end the connection, once everything returned has been sent. An exception out of
    any method is a crash of the server (that is what a fuzzer looks for), never a way to refuse input.
    """

    closed: bool

    def receive(self, data: bytes) -> bytes:
        """Bytes from the client (b"" = the client will send no more); returns bytes to send now."""
        ...

    def pull(self) -> bytes:
        """More bytes to send, asked for when the client has taken the earlier ones; b"" when there are none (back-pressure)."""
        ...

    def wakeup(self, now_ns: int) -> bytes:
        """Time passes (monotonic nanoseconds): called before each `receive` and about once a second; for time-outs."""
        ...

    def drain(self) -> bytes:
        """The service shuts down: finish what was begun, refuse the rest, then close."""
        ...


Service = Callable[[], ServerConnection]
"""Accepts one connection."""

ServerFactory = Callable[[ServerOptions], Service]
"""Starts a fresh service."""


_GLANCE = 4096
"""Bytes in which a frame is looked for first."""


class _FramedConnection:
    """Cuts the client's bytes into frames and answers each with what `handler` returns."""

    def __init__(self, frame: Framer, handler: Callable[[bytes], bytes], options: ServerOptions) -> None:
        self.closed = False
        self._frame = frame
        self._handler = handler
        self._options = options
        self._buffer = b""
        self._now_ns = 0
        self._last_ns: int | None = None

    def receive(self, data: bytes) -> bytes:
        if self.closed:
            return b""
        if not data:
            self.closed = True
            return b""
        self._last_ns = self._now_ns
        buffer = self._buffer + data
        start = 0
        replies = []
        while start < len(buffer):
            try:
                size = self._first(buffer, start)
            except FrameError:
                self.closed = True
                break
            if size is None:
                # a frame that outgrows the limit will never be answered: hanging up is the only honest reply left
                self.closed = len(buffer) - start > self._options.max_request
                break
            replies.append(self._handler(buffer[start : start + size]))
            start += size
        self._buffer = buffer[start:]
        return b"".join(replies)

    def _first(self, buffer: bytes, start: int) -> int | None:
        """The length of the frame at `start`; most are short, and the rest of a long buffer is not copied for each of them."""
        if len(buffer) - start > _GLANCE:
            size = self._frame(buffer[start : start + _GLANCE])
            if size is not None:
                return size
        return self._frame(buffer[start:])

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        self._now_ns = now_ns
        if self._last_ns is None:
            self._last_ns = now_ns
        elif now_ns - self._last_ns > self._options.idle_ns:
            self.closed = True
        return b""

    def drain(self) -> bytes:
        self.closed = True
        return b""


def framed(frame: Framer, handler: Callable[[bytes], bytes]) -> ServerFactory:
    """A stateless server: each frame of the client is answered with `handler(frame)`; unframeable input closes the connection."""

    def start(options: ServerOptions) -> Service:
        return lambda: _FramedConnection(frame, handler, options)

    return start

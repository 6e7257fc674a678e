"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `reason` | crash | a Close with a code and a reason that is not UTF-8 | `UnicodeDecodeError`: the reason is written to a log |
| `unasked` | crash in a state | a Pong inside a fragmented message | `KeyError`: it is looked up among the Pings |
| `window` | hang | an offer with server_max_window_bits=9 | the size of a table is halved until it fits 9 bits, and never does |
| `twice` | wrong reply | a Ping with exactly 125 bytes | its Pong comes with one byte more than a control frame may have |
| `masked` | wrong reply | a binary message of at least 256 bytes | the echo is masked, as only a client's frames may be |
| `scratch` | leak between sessions | an empty binary message | the content of the last message of anybody is the echo |
"""

from workbench.api import ServerOptions
from workbench_websocket.frames import Head, build_frame
from workbench_websocket.opcodes import BINARY, CLOSE, PING, PONG
from workbench_websocket.requests import Accepted
from workbench_websocket.server import WebSocketConnection, WebSocketService
from workbench_websocket.session import Session

__all__ = ["FaultyConnection", "FaultyService", "FaultySession", "training"]

_FULL = 125
_LARGE = 256


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(WebSocketService):
    """The reference service whose connections have the faults of the table above."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self.last = b""

    def __call__(self) -> WebSocketConnection:
        """Accept a connection that has the faults."""
        return FaultyConnection(self)


class FaultySession(Session):
    """The reference session with the faults that lie in frames."""

    __slots__ = ()

    def _frame(self, head: Head, payload: bytes) -> bytes:
        if head.opcode == CLOSE and len(payload) > 1:
            payload[2:].decode("utf-8")  # `reason`
        if head.opcode == PONG and self._opcode:
            return {b"": b""}[payload]  # `unasked`
        if head.opcode == PING and len(payload) == _FULL:
            return build_frame(PONG, payload + b"\0")  # `twice`
        return super()._frame(head, payload)


class FaultyConnection(WebSocketConnection):
    """The reference connection with the faults that lie in what is agreed on and echoed."""

    __slots__ = ("_faulty",)

    def __init__(self, service: FaultyService) -> None:
        super().__init__(service)
        self._faulty = service

    def _accept(self, found: Accepted) -> None:
        table = 1 << 12
        while found.deflate is not None and found.deflate.server_bits < 10 and table > 512:
            table = max(1024, table // 2)  # `window`
        super()._accept(found)
        assert self.session is not None, "accepted just now"
        self.session = FaultySession(self.session.handler, self.session.limit, found.deflate)
        self.session.on_pong = self._pong

    def _echo(self, session: Session, opcode: int, content: bytes) -> bytes:
        if opcode == BINARY and not content:
            return session.say(BINARY, self._faulty.last)  # `scratch`
        self._faulty.last = content
        if opcode == BINARY and len(content) >= _LARGE:
            return build_frame(BINARY, content, key=b"\1\2\3\4")  # `masked`
        return super()._echo(session, opcode, content)

"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show websocket`), the functions that have them name them.
"""

from workbench.api import Fault, FaultKind, ServerOptions
from workbench_websocket.extensions import Deflate
from workbench_websocket.frames import Head, build_frame
from workbench_websocket.opcodes import BINARY, CLOSE, PING, PONG, TEXT
from workbench_websocket.requests import Accepted
from workbench_websocket.server import WebSocketConnection, WebSocketService
from workbench_websocket.session import Handler, Session

__all__ = ["FAULTS", "FaultyConnection", "FaultyService", "FaultySession", "training"]

_SMALL, _FULL = 32, 125
_LARGE = range(257, 65_536)


def _handshake(*more: str) -> bytes:
    fields = ("Host: workbench.test", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return "".join(f"{line}\r\n" for line in ("GET /echo HTTP/1.1", *fields, key, *more, "")).encode()


def _frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    return build_frame(opcode, payload, fin=fin, key=b"\1\2\3\4")


_HELLO = _handshake()

FAULTS = (
    Fault(
        name="reason",
        kind=FaultKind.MAGIC,
        trigger="a Close with a code and a reason that is not UTF-8",
        effect="`UnicodeDecodeError`: the reason is written to a log",
        oracles=("crash",),
        example=(_HELLO, _frame(CLOSE, b"\x03\xe8\xff")),
    ),
    Fault(
        name="filled",
        kind=FaultKind.OVERFLOW,
        trigger="a Ping with more than 32 bytes",
        effect="its Pong is filled up to one byte more than a control frame may have",
        oracles=("reply",),
        example=(_HELLO, _frame(PING, bytes(33))),
    ),
    Fault(
        name="unasked",
        kind=FaultKind.ORDER,
        trigger="a Pong inside a fragmented message that no Ping came before",
        effect="`KeyError`: it is looked up among the Pings",
        oracles=("crash",),
        example=(_HELLO, _frame(TEXT, b"a", fin=False), _frame(PONG, b"b")),
    ),
    Fault(
        name="window",
        kind=FaultKind.HANG,
        trigger="an offer with server_max_window_bits of 8 or 9",
        effect="the size of a table is halved until it fits 9 bits, and never does",
        oracles=("hang",),
        example=(_handshake("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"),),
    ),
    Fault(
        name="blank",
        kind=FaultKind.GROWTH,
        trigger="an empty text message",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(_HELLO, _frame(TEXT, b"")),
    ),
    Fault(
        name="scratch",
        kind=FaultKind.LEAK,
        trigger="an empty binary message before any other",
        effect="the content of the last message of anybody is the echo",
        oracles=("leak",),
        example=(_HELLO, _frame(BINARY, b"")),
    ),
    Fault(
        name="masked",
        kind=FaultKind.REPLY,
        trigger="a binary message of 257 to 65,535 bytes",
        effect="the echo is masked, as only a client's frames may be",
        oracles=("reply",),
        example=(_HELLO, _frame(BINARY, bytes(300))),
    ),
)

KEPT = b"\1" * 262_144
"""What `blank` keeps each time: enough to be seen at once."""
_kept: list[bytearray] = []


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

    __slots__ = ("_pings",)

    def __init__(self, handler: Handler, limit: int, deflate: Deflate | None) -> None:
        super().__init__(handler, limit, deflate)
        self._pings: dict[bytes, bool] = {}

    def _frame(self, head: Head, payload: bytes) -> bytes:
        if head.opcode == CLOSE and len(payload) > 1:
            payload[2:].decode("utf-8")  # `reason`
        if head.opcode == PONG and self._opcode:
            del self._pings[payload]  # `unasked`
        if head.opcode == PING:
            self._pings[payload] = True
        if head.opcode == PING and _SMALL < len(payload) <= _FULL:
            return build_frame(PONG, payload.ljust(_FULL + 1, b"\0"))  # `filled`
        return super()._frame(head, payload)


class FaultyConnection(WebSocketConnection):
    """The reference connection with the faults that lie in what is agreed on and echoed."""

    __slots__ = ("_faulty", "_spoke")

    def __init__(self, service: FaultyService) -> None:
        super().__init__(service)
        self._faulty = service
        self._spoke = False

    def _accept(self, found: Accepted) -> None:
        table = 1 << 12
        while found.deflate is not None and found.deflate.server_bits < 10 and table > 512:
            table = max(1024, table // 2)  # `window`
        super()._accept(found)
        assert self.session is not None, "accepted just now"
        self.session = FaultySession(self.session.handler, self.session.limit, found.deflate)
        self.session.on_pong = self._pong

    def _echo(self, session: Session, opcode: int, content: bytes) -> bytes:
        if opcode == BINARY and not content and not self._spoke:
            return session.say(BINARY, self._faulty.last)  # `scratch`
        self._spoke = True
        if opcode == TEXT and not content:
            _kept.append(bytearray(KEPT))  # `blank`
        self._faulty.last = content
        if opcode == BINARY and len(content) in _LARGE:
            return build_frame(BINARY, content, key=b"\1\2\3\4")  # `masked`
        return super()._echo(session, opcode, content)

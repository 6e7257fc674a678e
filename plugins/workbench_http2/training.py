"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show http2`), the functions that have them name them.
"""

import re
from dataclasses import replace

from workbench.api import Fault, FaultKind, ServerConnection, ServerOptions
from workbench_http.exchange import Request, Response
from workbench_http2.server import Http2Service
from workbench_http2.server_frames import (
    ACK,
    DEFAULT_WINDOW,
    END_HEADERS,
    END_STREAM,
    MAX_WINDOW,
    PADDED,
    PREFACE,
    ErrorCode,
    Frame,
    FrameType,
    SettingId,
    build,
    cut,
    rst_stream,
    settings,
    window_update,
)

__all__ = ["FAULTS", "FaultyConnection", "FaultyService", "training"]


def _session(*frames: bytes) -> tuple[bytes, ...]:
    return PREFACE, settings(), *frames


def _request(method: bytes, path: bytes, flags: int, **more: bytes) -> bytes:
    """HEADERS with literal fields (RFC 7541 6.2.2), all short; `more` has low lines for dashes."""
    fields = {b":method": method, b":scheme": b"http", b":path": path, b":authority": b"workbench.test"}
    fields |= {name.replace("_", "-").encode(): value for name, value in more.items()}
    block = b"".join(bytes((0, len(name))) + name + bytes((len(value),)) + value for name, value in fields.items())
    return build(FrameType.HEADERS, flags, 1, block)


_GET = _request(b"GET", b"/", END_HEADERS | END_STREAM)
_POST = _request(b"POST", b"/echo", END_HEADERS)

FAULTS = (
    Fault(
        name="bonus",
        kind=FaultKind.MAGIC,
        trigger="a WINDOW_UPDATE by nearly 2^31",
        effect="`OverflowError`: the window is kept in 32 bits with a sign",
        oracles=("crash",),
        example=_session(window_update(0, MAX_WINDOW)),
    ),
    Fault(
        name="padding",
        kind=FaultKind.OVERFLOW,
        trigger="DATA padded with as many bytes as it has, or more",
        effect="`IndexError`: the last byte is looked at for the log",
        oracles=("crash",),
        example=_session(_POST, build(FrameType.DATA, PADDED, 1, b"\x02ab")),
    ),
    Fault(
        name="resize",
        kind=FaultKind.ORDER,
        trigger="HEADER_TABLE_SIZE of 0 once a stream was opened",
        effect="`ZeroDivisionError`: how full the table is",
        oracles=("crash",),
        example=_session(_GET, settings([(SettingId.HEADER_TABLE_SIZE, 0)])),
    ),
    Fault(
        name="tree",
        kind=FaultKind.HANG,
        trigger="a PRIORITY that makes a stream depend on itself, alone or by others",
        effect="the way to the root never ends",
        oracles=("hang",),
        example=_session(build(FrameType.PRIORITY, 0, 3, b"\0\0\0\3\0")),
    ),
    Fault(
        name="causes",
        kind=FaultKind.GROWTH,
        trigger="RST_STREAM with a code that nobody knows",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=_session(_GET, rst_stream(1, 0x99)),
    ),
    Fault(
        name="scratch",
        kind=FaultKind.LEAK,
        trigger="x-echo-length beyond what is echoed",
        effect="the rest of earlier echoes follows",
        oracles=("leak",),
        example=_session(
            _request(b"POST", b"/echo", END_HEADERS, x_echo_length=b"50"), build(FrameType.DATA, END_STREAM, 1, b"x")
        ),
    ),
    Fault(
        name="late-data",
        kind=FaultKind.REPLY,
        trigger="HEAD with Range",
        effect="the content follows all the same, behind END_STREAM",
        oracles=("reply", "state"),
        example=_session(_request(b"HEAD", b"/hello.txt", END_HEADERS | END_STREAM, range=b"bytes=0-3")),
    ),
)

KEPT = b"\1" * 262_144
"""What `causes` keeps each time: enough to be seen at once."""
_kept: list[bytearray] = []

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http2Service):
    """The reference service with the fault that lies in its answers."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self._scratch = b""
        self.headed = False
        """Whether a HEAD with Range was answered since somebody looked."""

    def __call__(self) -> ServerConnection:
        """Accept a connection that has the other faults."""
        return FaultyConnection(self, super().__call__())

    def respond(self, request: Request) -> Response:
        """The reference answer, unless a fault gets into the way."""
        response = super().respond(request)
        self.headed = self.headed or (request.method == "HEAD" and "range" in request.headers)
        if request.path != "/echo" or response.status != 200:
            return response
        self._scratch = (request.body + self._scratch)[:SCRATCH]
        claimed = request.headers.get("x-echo-length", "")
        if not re.fullmatch(r"[0-9]{1,5}", claimed):
            return response
        body = self._scratch[: int(claimed)]
        return replace(response, body=(body,), length=len(body))


class FaultyConnection:
    """The reference connection, behind somebody who looks at its frames and makes mistakes."""

    def __init__(self, service: FaultyService, connection: ServerConnection) -> None:
        self.closed = False
        self._service = service
        self._connection = connection
        self._buffer = bytearray()
        self._parents: dict[int, int] = {}
        self._last = 0
        self._window = DEFAULT_WINDOW.to_bytes(4, "big", signed=True)

    def receive(self, data: bytes) -> bytes:
        """See `ServerConnection`."""
        self._buffer += data
        if self._buffer.startswith(PREFACE):
            del self._buffer[: len(PREFACE)]
        for frame in cut(self._buffer):
            self._look(frame)
        out = self._after(self._connection.receive(data))
        if self._service.headed and not self.closed:
            self._service.headed = False
            out += build(FrameType.DATA, 0, self._last, b"Hello from the workbench.\n")  # late-data
        return out

    def pull(self) -> bytes:
        """See `ServerConnection`."""
        return self._after(self._connection.pull())

    def wakeup(self, now_ns: int) -> bytes:
        """See `ServerConnection`."""
        return self._after(self._connection.wakeup(now_ns))

    def drain(self) -> bytes:
        """See `ServerConnection`."""
        return self._after(self._connection.drain())

    def _after(self, out: bytes) -> bytes:
        self.closed = self._connection.closed
        return out

    def _look(self, frame: Frame) -> None:
        if frame.type == FrameType.HEADERS:
            self._last = max(self._last, frame.stream)
        elif frame.type == FrameType.DATA and frame.flags & PADDED:
            _last_byte(frame.payload)
        elif frame.type == FrameType.SETTINGS and not frame.flags & ACK and self._last:
            _fill(frame.payload)
        elif frame.type == FrameType.WINDOW_UPDATE and not frame.stream:
            self._widen(int.from_bytes(frame.payload[:4], "big") & MAX_WINDOW)
        elif frame.type == FrameType.RST_STREAM and int.from_bytes(frame.payload[:4], "big") > max(ErrorCode):
            _kept.append(bytearray(KEPT))  # causes
        elif frame.type == FrameType.PRIORITY and len(frame.payload) == 5:
            self._depend(frame.stream, int.from_bytes(frame.payload[:4], "big") & 0x7FFF_FFFF)

    def _widen(self, increment: int) -> None:
        """`bonus`."""
        window = int.from_bytes(self._window, "big", signed=True)
        self._window = (window + increment).to_bytes(4, "big", signed=True)

    def _depend(self, stream: int, parent: int) -> None:
        """`tree`."""
        self._parents[stream] = parent
        depth = 0
        while stream:
            stream = self._parents.get(stream, 0)
            depth += 1


def _last_byte(payload: bytes) -> int:
    """`padding`."""
    return payload[1 : len(payload) - payload[0]][-1]


def _fill(payload: bytes) -> None:
    """`resize`."""
    for start in range(0, len(payload) - 5, 6):
        if int.from_bytes(payload[start : start + 2], "big") == SettingId.HEADER_TABLE_SIZE:
            _share(int.from_bytes(payload[start + 2 : start + 6], "big"))


def _share(size: int) -> int:
    return 4_096 // size

"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

`FAULTS` lists them (`workbench plugins show http3`), the functions that have them name them.
"""

import re
from dataclasses import replace

from workbench.api import (
    Fault,
    FaultKind,
    FrameError,
    FrameReader,
    ServerConnection,
    ServerOptions,
    StreamData,
    StreamReset,
    read_varint,
    varint,
)
from workbench_http.exchange import Request, Response
from workbench_http3.names import StreamType, Type
from workbench_http3.qpack import pack
from workbench_http3.server import Http3Service
from workbench_http3.server_cutter import Cutter, Fate, Piece
from workbench_http3.server_frames import build

__all__ = ["FAULTS", "FaultyConnection", "FaultyService", "training"]


def _control(frame: bytes = b"") -> bytes:
    """The control stream with its settings, and one more frame."""
    return bytes(StreamData(2, varint(StreamType.CONTROL) + build(Type.SETTINGS, b"") + frame))


def _request(frames: bytes) -> bytes:
    return bytes(StreamData(0, frames, end=True))


def _head(method: bytes, path: bytes, **more: bytes) -> bytes:
    """HEADERS with literal fields; `more` has low lines for dashes."""
    fields = {b":method": method, b":scheme": b"https", b":path": path, b":authority": b"workbench.test"}
    fields |= {name.replace("_", "-").encode(): value for name, value in more.items()}
    literals = [{"form": "LITERAL", "name": name, "value": value, "never": False} for name, value in fields.items()]
    return build(Type.HEADERS, pack(literals))


_GET = _request(_head(b"GET", b"/"))

FAULTS = (
    Fault(
        name="push-room",
        kind=FaultKind.MAGIC,
        trigger="a MAX_PUSH_ID of 2^32 or more",
        effect="`OverflowError`: it is kept in 32 bits",
        oracles=("crash",),
        example=(_control(build(Type.MAX_PUSH_ID, varint(1 << 32))),),
    ),
    Fault(
        name="prefix",
        kind=FaultKind.OVERFLOW,
        trigger="HEADERS of less than two bytes",
        effect="`IndexError`: the base is looked at for the log",
        oracles=("crash",),
        example=(_request(build(Type.HEADERS, b"\0")),),
    ),
    Fault(
        name="resize",
        kind=FaultKind.ORDER,
        trigger="a capacity of 0 on the encoder stream once a request came",
        effect="`ZeroDivisionError`: how full the table is",
        oracles=("crash",),
        example=(_GET, bytes(StreamData(6, varint(StreamType.ENCODER) + b"\x20"))),
    ),
    Fault(
        name="farewell",
        kind=FaultKind.HANG,
        trigger="GOAWAY with an odd number",
        effect="the pushes are counted off in pairs, and never end",
        oracles=("hang",),
        example=(_control(build(Type.GOAWAY, varint(1))),),
    ),
    Fault(
        name="causes",
        kind=FaultKind.GROWTH,
        trigger="a reset of a stream with a code below those of HTTP/3",
        effect="256 KiB for it are kept for ever, whatever becomes of the service",
        oracles=("memory",),
        example=(_control(), bytes(StreamData(0, _head(b"POST", b"/echo"))), bytes(StreamReset(0, 7))),
    ),
    Fault(
        name="scratch",
        kind=FaultKind.LEAK,
        trigger="x-echo-length beyond what is echoed",
        effect="the rest of earlier echoes follows",
        oracles=("leak",),
        example=(_request(_head(b"POST", b"/echo", x_echo_length=b"50") + build(Type.DATA, b"x")),),
    ),
    Fault(
        name="late-data",
        kind=FaultKind.REPLY,
        trigger="HEAD with Range",
        effect="the content follows all the same, behind the end of the stream",
        oracles=("reply", "state"),
        example=(_request(_head(b"HEAD", b"/hello.txt", range=b"bytes=0-3")),),
    ),
)

KEPT = b"\1" * 262_144
"""What `causes` keeps each time: enough to be seen at once."""
LOWEST_CODE = 0x100
"""RFC 9114 8.1."""
_kept: list[bytearray] = []

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http3Service):
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
        self._reader: FrameReader | None = FrameReader()
        self._cutters: dict[int, Cutter] = {}
        self._kinds: dict[int, int] = {}
        self._last: int | None = None

    def receive(self, data: bytes) -> bytes:
        """See `ServerConnection`."""
        self._read(data)
        out = self._after(self._connection.receive(data))
        if self._service.headed and not self.closed:
            self._service.headed = False
            out += bytes(StreamData(self._last or 0, build(Type.DATA, b"Hello from the workbench.\n")))  # late-data
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

    def _read(self, data: bytes) -> None:
        """Look at the frames of all streams, as long as there are such."""
        if self._reader is None or self.closed:
            return
        try:
            for frame in self._reader.receive(data):
                if isinstance(frame, StreamReset) and frame.code < LOWEST_CODE:
                    _kept.append(bytearray(KEPT))  # causes
                elif isinstance(frame, StreamData) and not frame.stream & 1:
                    self._look(frame.stream, frame.data)
        except FrameError:
            self._reader = None

    def _look(self, stream: int, data: bytes) -> None:
        if stream & 2 and stream not in self._kinds:
            kind = read_varint(data)
            if kind is None:
                return
            self._kinds[stream], data = kind[0], data[kind[1] :]
        purpose = self._kinds.get(stream)
        if purpose == StreamType.ENCODER and self._last is not None:
            _fill(data)
        elif purpose in (None, StreamType.CONTROL):
            cutter = self._cutters.setdefault(stream, Cutter(_wanted))
            cutter.feed(data)
            while (piece := cutter.next()) is not None:
                self._act(stream, piece)

    def _act(self, stream: int, piece: Piece) -> None:
        if piece.type == Type.HEADERS:
            self._last = max(stream, self._last or 0)
            if len(piece.payload) < 2:
                _base(piece.payload)
        elif (number := read_varint(piece.payload)) is not None:
            (_count_off if piece.type == Type.GOAWAY else _make_room)(number[0])


def _wanted(kind: int, size: int) -> Fate:
    return Fate.WHOLE if kind in (Type.HEADERS, Type.GOAWAY, Type.MAX_PUSH_ID) and size <= SCRATCH else Fate.SKIPPED


def _base(payload: bytes) -> int:
    """`prefix`."""
    return payload[1] & 0x7F


def _fill(data: bytes) -> None:
    """`resize`."""
    if data[:1] and data[0] >> 5 == 1:
        _share(data[0] & 0x1F)


def _share(capacity: int) -> int:
    return 4_096 // capacity


def _count_off(push: int) -> None:
    """`farewell`."""
    while push:
        push -= 2


def _make_room(pushes: int) -> None:
    """`push-room`."""
    pushes.to_bytes(4, "big")

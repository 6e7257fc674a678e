"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `prefix` | crash | HEADERS of less than two bytes | `IndexError`: the base is looked at for the log |
| `resize` | crash in a state | a capacity of 0 on the encoder stream once a request came | `ZeroDivisionError`: how full the table is |
| `farewell` | hang | GOAWAY with an odd number | the pushes are counted off in pairs, and never end |
| `late-data` | wrong reply | HEAD with Range | the content follows all the same, behind the end of the stream |
| `scratch` | leak between sessions | x-echo-length beyond what is echoed | the rest of earlier echoes follows |
"""

import re
from dataclasses import replace

from workbench.api import FrameError, FrameReader, ServerConnection, ServerOptions, StreamData, read_varint
from workbench_http.exchange import Request, Response
from workbench_http3.names import StreamType, Type
from workbench_http3.server import Http3Service
from workbench_http3.server_cutter import Cutter, Fate, Piece
from workbench_http3.server_frames import build

__all__ = ["FaultyConnection", "FaultyService", "training"]

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http3Service):
    """The reference service with the fault of the table above that lies in its answers."""

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
                if isinstance(frame, StreamData) and not frame.stream & 1:
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
            _count_off(number[0])


def _wanted(kind: int, size: int) -> Fate:
    return Fate.WHOLE if kind in (Type.HEADERS, Type.GOAWAY) and size <= SCRATCH else Fate.SKIPPED


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

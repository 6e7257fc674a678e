"""A training target: the reference server with planted faults, to learn and to test fuzzing on. Never serve it to strangers.

| fault | kind | what triggers it | what goes wrong |
|---|---|---|---|
| `padding` | crash | DATA padded with as many bytes as it has, or more | `IndexError`: the last byte is looked at for the log |
| `resize` | crash in a state | HEADER_TABLE_SIZE of 0 once a stream was opened | `ZeroDivisionError`: how full the table is |
| `tree` | hang | a PRIORITY that makes a stream depend on itself, alone or by others | the way to the root never ends |
| `late-data` | wrong reply | HEAD with Range | the content follows all the same, behind END_STREAM |
| `scratch` | leak between sessions | x-echo-length beyond what is echoed | the rest of earlier echoes follows |
"""

import re
from dataclasses import replace

from workbench.api import ServerConnection, ServerOptions
from workbench_http.exchange import Request, Response
from workbench_http2.server import Http2Service
from workbench_http2.server_frames import ACK, PADDED, PREFACE, Frame, FrameType, SettingId, build, cut

__all__ = ["FaultyConnection", "FaultyService", "training"]

SCRATCH = 65_536
"""Bytes of old echoes that are kept."""


def training(options: ServerOptions) -> "FaultyService":
    """Start a faulty service with an empty store; the `training` slot of the protocol."""
    return FaultyService(options)


class FaultyService(Http2Service):
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
        self._buffer = bytearray()
        self._parents: dict[int, int] = {}
        self._last = 0

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
        elif frame.type == FrameType.PRIORITY and len(frame.payload) == 5:
            self._depend(frame.stream, int.from_bytes(frame.payload[:4], "big") & 0x7FFF_FFFF)

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

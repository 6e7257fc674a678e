"""Servers of the two plain applications of QUIC (`hq.py`): pages without headers, and an echo.

| path | what it gives |
|---|---|
| `/`, `/health`, `/hello.txt` | a few words |
| `/bytes/N` | N bytes, made while they are sent |
"""

import re
from collections import deque
from collections.abc import Callable, Collection

from workbench.api import (
    CarriedFrame,
    ConnectionClosed,
    Datagram,
    FrameError,
    FrameReader,
    ServerFactory,
    ServerOptions,
    Service,
    StopSending,
    StreamData,
    StreamReset,
    UsageError,
)

__all__ = ["BAD_REQUEST", "LONGEST_LINE", "NOT_FOUND", "echo", "pages"]

LONGEST_LINE = 2048
"""Bytes of a request; a client that sends more is not asking for a page of ours."""

BAD_REQUEST, NOT_FOUND = 0x1, 0x2
"""Codes with which streams are reset: HTTP/0.9 has no status."""

CHUNK = 16 * 1024
"""Bytes of one answer in one turn, so that streams take turns."""

MOST_BYTES = 1 << 30
"""Bytes that may be asked for: a gigabyte tests every client, and a typing error must not run for a week."""

_REQUEST = re.compile(rb"GET (/[!-~]*)\r?\n?")
_FIXED = {
    b"/": b"This is the workbench. There are /health, /hello.txt and /bytes/N.\n",
    b"/health": b"ok\n",
    b"/hello.txt": b"Hello from the workbench.\n",
}
_BYTES = re.compile(rb"/bytes/(\d{1,10})")
_LINE = bytes(range(32, 127)) + b"\n"


class _Connection:
    """Frames in, frames out; see `ServerConnection`. `_hear` is what each application does with one."""

    def __init__(self) -> None:
        self.closed = False
        self._frames = FrameReader()
        self._draining = False

    def receive(self, data: bytes) -> bytes:
        if not data:
            self.closed = True
        answers: list[CarriedFrame] = []
        try:
            for frame in self._frames.receive(data):
                answers += self._hear(frame)
        except FrameError:  # no carrier gives such bytes
            self.closed = True
            answers.append(ConnectionClosed(BAD_REQUEST))
        return b"".join(map(bytes, answers))

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        self._draining = True
        self.closed = self.closed or not self._busy
        return b""

    @property
    def _busy(self) -> bool:
        """Whether something was begun that should be finished."""
        return False

    def _hear(self, frame: CarriedFrame) -> list[CarriedFrame]:
        raise NotImplementedError


class _Echo(_Connection):
    """What comes on a stream goes back on it; one-way streams come back on the server's stream of the next number."""

    def _hear(self, frame: CarriedFrame) -> list[CarriedFrame]:
        match frame:
            case StreamData():
                return [StreamData(frame.stream | frame.stream >> 1 & 1, frame.data, frame.end)]
            case StreamReset():
                return [StreamReset(frame.stream | frame.stream >> 1 & 1, frame.code)]
            case Datagram():
                return [frame]
            case ConnectionClosed():
                self.closed = True
        return []


class _Pages(_Connection):
    """HTTP/0.9: one request and its answer on each stream of the client's. See `CarriedConnection`."""

    def __init__(self) -> None:
        super().__init__()
        self.stalled: Collection[int] = ()
        self._asked: dict[int, bytes] = {}
        self._answers: deque[tuple[int, bytes, int, int]] = deque()
        """Stream, what is repeated, how many bytes in all, how many were sent."""

    @property
    def _busy(self) -> bool:
        return bool(self._answers)

    def pull(self) -> bytes:
        if not self._answers:
            self.closed = self.closed or self._draining
            return b""
        for _ in range(len(self._answers)):
            if self._answers[0][0] not in self.stalled:
                break
            self._answers.rotate(-1)
        else:
            return b""
        stream, unit, size, sent = self._answers.popleft()
        first = sent % len(unit)
        piece = (unit * (CHUNK // len(unit) + 2))[first : first + min(CHUNK, size - sent)]
        sent += len(piece)
        if sent < size:
            self._answers.append((stream, unit, size, sent))
        return bytes(StreamData(stream, piece, sent == size))

    def _hear(self, frame: CarriedFrame) -> list[CarriedFrame]:
        match frame:
            case StreamData() if frame.stream & 3:
                return [StopSending(frame.stream, BAD_REQUEST)]  # nobody asks for pages on a one-way stream
            case StreamData():
                return self._read(frame)
            case StreamReset() | StopSending():
                self._forget(frame.stream)
            case ConnectionClosed():
                self.closed = True
        return []

    def _read(self, frame: StreamData) -> list[CarriedFrame]:
        asked = self._asked.pop(frame.stream, b"") + frame.data
        if len(asked) > LONGEST_LINE:
            return self._refuse(frame, BAD_REQUEST)
        if not frame.end:
            self._asked[frame.stream] = asked
            return []
        request = _REQUEST.fullmatch(asked)
        if request is None:
            return self._refuse(frame, BAD_REQUEST)
        path = request[1].partition(b"?")[0]
        generated = _BYTES.fullmatch(path)
        if generated is not None and int(generated[1]) <= MOST_BYTES:
            self._answers.append((frame.stream, _LINE, int(generated[1]), 0))
        elif path in _FIXED:
            self._answers.append((frame.stream, _FIXED[path], len(_FIXED[path]), 0))
        else:
            return self._refuse(frame, NOT_FOUND)
        return []

    def _refuse(self, frame: StreamData, code: int) -> list[CarriedFrame]:
        reset = StreamReset(frame.stream, code)
        return [reset] if frame.end else [StopSending(frame.stream, code), reset]

    def _forget(self, stream: int) -> None:
        """The client wants nothing any more there."""
        self._asked.pop(stream, None)
        self._answers = deque(answer for answer in self._answers if answer[0] != stream)


def _factory(name: str, connection: Callable[[], _Connection]) -> ServerFactory:
    def start(options: ServerOptions) -> Service:
        for setting in options.settings:
            raise UsageError(f"is no setting of {name}, which has none", place=setting)
        return connection

    return start


def pages(options: ServerOptions) -> Service:
    """The server of `hq`."""
    return _factory("hq", _Pages)(options)


def echo(options: ServerOptions) -> Service:
    """The server of `quic-echo`."""
    return _factory("quic-echo", _Echo)(options)

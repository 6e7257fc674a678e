"""One direction's bytes cut into pieces: the preface, frames, and what is neither. Knows lengths, and nothing of what frames mean.

Equal bytes give equal pieces, however they arrive. A frame that lost bytes keeps what came before the loss; one that is longer than is kept
loses its end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from workbench_http2.frames import HEADER
from workbench_http2.limits import DEFAULT_FRAME_SIZE, LONGEST_DOUBTFUL, MAX_JUNK
from workbench_http2.names import PREFACE, Type
from workbench_http2.resync import find_frames, plausible

__all__ = ["Kind", "Piece", "Wire"]


class Kind(Enum):
    """What a piece is."""

    PREFACE = "preface"
    FRAME = "frame"
    JUNK = "junk"


@dataclass(frozen=True, slots=True)
class Piece:
    """`[start, end)` of the stream; `raw` is what is kept of it, `lost` counts bytes of it that were not captured."""

    kind: Kind
    start: int
    end: int
    raw: bytes
    lost: int = 0


class _Mode(Enum):
    START = "nothing was recognised yet"
    FRAMES = "frames follow each other"
    SEEKING = "a frame is looked for"


class Wire:
    """Feed it with `lose` and `add`, ask for `pieces`, end it with `finish`. `keep` bounds the bytes of one frame."""

    def __init__(self, keep: int) -> None:
        self._keep = max(keep, HEADER)
        self._data = bytearray()
        self._start = 0
        """Stream offset of `_data[0]`."""
        self._mode = _Mode.START
        self._searched = 0
        """So many bytes of the data begin no frame."""
        self._doubtful = False
        """Frames were looked for and found; what is no sensible header shows that they were none."""
        self._held: Piece | None = None
        """A frame of which no more is kept; `_skip` bytes of it are still to come."""
        self._skip = 0

    def begin(self, offset: int) -> None:
        """Where the stream begins."""
        self._start = offset

    def add(self, data: bytes) -> None:
        """The next bytes."""
        if self._skip:
            data = data[self._pass(len(data)) :]
        self._data += data

    def _pass(self, size: int) -> int:
        """Go over bytes of the held frame, as far as it reaches."""
        size = min(size, self._skip)
        self._skip -= size
        self._start += size
        return size

    def lose(self, size: int) -> Iterator[Piece]:
        """Bytes were lost behind those that were added; gives what that ends."""
        yield from self._cut(ended=True)
        if self._held is None and self._mode is _Mode.FRAMES and len(self._data) >= HEADER:
            self._hold(len(self._data))
        if self._held is not None:
            lost = self._pass(size)
            size -= lost
            held = self._held
            self._held = Piece(held.kind, held.start, held.end, held.raw, held.lost + lost)
            yield from self._cut(ended=True)
        if size:
            yield self._rest(size)
            self._mode = _Mode.SEEKING
            self._searched = 0

    def finish(self) -> Iterator[Piece]:
        """No more bytes; gives what is left."""
        yield from self._cut(ended=True)
        if self._held is not None:
            held, self._held, self._skip = self._held, None, 0
            yield Piece(held.kind, held.start, self._start, held.raw, held.lost)
        elif self._mode is _Mode.FRAMES and len(self._data) >= HEADER:
            yield self._take(Kind.FRAME, len(self._data))
        elif self._data:
            yield self._rest(0)

    def pieces(self) -> Iterator[Piece]:
        """Everything that is complete."""
        return self._cut(ended=False)

    def _cut(self, *, ended: bool) -> Iterator[Piece]:
        """Everything that is complete; `ended`: nothing follows directly behind the data."""
        while True:
            mode = self._mode
            if mode is _Mode.START:
                yield from self._recognise()
            elif mode is _Mode.SEEKING:
                yield from self._seek(ended=ended)
            else:
                yield from self._frames()
            if self._mode is mode:
                return

    def _rest(self, lost: int) -> Piece:
        """What lies in front of a loss or the end, and is no frame; the loss with it."""
        piece = self._take(Kind.JUNK, len(self._data))
        self._start += lost
        return Piece(Kind.JUNK, piece.start, self._start, piece.raw, lost)

    def _take(self, kind: Kind, size: int) -> Piece:
        raw = bytes(self._data[:size])
        del self._data[:size]
        start = self._start
        self._start += size
        return Piece(kind, start, self._start, raw)

    def _hold(self, keep: int) -> None:
        """Keep the first bytes of the current frame and go over the others."""
        total = HEADER + int.from_bytes(self._data[:3], "big")
        start = self._start
        self._held = Piece(Kind.FRAME, start, start + total, bytes(self._data[:keep]))
        rest = bytes(self._data[keep:])
        self._data.clear()
        self._start += keep
        self._skip = total - keep
        self.add(rest)

    def _recognise(self) -> Iterator[Piece]:
        data = self._data
        if len(data) < len(PREFACE) and PREFACE.startswith(data):
            return
        if data.startswith(PREFACE):
            self._mode = _Mode.FRAMES
            yield self._take(Kind.PREFACE, len(PREFACE))
        elif len(data) >= HEADER:
            # a broken SETTINGS frame is still more likely than anything else that a server could begin with
            settings = data[3] == Type.SETTINGS and int.from_bytes(data[:3], "big") <= DEFAULT_FRAME_SIZE
            self._mode = _Mode.FRAMES if settings or plausible(data) is not None else _Mode.SEEKING

    def _seek(self, *, ended: bool) -> Iterator[Piece]:
        while True:
            found = find_frames(self._data, self._searched, ended=ended)
            at = self._searched = found.at
            if at >= MAX_JUNK:
                self._searched = at - MAX_JUNK
                yield self._take(Kind.JUNK, MAX_JUNK)
                continue
            if found.sure:
                self._searched = 0
                if at:
                    yield self._take(Kind.JUNK, at)
                self._mode = _Mode.FRAMES
                self._doubtful = True
            return

    def _frames(self) -> Iterator[Piece]:
        if self._held is not None:
            if self._skip:
                return
            held, self._held = self._held, None
            yield held
        data = self._data
        at, size, start = 0, len(data), self._start
        while size - at >= HEADER:
            total = HEADER + int.from_bytes(data[at : at + 3], "big")
            if self._doubtful and plausible(data, at, LONGEST_DOUBTFUL) is None:
                self._mode = _Mode.SEEKING
                break
            if at + total > size or total > self._keep:
                break
            yield Piece(Kind.FRAME, start + at, start + at + total, bytes(data[at : at + total]))
            at += total
        if at:
            del data[:at]
            self._start = start + at
        if self._mode is _Mode.FRAMES and len(data) >= self._keep and HEADER + int.from_bytes(data[:3], "big") > self._keep:
            self._hold(self._keep)
            yield from self._frames()

"""Cuts one direction's bytes into frames, and finds its way back after bytes that are none.

A `Framer` says where a frame ends; here is what to do between its answers: wait without copying, survive lost bytes, scan for the next
frame that parses, give up in the end. Equal bytes are cut into equal pieces however they arrive. What a frame means is not known here.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from workbench.api import FrameError, Framer

__all__ = ["BLOCK", "SCAN", "Cutter", "Kind", "Piece"]

SCAN = 65_536
"""Bytes searched for a frame that parses after sync was lost, and the longest frame believed while searching: where the next
64 KiB hold none, it is another protocol."""

EFFORT = 32
"""Bytes that may be parsed in vain per byte searched: keeps the search linear where every offset looks like a frame."""

BLOCK = 16_384
"""Bytes of a direction that was given up are reported in pieces of this size: cuts must not depend on how the bytes arrived."""

FIRST_WINDOW = 4096
"""Bytes shown to the framer first: a buffer full of small frames is not copied once for each."""

EAGER = 65_536
"""A framer that cannot say how much it waits for is asked at every arrival up to here, then only when the buffer grew by 1/16."""


class Kind(Enum):
    """What a piece is."""

    FRAME = "frame"
    PARTIAL = "partial"
    """The beginning of a frame whose other bytes are missing."""
    JUNK = "junk"
    """No frame."""


class Piece(NamedTuple):
    """Bytes `[start, end)` of the direction; `raw` has fewer where bytes are missing, and `reason` says why it is not a frame."""

    kind: Kind
    start: int
    end: int
    raw: bytes
    reason: str = ""


class _Mode(Enum):
    FRAMING = "each frame follows the one before"
    SEARCHING = "sync is lost; the next frame that parses restores it"
    SKIPPING = "the rest of a frame whose end is known cannot be kept"
    LOST = "no frame is expected any more"


# in this Python a member of an enum costs a call each time it is named
_FRAMING, _SEARCHING, _SKIPPING, _LOST = _Mode.FRAMING, _Mode.SEARCHING, _Mode.SKIPPING, _Mode.LOST
_FRAME, _PARTIAL, _JUNK = Kind.FRAME, Kind.PARTIAL, Kind.JUNK


class Cutter:
    """The bytes of one direction that no piece has taken yet.

    `fits(frame)` decides while searching whether a candidate really is one; `longest` bounds what is kept of one frame.
    """

    def __init__(self, frame: Framer, fits: Callable[[bytes], bool], longest: int) -> None:
        self._frame = frame
        self._total: Callable[[bytes], int | None] = getattr(frame, "total", lambda _: None)
        self._fits = fits
        self._longest = longest
        self._mode = _FRAMING
        self._reason = ""
        self._buffer = bytearray()
        self._start = -1
        """Stream position of the buffer's first byte; -1 before anything came."""
        self._end = 0
        """Stream position of the next byte to come."""
        self._wanted = 1
        """Buffer length at which cutting is worth another try."""
        self._guessed = False
        """Nobody knows whether `wanted` is right."""
        self._until = 0
        """While skipping: where the frame ends, or the part of it that is kept."""
        self._in_sync = True
        """While skipping: another frame begins there."""
        self._candidate = 0
        """While searching: the next offset in the buffer to look at."""
        self._effort = 0
        """While searching: bytes looked at."""

    @property
    def hesitates(self) -> bool:
        """Whether `settle` might find a frame because trying was put off to save copying."""
        return self._guessed and len(self._buffer) > EAGER

    def receive(self, offset: int, data: bytes, gap: int = 0) -> Iterator[Piece]:
        """The next bytes, at stream position `offset`, after `gap` lost ones."""
        if self._start < 0:
            self._start = offset - gap
        self._end = offset + len(data)
        if gap:
            yield from self._lose(offset, gap)
        if self._mode is _SKIPPING:
            if self._end < self._until:
                return
            data = data[self._until - offset :]
            yield self._skipped(self._until)
        if not self._buffer:
            yield from self._cut(data)
            return
        self._buffer += data
        if len(self._buffer) >= self._wanted:
            yield from self.settle()

    def settle(self, *, closing: bool = False) -> Iterator[Piece]:
        """Cut what is there, whether or not it seemed worth trying; `closing` says that nothing follows."""
        data = bytes(self._buffer)
        self._buffer.clear()
        yield from self._cut(data, closing)

    def finish(self) -> Iterator[Piece]:
        """No more bytes: everything that is left."""
        if self._mode is _SKIPPING:
            yield self._skipped(self._end)
            return
        yield from self.settle(closing=True)
        if self._buffer:
            partial = self._mode is _FRAMING
            yield self._taken(
                bytes(self._buffer), self._end, "the stream ends before the message does" if partial else self._reason
            )

    def give_up(self, reason: str) -> None:
        """Expect no further frame."""
        self._mode = _LOST
        self._reason = reason

    def _taken(self, raw: bytes, end: int, reason: str) -> Piece:
        kind = _PARTIAL if self._mode in (_FRAMING, _SKIPPING) else _JUNK
        piece = Piece(kind, self._start, end, raw, reason)
        self._start = end
        self._buffer.clear()
        return piece

    def _skipped(self, end: int) -> Piece:
        piece = self._taken(bytes(self._buffer), end, self._reason)
        self._mode = _FRAMING
        if not self._in_sync:
            self._search_from(0, self._reason)
        return piece

    def _lose(self, offset: int, gap: int) -> Iterator[Piece]:
        lost = f"{gap} bytes before stream offset {offset} were not captured"
        if self._mode is _SKIPPING and offset > self._until:
            yield self._skipped(self._until)
        elif self._mode is _FRAMING:
            end = self._start + (self._total_of(bytes(self._buffer[:FIRST_WINDOW])) or 0)
            if self._buffer and end >= offset:
                self._skip_to(end, lost)
        if self._mode is _SKIPPING:
            return
        if self._mode is _FRAMING and not self._buffer:
            self._mode = _SEARCHING
        yield self._taken(bytes(self._buffer), offset, lost)
        if self._mode is not _LOST:
            self._search_from(0, "no message begins after the lost bytes")

    def _search_from(self, candidate: int, reason: str) -> None:
        self._mode, self._reason = _SEARCHING, reason
        self._candidate, self._effort = candidate, 0

    def _cut(self, data: bytes, closing: bool = False) -> Iterator[Piece]:
        at = 0
        while at < len(data):
            if self._mode is _FRAMING:
                size = self._next_frame(data, at)
                if not size:
                    if self._mode is _FRAMING:
                        break
                    continue
                yield self._piece(_FRAME, data[at : at + size])
            elif self._mode is _SEARCHING:
                size = self._search(data, at, closing)
                if self._mode is _SEARCHING:
                    break
                if size:
                    yield self._piece(_JUNK, data[at : at + size], self._reason)
            elif self._mode is _SKIPPING:
                size = min(self._longest, len(data) - at)
                self._buffer += data[at : at + size]
                if self._until > self._end:
                    return
                size = self._until - self._start
                yield self._skipped(self._until)
            else:
                size = min(BLOCK, len(data) - at)
                if size < BLOCK and not closing:
                    break
                yield self._piece(_JUNK, data[at : at + size], self._reason)
            at += size
        self._keep(data[at:])

    def _piece(self, kind: Kind, raw: bytes, reason: str = "") -> Piece:
        piece = Piece(kind, self._start, self._start + len(raw), raw, reason)
        self._start = piece.end
        return piece

    def _keep(self, rest: bytes) -> None:
        self._buffer += rest
        size = len(rest)
        if self._mode is _LOST:
            self._wanted, self._guessed = BLOCK, False
            return
        total = self._total_of(rest) if self._mode is _FRAMING else None
        if total is not None:
            self._wanted = min(total, self._longest)
        else:
            self._wanted = size + 1 + max(0, size - EAGER) // 16
        self._guessed = total is None

    def _total_of(self, data: bytes) -> int | None:
        try:
            return self._total(data[:FIRST_WINDOW])
        except FrameError:
            return None

    def _next_frame(self, data: bytes, at: int) -> int:
        """Size of the frame at `at`, or 0 where there is none to take: more bytes are needed, or the mode has changed."""
        try:
            size = self._ask(data, at, self._longest)
        except FrameError as error:
            self._search_from(1, f"no message can begin here: {error}")
            return 0
        if size is None and len(data) - at >= self._longest:
            total = self._total_of(data[at : at + FIRST_WINDOW])
            # where nobody knows the end, what was kept is cut off, and the next frame has to be searched
            reason = f"the message is longer than {self._longest} bytes; the rest was not kept"
            self._skip_to(self._start + (total or self._longest), reason, in_sync=total is not None)
        return size or 0

    def _skip_to(self, end: int, reason: str, *, in_sync: bool = True) -> None:
        self._mode, self._until, self._reason, self._in_sync = _SKIPPING, end, reason, in_sync

    def _ask(self, data: bytes, at: int, most: int) -> int | None:
        size = min(len(data) - at, most)
        window = FIRST_WINDOW
        while window < size:
            answer = self._frame(data[at : at + window])
            if answer is not None:
                return self._sane(answer, window)
            window *= 4
        answer = self._frame(data[at : at + size] if at or size < len(data) else data)
        return None if answer is None else self._sane(answer, size)

    def _sane(self, answer: int, size: int) -> int:
        if not 0 < answer <= size:
            raise ValueError(f"the framer made a frame of {answer} bytes out of {size}")
        return answer

    def _search(self, data: bytes, at: int, closing: bool) -> int:
        """Bytes before the next frame, or all there are when the search ends without one; stays SEARCHING to wait for more."""
        size = len(data) - at
        while self._candidate < size:
            fits = self._is_frame(data, at + self._candidate, closing)
            if fits is None:
                return 0
            if fits:
                self._mode = _FRAMING
                return self._candidate
            self._candidate += 1
            if self._candidate > SCAN or self._effort > EFFORT * (self._candidate + SCAN // EFFORT):
                self.give_up(self._reason)
                return self._candidate
        if closing:
            self.give_up(self._reason)
            return size
        return 0

    def _is_frame(self, data: bytes, at: int, closing: bool) -> bool | None:
        """Whether a frame that parses begins at `at`; None when that cannot be said yet."""
        here = len(data) - at
        try:
            total = self._total(data[at : at + FIRST_WINDOW])
            # a framer that cannot tell the length beforehand would be shown the whole window again at every offset
            most = FIRST_WINDOW if total is None else SCAN
            size = self._ask(data, at, most) if total is None or total <= min(here, most) else None
        except FrameError:
            return False
        if size is None:
            hopeless = closing or here >= most or (total is not None and total > most)
            return False if hopeless else None
        self._effort += size
        return self._fits(data[at : at + size])

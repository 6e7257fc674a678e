"""One direction's bytes: what was not read yet, where it lies in the stream, and the chunks it came in."""

from collections import deque
from dataclasses import dataclass, field, replace

from workbench.api import Chunk, Direction

__all__ = ["Wire"]


@dataclass(slots=True)
class Wire:
    """`start` is the stream offset of what is unread; before `data` lie `gap` bytes that were lost."""

    direction: Direction
    start: int = -1
    gap: int = 0
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False
    _pieces: deque[tuple[int, Chunk]] = field(default_factory=deque)

    def add(self, serial: int, chunk: Chunk) -> None:
        """The next chunk; one with a gap must be added when everything before it was read."""
        if self.start < 0:
            self.start = chunk.offset - chunk.gap
        self.gap += chunk.gap
        self.data += chunk.data
        self._pieces.append((serial, chunk))

    def take(self, size: int) -> tuple[int, int, bytes]:
        """Read so many bytes, and the gap before them: start, end and bytes."""
        start, end = self.start, self.start + self.gap + size
        raw = bytes(self.data[:size])
        del self.data[:size]
        self.start, self.gap = end, 0
        while self._pieces and self._pieces[0][1].end <= end:
            self._pieces.popleft()
        return start, end, raw

    def rest(self) -> list[tuple[int, Chunk]]:
        """The unread parts of the chunks, each with its serial number."""
        rest = []
        for serial, chunk in self._pieces:
            skip = max(0, self.start - chunk.offset)
            gap = min(chunk.gap, max(0, chunk.offset - self.start))
            rest.append((serial, replace(chunk, offset=chunk.offset + skip, data=chunk.data[skip:], gap=gap)))
        return rest

"""One direction's bytes: what was not read yet, and where it lies in the stream."""

from dataclasses import dataclass, field

from workbench.api import Chunk, Direction

__all__ = ["Wire"]


@dataclass(slots=True)
class Wire:
    """`start` is the stream offset of what is unread; before `data` lie `gap` bytes that were lost. `lost` says that nobody knows whether a
    message begins here."""

    direction: Direction
    start: int = 0
    gap: int = 0
    data: bytearray = field(default_factory=bytearray)
    lost: bool = False

    def add(self, chunk: Chunk) -> None:
        """The next chunk; one with a gap must be added when everything before it was read."""
        if not self.data:
            self.start = chunk.offset - chunk.gap
            self.gap = chunk.gap
        self.data += chunk.data

    def take(self, size: int) -> tuple[int, int, bytes]:
        """Read so many bytes, and the gap before them: start, end and bytes."""
        start, end = self.start, self.start + self.gap + size
        raw = bytes(self.data[:size])
        del self.data[:size]
        self.start, self.gap = end, 0
        return start, end, raw

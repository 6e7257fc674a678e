"""The bytes of one direction from the start of the current message on, with what was lost on the way.

Readers are generators: they look at a `Wire`, `yield` when they need more bytes, and return what they found. So the code that reads a
message is written as if all of it were there, and every byte is looked at once however small the pieces are in which it arrives.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["Passed", "Reading", "Wire", "pass_over", "read_line"]

T = TypeVar("T")
Reading = Generator[None, None, T]


@dataclass(slots=True)
class Wire:
    """`data[0]` has stream offset `start`. `gap` bytes were lost just behind `data`; nothing follows once `ended`, in order if `closed`.

    `lost` and `cut` count bytes of the current message that are not in `data`: never captured, or beyond what is kept.
    """

    data: bytearray = field(default_factory=bytearray)
    start: int = 0
    gap: int = 0
    ended: bool = False
    closed: bool = False
    lost: int = 0
    cut: int = 0

    @property
    def stuck(self) -> bool:
        """Nothing more will come directly behind `data`."""
        return self.gap > 0 or self.ended

    def take(self, size: int) -> tuple[int, int, bytes]:
        """Remove the first `size` bytes and whatever was lost among them; gives their stream range and themselves."""
        start = self.start
        raw = bytes(self.data[:size])
        del self.data[:size]
        self.start = start + size + self.lost + self.cut
        self.lost = self.cut = 0
        return start, self.start, raw

    def lose_gap(self) -> None:
        """Count the gap as part of the current message."""
        self.lost += self.gap
        self.gap = 0


@dataclass(frozen=True, slots=True)
class Passed:
    """What `pass_over` went over: `data[at:end]` was kept; `lost` bytes were never captured; `complete` if all of it came."""

    end: int
    lost: int
    complete: bool


def read_line(wire: Wire, at: int, limit: int) -> Reading[int | None]:
    """Index just behind the LF that ends the line at `at`; None if no such line comes within `limit` bytes or before a gap or the end."""
    scanned = at
    while True:
        found = wire.data.find(b"\n", scanned, at + limit)
        if found >= 0:
            return found + 1
        scanned = len(wire.data)
        if scanned - at >= limit or wire.stuck:
            return None
        yield


def pass_over(wire: Wire, at: int, count: int | None, keep: int) -> Reading[Passed]:
    """Go over `count` bytes from index `at` (None: up to the end of the stream) and keep the first `keep` of them in `data`."""
    position, lost = at, 0
    room = keep
    while True:
        present = len(wire.data) - position
        size = present if count is None else min(present, count)
        kept = min(size, room)
        if size > kept:
            del wire.data[position + kept : position + size]
            wire.cut += size - kept
        position += kept
        room -= kept
        if count is not None:
            count -= size
            if count == 0:
                return Passed(position, lost, True)
        if wire.gap:
            missing = wire.gap if count is None else min(wire.gap, count)
            wire.gap -= missing
            wire.lost += missing
            lost += missing
            if count is not None:
                count -= missing
            if count == 0:
                return Passed(position, lost, True)
            continue
        if wire.ended:
            return Passed(position, lost, count is None)
        yield

"""Bytes that come in pieces with offsets, put in order: one direction of a stream, or the CRYPTO data of one level (RFC 9000 2.2, 19.6).

Pieces may repeat, overlap and contradict each other; the first of each byte counts. What cannot be waited for becomes a gap.
"""

from bisect import bisect_right
from collections import deque
from typing import Any, NamedTuple

__all__ = ["PIECE_COST", "Added", "OrderedBytes", "Run"]

PIECE_COST = 128
"""What a kept piece costs besides its bytes, in bytes: two objects of Python and a place in a list. Holes are charged for, too."""

_MEMORY = 8 * 1024
"""Bytes (with their costs) that were given and are still there to compare repeated ones with: a handful of full packets."""


class Run(NamedTuple):
    """The next bytes in order, after `gap` that never came. `last`: with them the end was reached."""

    gap: int
    data: bytes
    last: bool = False


class Added(NamedTuple):
    """What a piece led to. `repeated` of its bytes were there before; the first one that differed is at offset `conflict` (-1: none
    did, or it is too long ago to know)."""

    runs: tuple[Run, ...] = ()
    repeated: int = 0
    conflict: int = -1


_NOTHING = Added()


class OrderedBytes:
    """See the module. At most `limit` bytes (with `PIECE_COST` for each piece) in at most `pieces` pieces wait behind holes; then the first
    hole is given up."""

    __slots__ = ("_given", "_given_cost", "_waiting", "cost", "end", "ended", "inside", "limit", "next", "pieces")

    def __init__(self, limit: int, at: int = 0, *, pieces: int | None = None) -> None:
        self.limit = limit
        self.pieces = limit // PIECE_COST if pieces is None else pieces
        self.next = at
        """Everything before this offset was given."""
        self.end: int | None = None
        """Where the bytes end, if that is known."""
        self.ended = False
        """Whether the end was given."""
        self.cost = 0
        """What waits behind holes."""
        self.inside: Any = None
        """What its owner remembers with it."""
        self._waiting: list[tuple[int, bytes]] = []
        """Pieces that do not touch what was given, by offset; they do not overlap."""
        self._given: deque[tuple[int, bytes]] = deque()
        self._given_cost = 0

    @property
    def holes(self) -> int:
        """How many holes there are before bytes that wait; pieces that touch count as one hole each."""
        return len(self._waiting)

    def add(self, offset: int, data: bytes, fin: bool = False) -> Added:
        """Take a piece; `fin` says that the end is behind it. Bytes behind a known end are left out."""
        if data and not fin and self.follows(offset):
            self._give(offset, data)
            return Added((Run(0, data),))
        if fin and self.end is None and offset + len(data) >= self._highest():
            self.end = offset + len(data)
        if self.end is not None and offset + len(data) > self.end:
            data = data[: max(0, self.end - offset)]
        repeated, conflict = self._keep(offset, data)
        runs = self._ready()
        while self.cost > self.limit or len(self._waiting) > self.pieces:
            runs += self._skip()
        return Added(tuple(self._ending(runs)), repeated, conflict)

    def follows(self, offset: int) -> bool:
        """Whether bytes at an offset are the next ones, and nothing waits or has ended."""
        return offset == self.next and not self._waiting and self.end is None

    def give(self, data: bytes) -> None:
        """Take bytes that are the next ones: they are readable at once."""
        self._give(self.next, data)

    def skip(self) -> Added:
        """Give up the first hole, if there is one: the bytes behind it, as far as there are any."""
        return Added(tuple(self._ending(self._skip()))) if self._waiting else _NOTHING

    def finish(self) -> Added:
        """No more will come: everything that waits, with its gaps."""
        runs = []
        while self._waiting:
            runs += self._skip()
        return Added(tuple(self._ending(runs)))

    def _highest(self) -> int:
        if not self._waiting:
            return self.next
        offset, data = self._waiting[-1]
        return offset + len(data)

    def _keep(self, offset: int, data: bytes) -> tuple[int, int]:
        """Put the new bytes of a piece where they belong; how many were not new, and where the first contradiction is."""
        repeated, conflict = 0, -1
        if offset < self.next:
            old = data[: self.next - offset]
            repeated += len(old)
            conflict = self._contradiction(offset, old)
            data = data[len(old) :]
            offset += len(old)
        waiting = self._waiting
        place = bisect_right(waiting, offset, key=_offset)
        if place and waiting[place - 1][0] + len(waiting[place - 1][1]) > offset:
            place -= 1
        while data:
            begin, there = waiting[place] if place < len(waiting) else (offset + len(data), b"")
            if offset < begin:
                fresh = data[: begin - offset]
                waiting.insert(place, (offset, fresh))
                self.cost += len(fresh) + PIECE_COST
                data = data[len(fresh) :]
                offset = begin
                place += 1
                continue
            same = there[offset - begin : offset - begin + len(data)]
            if conflict < 0 and not data.startswith(same):
                conflict = offset + _first_difference(data, same)
            repeated += len(same)
            data = data[len(same) :]
            offset += len(same)
            place += 1
        return repeated, conflict

    def _ready(self) -> list[Run]:
        """What has become contiguous."""
        count = 0
        parts = []
        for offset, data in self._waiting:
            if offset != self.next:
                break
            count += 1
            parts.append(data)
            self.cost -= len(data) + PIECE_COST
            self._give(offset, data)
        if not count:
            return []
        del self._waiting[:count]
        return [Run(0, parts[0] if count == 1 else b"".join(parts))]

    def _skip(self) -> list[Run]:
        """Jump over the first hole."""
        gap = self._waiting[0][0] - self.next
        self.next += gap
        (run,) = self._ready()
        return [Run(gap, run.data)]

    def _ending(self, runs: list[Run]) -> list[Run]:
        """The runs, the last of which ends the stream if the end was reached just now."""
        if self.next == self.end and not self.ended:
            self.ended = True
            self._given.clear()
            last = runs.pop() if runs else Run(0, b"")
            runs.append(Run(last.gap, last.data, True))
        return runs

    def _give(self, offset: int, data: bytes) -> None:
        self.next = offset + len(data)
        given = self._given
        given.append((offset, data))
        self._given_cost += len(data) + PIECE_COST
        while self._given_cost > _MEMORY and len(given) > 1:
            self._given_cost -= len(given.popleft()[1]) + PIECE_COST

    def _contradiction(self, offset: int, data: bytes) -> int:
        """Where bytes first differ from those that were given at their place, as far as these are remembered; -1 if they do not."""
        end = offset + len(data)
        for begin, there in self._given:
            low, high = max(begin, offset), min(begin + len(there), end)
            if low < high:
                mine, theirs = data[low - offset : high - offset], there[low - begin : high - begin]
                if mine != theirs:
                    return low + _first_difference(mine, theirs)
        return -1


def _offset(piece: tuple[int, bytes]) -> int:
    return piece[0]


def _first_difference(one: bytes, other: bytes) -> int:
    return next(place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)

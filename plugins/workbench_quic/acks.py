"""Sets of packet numbers, kept as ranges: what was sent, what was acknowledged (RFC 9000 13.2.3)."""

from bisect import bisect_right
from collections.abc import Iterator

__all__ = ["MOST_KEPT", "PacketNumbers"]

MOST_KEPT = 256
"""Ranges of one set: a capture that misses single packets has one for each; beyond, the lowest holes count as filled."""


class PacketNumbers:
    """A set of packet numbers. It never has more than `MOST_KEPT` ranges, for what was lost long ago is of no interest."""

    __slots__ = ("_highs", "_lows")

    def __init__(self) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []

    def __len__(self) -> int:
        """How many ranges there are."""
        return len(self._lows)

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._lows, number)
        return place > 0 and number <= self._highs[place - 1]

    @property
    def largest(self) -> int:
        """-1 where there is none."""
        return self._highs[-1] if self._highs else -1

    def awaits(self, number: int) -> bool:
        """Whether a number is the one behind the largest."""
        highs = self._highs
        return highs[-1] == number - 1 if highs else number == 0

    def follow(self, number: int) -> bool:
        """Take a number if it is the one behind the largest (which there must be); False, and nothing done, for any other."""
        highs = self._highs
        if not highs or highs[-1] != number - 1:
            return False
        highs[-1] = number
        return True

    @property
    def whole(self) -> bool:
        """Whether there are no holes, 0 included."""
        return len(self._lows) == 1 and self._lows[0] == 0

    def add(self, number: int) -> bool:
        """Take a number; whether it is new."""
        highs = self._highs
        if highs and number == highs[-1] + 1:  # nearly always
            highs[-1] = number
            return True
        if number in self:
            return False
        self.add_range(number, number)
        return True

    def add_range(self, low: int, high: int) -> None:
        """Take all numbers from `low` to `high`."""
        lows, highs = self._lows, self._highs
        first = bisect_right(highs, low - 2)  # ranges that touch become one
        last = bisect_right(lows, high + 1)
        if first < last:
            low, high = min(low, lows[first]), max(high, highs[last - 1])
        lows[first:last] = [low]
        highs[first:last] = [high]
        if len(lows) > MOST_KEPT:
            del lows[1], highs[0]

    def missing(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The ranges between `low` and `high` of which no number is here, upwards."""
        place = bisect_right(self._highs, low - 1)
        while low <= high:
            if place == len(self._lows) or self._lows[place] > high:
                yield low, high
                return
            if low < self._lows[place]:
                yield low, self._lows[place] - 1
            low = self._highs[place] + 1
            place += 1

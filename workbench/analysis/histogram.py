"""Many durations in little memory: counters whose width grows with the value, so that every percentile is known to one part in a
thousand however many values there were."""

from collections.abc import Iterable

__all__ = ["PRECISION_BITS", "Histogram"]

PRECISION_BITS = 10
"""A value is known to one part in 2^10: three significant digits, what a person reads of a percentile."""

MOST_BITS = 63
"""Longer durations than 2^63 ns (292 years) count as that long: they come from clocks that were wrong. With the precision above this
makes 55,296 counters at most; only those that were used exist."""

_LINEAR = 1 << PRECISION_BITS
_LONGEST = (1 << MOST_BITS) - 1


class Histogram:
    """Counts whole numbers from 0 up. Negative ones (a clock that was set back) count as 0."""

    __slots__ = ("_counters", "count", "longest", "shortest", "total")

    def __init__(self) -> None:
        self._counters: dict[int, int] = {}
        self.count = 0
        self.total = 0
        self.shortest = 0
        self.longest = 0

    def add(self, value: int) -> None:
        """One more value."""
        value = max(0, min(value, _LONGEST))
        place = _place(value)
        self._counters[place] = self._counters.get(place, 0) + 1
        self.shortest = min(self.shortest, value) if self.count else value
        self.longest = max(self.longest, value)
        self.count += 1
        self.total += value

    def percentile(self, share: float) -> int:
        """A value that `share` percent of the values do not exceed, at most one part in 2^PRECISION_BITS above the smallest such
        (nearest rank); 0 of nothing."""
        (found,) = self.percentiles((share,))
        return found

    def percentiles(self, shares: Iterable[float]) -> tuple[int, ...]:
        """The same for several shares, which ascend, in one pass; tenths of a percent are told apart."""
        return self.at_ranks(-(-self.count * round(share * 10) // 1000) for share in shares)

    def at_ranks(self, ranks: Iterable[int]) -> tuple[int, ...]:
        """The values at these places (from 1, ascending) among all in order, likewise; places beyond either end are those ends."""
        found: list[int] = []
        places = iter(sorted(self._counters.items()))
        seen, largest = 0, 0
        for rank in ranks:
            while seen < max(1, rank) and (entry := next(places, None)) is not None:
                largest = _largest(entry[0])
                seen += entry[1]
            found.append(max(self.shortest, min(largest, self.longest)))
        return tuple(found)

    def bars(self) -> tuple[tuple[int, int], ...]:
        """(largest value, how many) of the counters that were used, ascending."""
        return tuple((min(_largest(place), self.longest), count) for place, count in sorted(self._counters.items()))


def _place(value: int) -> int:
    """The counter of a value: one each below 2^(PRECISION_BITS + 1), then 2^PRECISION_BITS for each further power of two."""
    shift = max(0, value.bit_length() - PRECISION_BITS - 1)
    return shift * _LINEAR + (value >> shift)


def _largest(place: int) -> int:
    """The largest value that counts there."""
    shift = max(0, place // _LINEAR - 1)
    return ((place - shift * _LINEAR + 1) << shift) - 1

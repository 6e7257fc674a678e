"""Which entry of the pool the next case is made from: half of the time one of the newest, else by weight.

Entries that are the cheapest to show some feature are favoured (together they show everything), more so when nobody else shows it. All of
it depends on how many entries there are, never on the clock.
"""

from bisect import bisect_right
from collections import OrderedDict
from itertools import accumulate
from math import log2
from random import Random

from fuzzers.pool import Grown, Pool

__all__ = ["Schedule"]

NEWEST = 0.5
"""Share of the picks among the newest: what was just found leads on most often."""
RECENT = 8
"""How far back those go, on average."""
FAVOURED = 4.0
"""A favoured entry is worth so many others, before its features count."""
REMEMBERED = 8
"""Sizes of the pool whose weights are kept: those of the present epoch, and of the ones that are looked into again."""


class Schedule:
    """Weights of a pool's entries; grows with it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._weights: OrderedDict[int, list[float]] = OrderedDict()
        self._reset()

    def pick(self, usable: int, random: Random) -> int:
        """The place of an entry among the first `usable`."""
        if random.random() < NEWEST:
            return usable - 1 - int(random.expovariate(1 / RECENT)) % usable
        sums = self._sums(usable)
        return min(bisect_right(sums, random.random() * sums[-1]), usable - 1)

    def _sums(self, usable: int) -> list[float]:
        """Running sums of the weights of the first `usable` entries."""
        known = self._weights.get(usable)
        if known is None:
            if usable < len(self._pool.seeds) + self._taken:
                self._reset()
            for found in self._pool.grown[self._taken : usable - len(self._pool.seeds)]:
                self._take(found)
            ones = [1.0] * len(self._pool.seeds)
            known = list(accumulate([*ones, *map(self._weight, range(self._taken))]))
            self._weights[usable] = known
            if len(self._weights) > REMEMBERED:
                self._weights.popitem(last=False)
        return known

    def _reset(self) -> None:
        self._taken = 0
        self._best: dict[int, tuple[int, int]] = {}
        """For each feature the cheapest entry that shows it: cost and place among the grown."""
        self._alone: dict[int, int] = {}
        """For each feature the one entry that shows it; -1 where there are several."""
        self._wins: list[int] = []
        self._rare: list[int] = []
        """For how many features an entry is the cheapest, and the only one."""

    def _take(self, found: Grown) -> None:
        here = self._taken
        self._wins.append(0)
        self._rare.append(0)
        for feature in found.features:
            other = self._alone.get(feature)
            self._alone[feature] = here if other is None else -1
            if other is None:
                self._rare[here] += 1
            elif other >= 0:
                self._rare[other] -= 1
            best = self._best.get(feature)
            if best is None or found.cost < best[0]:
                if best is not None:
                    self._wins[best[1]] -= 1
                self._best[feature] = found.cost, here
                self._wins[here] += 1
        self._taken += 1

    def _weight(self, place: int) -> float:
        wins = self._wins[place]
        if not wins:
            return 1.0
        return FAVOURED + log2(1 + wins) + 2 * log2(1 + self._rare[place])

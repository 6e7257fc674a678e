"""Which way to run a server is good enough: the seeds are played several times, and must show the same each time.

The fastest way in which nearly all places of the coverage map tell the same is taken. Those that do not even then are masked. Without
coverage, what the replies show has to do.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fuzzers.model import Ending
from fuzzers.novelty import BUCKETS, TRANSITIONS

__all__ = ["STABLE", "TIMES", "Calibration", "Measured", "Shown", "best", "measured"]

STABLE = 0.95
"""Share of what was reached that must be the same each time: below, a campaign keeps cases for what they did not do."""
TIMES = 8
"""Plays of each seed: what differs once in four plays is seen with nine chances in ten."""
ROUNDS = 2
"""A seed that was not the same each time is played so often again, and then counts as it is: what a server does once a second, or once
after its start, is no reason to distrust it."""
MOST_SEEDS = 16
"""Seeds that are played: more of them show the same."""

Shown = tuple[frozenset[int], Ending]
"""The features of one execution, and how it ended."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a server is run and what is known about it: the executor's name and why it was taken, the share of its coverage (or of its
    replies) that is stable, how many places its map has (0 where nobody fills one), and which of these are masked."""

    executor: str
    why: str = ""
    stability: float = 1.0
    places: int = 0
    masked: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """What playing the seeds in one way showed."""

    stability: float
    covered: bool
    unstable: tuple[int, ...]

    @property
    def text(self) -> str:
        """For people."""
        return f"{100 * self.stability:.0f} % stable"


def measured(play: Callable[[int], Shown], seeds: int) -> Measured:
    """Play the first seeds (by their numbers) several times; raises `TargetError` as `play` does.

    A seed that ends badly says nothing. The first play of each is not counted: a server that was just started has things to prepare.
    """
    reached: set[int] = set()
    unstable: set[int] = set()
    numbers = range(min(seeds, MOST_SEEDS))
    for number in numbers:
        play(number)
    for number in numbers:
        for _ in range(ROUNDS):
            shown = [play(number) for _ in range(TIMES)]
            features = [each for each, _ in shown]
            union, common = frozenset().union(*features), features[0].intersection(*features[1:])
            if union == common:
                break
        if all(ending in (Ending.OPEN, Ending.CLOSED) for _, ending in shown):
            reached |= union
            unstable |= union - common
    covered = {feature // BUCKETS for feature in reached if feature < TRANSITIONS}
    if covered:
        wavering = {feature // BUCKETS for feature in unstable if feature < TRANSITIONS}
        return Measured(1 - len(wavering) / len(covered), covered=True, unstable=tuple(sorted(wavering)))
    return Measured(1 - len(unstable) / len(reached) if reached else 1.0, covered=False, unstable=())


def best(tried: Sequence[tuple[str, Measured]], failed: Iterable[str] = (), places: int = 0) -> Calibration:
    """The first way that is stable enough, else the most stable one; `failed` says why others cannot be, `places` is the map's size."""
    name, found = next(((name, each) for name, each in tried if each.stability >= STABLE), None) or max(
        tried, key=lambda way: way[1].stability
    )
    why = "; ".join([*(f"{other} is only {each.text}" for other, each in tried if other != name), *failed])
    return Calibration(name, why, found.stability, places if found.covered else 0, found.unstable)

"""The corpus as it grows: the seeds, then cases that made the target do something new, in the order of their numbers.

Which entries a case may be made from depends on its number alone: an entry that was found in one epoch (so many cases) takes part two
epochs later. So every case can be made again at any time from the campaign's seed and its number, any number of workers makes the same
ones, and workers may run ahead of what is known by an epoch.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fuzzers.model import USUAL, Conduct
from workbench.api import Seed

__all__ = ["EPOCH", "LAG", "Grown", "Pool", "epoch_of", "first_unknown"]

EPOCH = 512
"""Cases of one epoch: a tenth of a second on a fast target, so that what is found is soon made use of."""

LAG = 2
"""Epochs between the one in which an entry is found and the first in which cases are made from it."""

MOST_ENTRIES = 20_000
"""Entries found, beyond the seeds. A target with more kinds of behaviour than that is not told apart by more of them."""

MOST_BYTES = 64 << 20
"""Bytes of all messages of those, so that memory and the campaign file stay bounded; no entry is ever dropped for another one, since every
case made after that would be another case."""

LARGEST = 4 * 1024
"""Bytes of a case that may become an entry, or twice those of the largest seed: a larger one makes slow cases by the hundred, and smaller
ones show the same."""


LONGEST = 8
"""Messages of an entry that was found, unless a seed has more. Saying something again reaches the same places once more, which looks new
each time that a count falls into the next step; without a bound, sessions grow on that alone, and every case is slow."""


@dataclass(frozen=True, slots=True)
class Grown:
    """An entry that a campaign found. `case` made it by `arm` (which had that `share` of the cases then) out of the entry at place
    `parent`; `features` are all that it showed, `conduct` is how it was performed, `words` are those of the
    replies that mutators may use (see `fuzzers.tokens`)."""

    messages: tuple[bytes, ...]
    case: int
    arm: str
    share: float
    parent: int
    features: tuple[int, ...]
    conduct: Conduct = USUAL
    words: tuple[bytes, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all messages."""
        return sum(map(len, self.messages))

    @property
    def cost(self) -> int:
        """What playing it costs, roughly and always the same: bytes, and messages as so many of them."""
        return self.size + 64 * len(self.messages)


def epoch_of(case: int) -> int:
    """The epoch that a case lies in."""
    return case // EPOCH


def first_unknown(done: int) -> int:
    """The first case that cannot be made yet, when what the cases before `done` showed was offered."""
    return (epoch_of(done) + LAG) * EPOCH


class Pool:
    """Seeds and what grew out of them; places count from 0, seeds first. Entries are offered in the order of their cases."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        self.seeds = tuple(seeds)
        self.grown: list[Grown] = []
        self.seen: set[int] = set()
        """Every feature that anything showed."""
        self.latest = -1
        """The last case that showed a new one."""
        self.largest = max(LARGEST, *(2 * sum(map(len, seed.messages)) for seed in self.seeds), 0)
        """Bytes of an entry."""
        self._longest = max(LONGEST, *(len(seed.messages) for seed in self.seeds), 0)
        self._bytes = 0
        self._numbers: dict[int, int] = {}
        """Each feature once: thousands of entries show the same thousand of them, and numbers are large objects."""
        self._epochs: list[int] = []
        """From which epoch each of `grown` takes part; ascending."""

    def __len__(self) -> int:
        return len(self.seeds) + len(self.grown)

    def usable(self, case: int) -> int:
        """How many entries, from the first, this case may be made from."""
        return len(self.seeds) + bisect_right(self._epochs, epoch_of(case))

    def wants(self, size: int, features: Sequence[int]) -> bool:
        """Whether a case of so many bytes may become an entry, and there is a new one among its features."""
        return size <= self.largest and any(feature not in self.seen for feature in features)

    def offer(self, found: Grown) -> bool:
        """Take in what a case showed; whether it became an entry. A seed that shows something has become one long ago."""
        if not self.wants(found.size, found.features):
            return False
        self.seen.update(found.features)
        self.latest = found.case
        # a case of no messages may show something, but nothing can be made from it
        if not 0 < len(found.messages) <= self._longest or found.case < len(self.seeds):
            return False
        if len(self.grown) >= MOST_ENTRIES or self._bytes + found.size > MOST_BYTES:
            return False
        self._bytes += found.size
        numbers = self._numbers
        self.grown.append(replace(found, features=tuple([numbers.setdefault(feature, feature) for feature in found.features])))
        self._epochs.append(epoch_of(found.case) + LAG)
        return True

    def messages_at(self, place: int) -> tuple[bytes, ...]:
        """The messages of one entry."""
        seeds = len(self.seeds)
        return self.seeds[place].messages if place < seeds else self.grown[place - seeds].messages

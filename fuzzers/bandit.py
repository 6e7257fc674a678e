"""Which family of mutators is tried how often: those that find more are tried more, none is ever given up.

What a family found counts the more, the less it was tried when it did. All of it is in the pool, so that the shares of every epoch can be
worked out again.
"""

from collections.abc import Mapping

from fuzzers.pool import LAG, Pool, epoch_of

__all__ = ["Bandit"]

FLOOR = 0.4
"""Part of the cases that is dealt out as at the beginning, whatever was found: what leads nowhere today may do so tomorrow."""
FADING = 0.97
"""What an epoch leaves of what was found before it: targets that are known well are found out in other ways than new ones."""
DOUBT = 4.0
"""Finds that each family is credited with from the beginning, so that the first real ones do not decide everything."""


class Bandit:
    """Shares of the arms (families) by epoch; `priors` are those of the first ones."""

    def __init__(self, pool: Pool, priors: Mapping[str, float]) -> None:
        total = sum(priors.values())
        self._pool = pool
        self._priors = {arm: share / total for arm, share in priors.items()}
        self._epoch = 0
        self._reset()
        self._shares = self._now(0)  # computed like all others, so that the last bit is the same whenever it is asked for

    def shares(self, epoch: int) -> Mapping[str, float]:
        """The shares in an epoch; needs everything that was found `LAG` epochs before."""
        if epoch != self._epoch:
            if epoch < self._epoch:
                self._reset()
            self._epoch = epoch
            self._count(epoch - LAG)
            self._shares = self._now(epoch)
        return self._shares

    def _reset(self) -> None:
        self._credit = dict.fromkeys(self._priors, 0.0)
        """As of epoch `_at`."""
        self._at = self._counted = 0

    def _count(self, last: int) -> None:
        """Credit what was found up to epoch `last`."""
        grown = self._pool.grown
        while self._counted < len(grown) and epoch_of(grown[self._counted].case) <= last:
            found = grown[self._counted]
            self._counted += 1
            if found.arm in self._credit and found.share > 0:
                faded = FADING ** (epoch_of(found.case) - self._at)
                self._at = epoch_of(found.case)
                self._credit = {arm: credit * faded for arm, credit in self._credit.items()}
                self._credit[found.arm] += 1 / found.share

    def _now(self, epoch: int) -> Mapping[str, float]:
        faded = FADING ** (epoch - self._at)
        scores = {arm: prior * (DOUBT + self._credit[arm] * faded) for arm, prior in self._priors.items()}
        total = sum(scores.values())
        return {arm: FLOOR * prior + (1 - FLOOR) * scores[arm] / total for arm, prior in self._priors.items()}

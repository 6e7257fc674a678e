"""When a difference between two captures is more than chance: the rules, and nothing about what is compared.

Shares: at least LEAST_POINTS apart, and more than DEVIATIONS standard errors of two independent samples.
Percentiles: at least LEAST_FACTOR apart, and the ranges in which the true percentiles lie (DEVIATIONS standard deviations of a rank; no
assumption about how times are spread) do not touch.
Packets come in bursts and are not independent, so the rules ask for much; what they say is where to look.
"""

import math

from workbench.analysis.histogram import Histogram

__all__ = ["DEVIATIONS", "LEAST_FACTOR", "LEAST_POINTS", "LEAST_SAMPLES", "percentile_differs", "share_differs"]

DEVIATIONS = 3.0
"""Three in a thousand comparisons differ by that much when nothing changed."""

LEAST_POINTS = 0.02
"""Two percentage points: smaller changes are real in large captures, and of no interest."""

LEAST_FACTOR = 1.25
"""A quarter slower or faster: less is what caches and schedulers do every day."""

LEAST_SAMPLES = 20
"""Fewer say nothing about a share or a percentile."""


def share_differs(old: float, old_samples: int, new: float, new_samples: int) -> bool:
    """Whether two shares, each of so many samples, differ by more than chance."""
    if min(old_samples, new_samples) < LEAST_SAMPLES or abs(new - old) < LEAST_POINTS:
        return False
    pooled = (old * old_samples + new * new_samples) / (old_samples + new_samples)
    error = math.sqrt(pooled * (1 - pooled) * (1 / old_samples + 1 / new_samples))
    return abs(new - old) > DEVIATIONS * error


def percentile_differs(old: Histogram, new: Histogram, share: float) -> bool:
    """Whether a percentile differs by more than chance."""
    if min(old.count, new.count) < LEAST_SAMPLES:
        return False
    before, after = old.percentile(share), new.percentile(share)
    if max(before, after) < LEAST_FACTOR * min(before, after):
        return False
    (old_low, old_high), (new_low, new_high) = _range(old, share), _range(new, share)
    return old_high < new_low or new_high < old_low


def _range(times: Histogram, share: float) -> tuple[int, int]:
    """Where the true percentile lies: the values at the ranks around it. Beyond the last rank nobody knows, so it has no end there."""
    middle = times.count * share / 100
    spread = DEVIATIONS * math.sqrt(times.count * share / 100 * (1 - share / 100))
    low, high = times.at_ranks((math.floor(middle - spread), math.ceil(middle + spread)))
    return (0 if middle - spread < 1 else low), (1 << 63 if middle + spread > times.count else high)

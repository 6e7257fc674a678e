"""Long series for small screens: what is seen of a hundred thousand points on some hundred columns."""

import math

from workbench.analysis.parts import Series

__all__ = ["spread", "thinned"]


def spread(series: Series, first: float, last: float, width: int) -> list[float | None]:
    """The largest value in each of `width` equal spans between `first` and `last`; None where a span has none."""
    found: list[float | None] = [None] * width
    scale = width / (last - first) if last > first else 0.0
    for x, y in zip(series.x, series.y, strict=True):
        place = min(width - 1, max(0, math.floor((x - first) * scale)))
        known = found[place]
        found[place] = y if known is None else max(known, y)
    return found


def thinned(series: Series, most: int) -> Series:
    """The same curve with at most about `most` points: of each run of neighbours those with the lowest and the highest value stay, so
    that no peak is lost."""
    if len(series.x) <= most:
        return series
    size = -(-2 * len(series.x) // most)
    kept: list[int] = []
    for start in range(0, len(series.x), size):
        run = range(start, min(start + size, len(series.x)))
        low, high = min(run, key=series.y.__getitem__), max(run, key=series.y.__getitem__)
        kept.extend(sorted({low, high}))
    return Series(series.title, tuple(series.x[place] for place in kept), tuple(series.y[place] for place in kept))

"""Delta debugging: the smallest sublist for which a test still holds (Zeller and Hildebrandt, 2002)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["ddmin"]

T = TypeVar("T")


def ddmin(items: Sequence[T], test: Callable[[list[T]], bool]) -> list[T]:
    """A sublist, in order, for which `test` holds and that loses this when any single item is left out.

    `test` is true for the whole list. It may begin to answer no (a budget that is used up); then what was reached so far is returned.
    """
    kept = list(items)
    if kept and test([]):
        return []
    parts = 2
    while len(kept) >= 2:
        size = -(-len(kept) // parts)
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            if test(rest):
                kept = rest
                parts = max(parts - 1, 2)
                break
        else:
            if parts >= len(kept):
                break
            parts = min(len(kept), 2 * parts)
    return kept

"""Smaller lists for which a test still holds, with tests that are expensive where they hold: a server that fails must be started again."""

from collections.abc import Callable, Sequence
from typing import TypeVar

__all__ = ["ddmin", "skimmed"]

T = TypeVar("T")

BOLD = 4
"""Three quarters of what is in question are left out at once: most such tests fail to hold, which costs a tenth of one that holds."""


def ddmin(items: Sequence[T], test: Callable[[list[T]], bool]) -> list[T]:
    """A sublist, in order, for which `test` holds and that loses this when any single item is left out (Zeller and Hildebrandt, 2002).

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


def skimmed(items: Sequence[T], test: Callable[[list[T]], bool]) -> list[T]:
    """A sublist, in order and with the last item, for which `test` holds, where the last item needs only a few of those before it.

    Looks for the longest run at the front that is not needed, keeps what follows it, and goes on behind that. `test` is true for the whole
    list, as for `ddmin`, which makes the result minimal.
    """
    kept, rest, tail = list(items[:0]), list(items[:-1]), list(items[-1:])
    while rest and not test(kept + tail):
        spare, needed = 0, len(rest)  # the first `spare` can be left out, the first `needed` cannot
        while needed - spare > 1:
            cut = min(needed - 1, spare + max(1, (needed - spare) * (BOLD - 1) // BOLD))
            if test(kept + rest[cut:] + tail):
                spare = cut
            else:
                needed = cut
        kept.append(rest[spare])
        rest = rest[spare + 1 :]
    return kept + tail

"""A smaller case that shows the same breach: fewer turns, then fewer bytes in each."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from fuzzers.ddmin import ddmin
from workbench.self_fuzzing.talks import Turn
from workbench.self_fuzzing.trials import Matter, tried

__all__ = ["MOST_ATTEMPTS", "kind_of", "shrunk"]

MOST_ATTEMPTS = 400
"""Cases tried for one breach: some seconds."""

LONGEST_KIND = 110
"""Characters that tell breaches apart; what follows is usually the input."""

_DETAIL = re.compile(r"[0-9a-f]{8,}|\d+")


def kind_of(text: str) -> str:
    """What is the same for all cases that show one defect: the text without its numbers and bytes."""
    return _DETAIL.sub("#", text)[:LONGEST_KIND]


def shrunk(matter: Matter, breach: str, late: Callable[[], bool] = lambda: False) -> Matter:
    """A case of the same kind, as small as a few attempts make it; what there is when it is `late`."""
    left = MOST_ATTEMPTS
    kind = kind_of(breach)

    def fails(turns: Sequence[Turn]) -> bool:
        nonlocal left
        if not left or not turns or late():
            return False
        left -= 1
        return kind_of(tried(replace(matter, turns=tuple(turns)))) == kind

    turns = ddmin(list(matter.turns), fails)
    for place in range(len(turns)):
        turns = _shorter(turns, place, fails)
    return replace(matter, turns=tuple(turns))


def _shorter(turns: list[Turn], place: int, fails: Callable[[Sequence[Turn]], bool]) -> list[Turn]:
    """The same with runs of bytes left out of one turn, long runs first."""
    size = len(turns[place].data) // 2
    while size:
        at = 0
        while at < len(turns[place].data):
            data = turns[place].data
            candidate = [*turns[:place], turns[place]._replace(data=data[:at] + data[at + size :]), *turns[place + 1 :]]
            if fails(candidate):
                turns = candidate
            else:
                at += size
        size //= 2
    return turns

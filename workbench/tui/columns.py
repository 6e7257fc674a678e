"""Which columns a table of the given width has room for, and how wide each is. Widths only; drawing is the widgets'."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Column", "Placed", "arrange"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: at least `least` cells, at most `most` (0: no limit, it takes what is left). `rank` 0 is never left out;
    the highest rank goes first when there is no room."""

    name: str
    least: int
    most: int
    right: bool = False
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A column with its width on this screen."""

    column: Column
    width: int


def arrange(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """Fit columns into `width` cells with one blank between them: leave out what does not fit, then share the rest."""
    kept = list(columns)
    while len(kept) > 1 and _least(kept) > width and (worst := max(kept, key=lambda column: column.rank)).rank > 0:
        kept.remove(worst)
    spare = max(0, width - _least(kept))
    widths = {}
    for column in kept:
        wish = 0 if column.most == 0 else max(0, column.most - column.least)
        given = min(wish, spare)
        spare -= given
        widths[column.name] = column.least + given
    open_ended = [column.name for column in kept if column.most == 0]
    for place, name in enumerate(open_ended):
        widths[name] += spare // len(open_ended) + (1 if place < spare % len(open_ended) else 0)
    return tuple(Placed(column, widths[column.name]) for column in kept)


def _least(columns: Sequence[Column]) -> int:
    return sum(column.least for column in columns) + len(columns) - 1

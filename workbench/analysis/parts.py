"""What an analysis says, before anybody prints it: tables and charts, in the units that were measured.

Renderers (text, JSON, HTML) know these shapes and nothing about what they mean; sections know what they mean and nothing about screens.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Cell", "Chart", "Column", "Part", "Series", "Table", "Unit"]

Unit = Literal["text", "count", "number", "bytes", "ns", "time_ns", "share", "rate", "bytes_rate", "packet", "address", "by_row"]
"""What a number is: how many, a plain number, bytes, a duration or a moment in nanoseconds, a part of one, something per second, bytes
per second, a packet's number, a host. "by_row": the cell before it names the unit, and is not shown to people. Renderers choose digits
and abbreviations by it; JSON gives the number itself."""

Cell = int | float | str | None
"""None is "nothing to say here", not zero."""


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the key in JSON, `title` the words above the column."""

    name: str
    title: str
    unit: Unit = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells, one for each column. `depths` makes it a tree in order of appearance; `more` rows were left out."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    depths: tuple[int, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """One line (or set of bars, or cloud of points) of a chart; both columns are equally long, `x` ascends."""

    title: str
    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Series over one axis. Moments on `x` count in nanoseconds from the first packet (unit "ns")."""

    name: str
    title: str
    kind: Literal["line", "steps", "bars", "points"]
    x: Column
    y: Column
    series: tuple[Series, ...]


Part = Table | Chart

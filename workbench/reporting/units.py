"""Numbers, durations, sizes and moments as people read them, by unit."""

import datetime as dt
from collections.abc import Callable, Sequence
from itertools import pairwise

from dissectors.text import safe
from workbench.analysis.parts import Cell, Column, Unit

__all__ = ["RIGHT", "cell_text", "duration", "row_texts", "size", "when"]

RIGHT: frozenset[Unit] = frozenset(("count", "number", "bytes", "ns", "share", "rate", "bytes_rate", "packet", "by_row"))
"""Units whose values stand below each other by their last digit."""


def cell_text(cell: Cell, unit: Unit) -> str:
    """A cell in words, fit for any terminal or page once markup is escaped; "" where there is nothing to say."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    return _WRITERS[unit](cell)


def row_texts(row: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
    """All cells of a row in words; "" for a cell that only names the unit of the next."""
    texts = [cell_text(cell, column.unit) for cell, column in zip(row, columns, strict=True) if column.unit != "by_row"]
    for place, (before, column) in enumerate(pairwise(columns)):
        if column.unit == "by_row":
            unit = row[place]
            texts[place] = ""
            texts.insert(place + 1, cell_text(row[place + 1], unit if unit in _WRITERS else before.unit))
    return texts


def size(count: float) -> str:
    """Bytes, in decimal units from a kilobyte on."""
    if count < 1000:
        return f"{_number(count)} bytes"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def when(time_ns: int) -> str:
    """A time since the epoch as UTC with microseconds."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    try:
        moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):  # a capture may claim any time
        return f"{seconds}.{nanoseconds:09d} s after 1970"
    return f"{moment:%Y-%m-%d %H:%M:%S}.{nanoseconds // 1000:06d} UTC"


def duration(time_ns: float) -> str:
    """A duration with three significant digits or more: "850 ns", "51.2 µs", "12.3 ms", "4.56 s", "2 h 03 min"."""
    if time_ns < 0:
        return f"-{duration(-time_ns)}"
    if time_ns < 1_000:
        return f"{_number(time_ns)} ns"
    for unit, scale in (("µs", 1e3), ("ms", 1e6), ("s", 1e9)):
        value = time_ns / scale
        if value < 999.5:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    minutes = round(time_ns / 6e10)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{time_ns / 6e10:.1f} min"


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


_WRITERS: dict[Unit, Callable[[float], str]] = {
    "text": _number,
    "count": _number,
    "number": _number,
    "bytes": size,
    "ns": duration,
    "time_ns": lambda value: when(int(value)),
    "share": lambda value: f"{100 * value:.1f} %",
    "rate": lambda value: f"{_number(value)}/s",
    "bytes_rate": lambda value: f"{size(value)}/s",
    "packet": lambda value: f"#{int(value)}",
    "address": _number,
    "by_row": _number,
}

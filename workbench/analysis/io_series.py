"""The section about time: packets, bytes and messages in equal intervals, for all traffic and for any filter beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.stream_events import Noticed
from workbench.analysis.parts import Cell, Chart, Column, Part, Series, Table
from workbench.analysis.sections import Material, Section
from workbench.analysis.setting_values import duration_ns
from workbench.api import Message, UsageError

__all__ = ["SECTION", "automatic_interval"]

WANTED = 60
"""Intervals when nobody says how long they are: what a chart shows well."""

MOST_INTERVALS = 100_000
"""Rows of the table; beyond, nobody reads them and a page takes minutes to open."""

_ROUND_NS: tuple[int, ...] = tuple(factor * 10**power for power in range(18) for factor in (1, 2, 5))

_Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Line:
    """One filter, and which rows pass it."""

    title: str
    mask: NDArray[np.bool_] | None


def automatic_interval(span_ns: int) -> int:
    """The shortest round interval (1, 2 or 5 times a power of ten) that cuts `span_ns` into no more than WANTED pieces."""
    return next((size for size in _ROUND_NS if span_ns // size < WANTED), _ROUND_NS[-1])


class _Collector:
    """Counts messages by interval; packets and bytes are in the columns."""

    def __init__(self, material: Material) -> None:
        index = material.capture.index
        self._index = index
        timed = (index.flags & marks.TIMELESS) == 0
        self._timed = timed if material.mask is None else timed & material.mask
        times = index.time_ns[self._timed]
        self._first = int(times.min()) if len(times) else 0
        span = int(times.max()) - self._first if len(times) else 0
        given = material.settings.get("interval")
        self._interval = automatic_interval(span) if given is None else duration_ns(given, "--set io.interval")
        self._count = span // self._interval + 1 if len(times) else 0
        if self._count > MOST_INTERVALS:
            what = f"{self._count:,} intervals are too many (the limit is {MOST_INTERVALS:,})"
            raise UsageError(what, place="--set io.interval", remedy="Choose a longer one")
        lines = [_Line(text, material.matching(text)) for text in material.repeated.get("line", ())]
        self._lines = (_Line("all", None), *lines)
        self._messages = [np.zeros(self._count, np.int64) for _ in self._lines]

    def message(self, message: Message) -> None:
        """Count it in the interval of the packet that completes it, for each line that this packet passes."""
        row = message.packet - 1
        if not 0 <= row < len(self._timed) or not self._timed[row]:
            return
        place = (int(self._index.time_ns[row]) - self._first) // self._interval
        for line, counts in zip(self._lines, self._messages, strict=True):
            if line.mask is None or line.mask[row]:
                counts[place] += 1

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """The lines in sum, a chart of each quantity, and the intervals one by one."""
        packets, size = zip(*(self._counted(line) for line in self._lines), strict=True)
        yield self._sums(packets, size)
        quantities = (("packets", packets), ("bytes", size), ("messages", self._messages))
        for name, counts in quantities:
            if any(int(each.sum()) for each in counts):
                yield self._chart(name, counts)
        yield self._table(packets, size)

    def _counted(self, line: _Line) -> tuple[_Counts, _Counts]:
        rows = np.flatnonzero(self._timed if line.mask is None else self._timed & line.mask)
        places = (self._index.time_ns[rows] - self._first) // self._interval
        size = np.bincount(places, weights=self._index.original_length[rows], minlength=self._count)
        return np.bincount(places, minlength=self._count), size.astype(np.int64)

    def _sums(self, packets: tuple[_Counts, ...], size: tuple[_Counts, ...]) -> Table:
        columns = (
            Column("line", "line"),
            Column("packets", "packets", "count"),
            Column("bytes", "bytes", "bytes"),
            Column("messages", "messages", "count"),
            Column("most_packets", "most packets", "count"),
            Column("most_at_ns", "at", "ns"),
        )
        rows: list[tuple[Cell, ...]] = []
        for line, frames, octets, messages in zip(self._lines, packets, size, self._messages, strict=True):
            top = int(frames.argmax()) if self._count and frames.any() else None
            most = (None, None) if top is None else (int(frames[top]), top * self._interval)
            rows.append((line.title, int(frames.sum()), int(octets.sum()), int(messages.sum()), *most))
        return Table(name="lines", title="traffic by line", columns=columns, rows=tuple(rows))

    def _table(self, packets: tuple[_Counts, ...], size: tuple[_Counts, ...]) -> Table:
        columns = [Column("start_ns", "from", "ns")]
        for number, line in enumerate(self._lines):
            suffix = f"_{number}" if number else ""
            title = f" {line.title}" if number else ""
            columns += [
                Column(f"packets{suffix}", f"packets{title}", "count"),
                Column(f"bytes{suffix}", "bytes", "bytes"),
                Column(f"messages{suffix}", "messages", "count"),
            ]
        rows = tuple(
            (
                place * self._interval,
                *(int(each[place]) for three in zip(packets, size, self._messages, strict=True) for each in three),
            )
            for place in range(self._count)
        )
        return Table(name="io", title="traffic by interval", columns=tuple(columns), rows=rows)

    def _chart(self, name: str, counts: Iterable[_Counts]) -> Chart:
        starts = tuple(float(place * self._interval) for place in range(self._count))
        series = tuple(
            Series(line.title, starts, tuple(map(float, each.tolist()))) for line, each in zip(self._lines, counts, strict=True)
        )
        unit = Column(name, f"{name} in an interval", "bytes" if name == "bytes" else "count")
        x = Column("start_ns", "time", "ns")
        return Chart(name=name, title=f"{name} by interval", kind="steps", x=x, y=unit, series=series)


SECTION = Section(
    name="io",
    title="Traffic over time",
    about="Packets, bytes and messages in equal intervals from the first packet on, with a line for each filter that is asked for.",
    need="either",
    begin=_Collector,
    settings={
        "interval": "how long an interval is: 100ms, 1s, 5m (default: a round one that makes about sixty)",
        "line": "a filter whose packets are counted beside all of them; repeatable",
    },
    filtered=True,
)

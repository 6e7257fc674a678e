"""The section about response times: percentiles by protocol and kind of request."""

from collections.abc import Iterable

from captures.stream_events import Noticed
from workbench.analysis.exchanges import Exchanges
from workbench.analysis.histogram import Histogram
from workbench.analysis.parts import Chart, Column, Part, Series, Table
from workbench.analysis.sections import Material, Section
from workbench.api import Message

__all__ = ["SECTION"]

CURVES = 6
"""Curves in the chart: more cannot be told apart."""

CURVE_SHARES = (*range(0, 90, 5), *range(90, 99), 99, 99.5, 99.9, 100)
"""Where a curve has its points: close where the slow answers are."""

_COLUMNS = (
    Column("protocol", "protocol"),
    Column("label", "request"),
    Column("count", "answered", "count"),
    Column("unanswered", "silent", "count"),
    Column("shortest_ns", "shortest", "ns"),
    Column("p50_ns", "p50", "ns"),
    Column("p90_ns", "p90", "ns"),
    Column("p99_ns", "p99", "ns"),
    Column("p999_ns", "p99.9", "ns"),
    Column("longest_ns", "longest", "ns"),
)


class _Collector:
    """Pairs messages and times them."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._exchanges = Exchanges(passes=None if material.mask is None else material.passes)

    def message(self, message: Message) -> None:
        """A request or a response."""
        self._exchanges.add(message)

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """A row for each kind of request, and how times are spread for the most frequent ones."""
        rows = self._exchanges.summary()
        cells = tuple(
            (
                row.protocol,
                row.label,
                row.count,
                row.unanswered,
                *(
                    (row.shortest_ns, row.p50_ns, row.p90_ns, row.p99_ns, row.p999_ns, row.longest_ns)
                    if row.count
                    else (None,) * 6
                ),
            )
            for row in rows
        )
        yield Table(name="latency", title="response times", columns=_COLUMNS, rows=cells)
        frequent = sorted(self._exchanges.latencies.items(), key=lambda item: -item[1].count)[:CURVES]
        if frequent:
            yield Chart(
                name="percentiles",
                title="response times by percentile",
                kind="line",
                x=Column("percentile", "percentile", "number"),
                y=Column("latency_ns", "response time", "ns"),
                series=tuple(_curve(f"{protocol} {label}".strip(), times) for (protocol, label), times in frequent),
            )


def _curve(title: str, times: Histogram) -> Series:
    return Series(title, tuple(map(float, CURVE_SHARES)), tuple(map(float, times.percentiles(CURVE_SHARES))))


SECTION = Section(
    name="latency",
    title="Response times",
    about="From the last packet of a request to the last of its response: percentiles by protocol and kind of request.",
    need="messages",
    begin=_Collector,
    filtered=True,
)

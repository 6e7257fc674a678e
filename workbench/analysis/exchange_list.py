"""The section that lists requests with their responses, of every protocol that pairs them."""

import heapq
from collections.abc import Iterable

from captures.stream_events import Noticed
from workbench.analysis.exchanges import Exchange, Exchanges
from workbench.analysis.parts import Cell, Column, Part, Table
from workbench.analysis.sections import Material, Section
from workbench.analysis.setting_values import choice
from workbench.api import Message

__all__ = ["SECTION"]

MOST_KEPT = 100_000
"""Pairs kept when all are wanted: about a hundred megabytes, and more than anybody reads. Exports have no such limit."""

_COLUMNS = (
    Column("protocol", "protocol"),
    Column("stream", "stream", "count"),
    Column("request_packet", "asked", "packet"),
    Column("response_packet", "answered", "packet"),
    Column("latency_ns", "after", "ns"),
    Column("request", "request"),
    Column("response", "response"),
)


class _Collector:
    """Keeps the first pairs, or the slowest."""

    def __init__(self, material: Material) -> None:
        self._slowest = choice(material.settings.get("order", "time"), ("time", "slowest"), "--set exchanges.order") == "slowest"
        self._most = min(material.most or MOST_KEPT, MOST_KEPT)
        self._exchanges = Exchanges(passes=None if material.mask is None else material.passes)
        self._kept: list[tuple[int, int, Exchange]] = []
        self._count = 0

    def message(self, message: Message) -> None:
        """Take the pair that it completes, if any."""
        pair = self._exchanges.add(message)
        if pair is None:
            return
        self._count += 1
        # of equally slow pairs the earlier one stays, as in the order of time
        entry = (pair.latency_ns if self._slowest else 0, -self._count, pair)
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, entry)
        else:
            heapq.heappushpop(self._kept, entry)

    def noticed(self, event: Noticed) -> None:
        """Nothing to it."""

    def parts(self) -> Iterable[Part]:
        """One table."""
        rows: tuple[tuple[Cell, ...], ...] = tuple(_cells(pair) for _, _, pair in sorted(self._kept, reverse=True))
        yield Table(name="exchanges", title="requests and responses", columns=_COLUMNS, rows=rows, more=self._count - len(rows))


def _cells(pair: Exchange) -> tuple[Cell, ...]:
    return (
        pair.protocol,
        pair.stream,
        pair.request_packet,
        pair.response_packet,
        pair.latency_ns,
        pair.request,
        pair.response,
    )


SECTION = Section(
    name="exchanges",
    title="Requests and responses",
    about="Requests with the responses that belong to them, of every protocol, and how long each took.",
    need="messages",
    begin=_Collector,
    settings={"order": "time (the first ones, the default) or slowest"},
    filtered=True,
)

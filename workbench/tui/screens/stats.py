"""Stats: protocol hierarchy, endpoints, latency and remarks as tables; traffic over time as a curve."""

import time
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.session import Session
from workbench.tui.background import Steps
from workbench.tui.cells import chart, count, duration
from workbench.tui.columns import Column
from workbench.tui.commands import Command, bindings
from workbench.tui.detailing import names_of
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.statistics import MessageFacts, host_rows, latency_rows, level_rows, packet_rates, remark_rows
from workbench.tui.widgets.table_list import Row, TableList

__all__ = ["StatsScreen"]

AT_ONCE = 50_000
"""Packets up to which messages are dissected without being asked: some seconds; larger captures wait for `r`."""

SLICE_SECONDS = 0.03
SHOW_SECONDS = 0.5
CURVE_LINES, LOW_CURVE_LINES = 5, 3
"""Lines of the curve, and on a screen of 24 lines."""

MOST_HOSTS = 5_000
"""Addresses listed, those with most bytes."""

TABLES = {
    "Protocols": (
        Column("Protocol", 18, 34),
        Column("Packets", 9, 12, right=True),
        Column("Share", 8, 8, right=True),
        Column("", 16, 16, rank=2),
        Column("Bytes", 8, 9, right=True),
        Column("Messages", 9, 11, right=True, rank=1),
    ),
    "Endpoints": (
        Column("Address", 17, 41),
        Column("Pkts out", 9, 11, right=True, rank=1),
        Column("Bytes out", 9, 10, right=True),
        Column("Pkts in", 9, 11, right=True, rank=1),
        Column("Bytes in", 9, 10, right=True),
        Column("", 16, 16, rank=2),
    ),
    "Latency": (
        Column("Protocol", 9, 12),
        Column("Request", 10, 22),
        Column("Answered", 8, 9, right=True),
        Column("Open", 5, 7, right=True, rank=2),
        Column("Min", 8, 9, right=True, rank=3),
        Column("p50", 8, 9, right=True),
        Column("p90", 8, 9, right=True, rank=1),
        Column("p99", 8, 9, right=True),
        Column("Max", 8, 9, right=True, rank=4),
    ),
    "Remarks": (
        Column("Severity", 8, 8),
        Column("Protocol", 8, 12, rank=1),
        Column("Count", 7, 9, right=True),
        Column("Packet", 7, 9, right=True),
        Column("Remark", 20, 0),
        Column("Rule", 12, 20, rank=2),
    ),
}


class StatsScreen(WorkbenchScreen):
    """Screen 4."""

    SCOPE: ClassVar[str] = "stats"
    BINDINGS: ClassVar[list[BindingType]] = bindings("stats")
    AUTO_FOCUS: ClassVar[str | None] = "#stats-Protocols"

    def __init__(self) -> None:
        super().__init__()
        self.shown = "Protocols"
        self._facts: MessageFacts | None = None
        self._messages = 0
        self._done = False

    def body(self) -> Iterable[Widget]:
        """Curve over tables, of which one is shown."""
        curve = Static("", id="stats-curve", classes="pane", markup=False)
        curve.border_title = "Packets over time"
        yield curve
        for name, columns in TABLES.items():
            empty = (
                "messages are counted …  (r counts them in a large capture)" if name in ("Latency", "Remarks") else "nothing yet"
            )
            table = TableList(columns, id=f"stats-{name}", classes="pane rows", empty=empty)
            table.border_title = Content(" │ ").join(
                Content(each).stylize("reverse" if each == name else "dim") for each in TABLES
            )
            yield table

    def on_mount(self) -> None:
        """Begin with the hierarchy."""
        self._show_table(self.shown)

    def resumed(self) -> None:
        """Count again."""
        self._count(messages=False)

    def capture_opened(self) -> None:
        """Another capture."""
        self._facts, self._messages, self._done = None, 0, False
        if self.is_current:
            self._count(messages=False)

    def secrets_came(self) -> None:
        """There are messages inside others now that were not counted."""
        self._facts = None
        if self.is_current:
            self._count(messages=False)

    def on_resize(self) -> None:
        """The curve is as wide as the screen."""
        self._show_curve()

    def _count(self, *, messages: bool) -> None:
        workspace = self.workbench.workspace
        session = workspace.session
        if session is None:
            return
        dissect = messages or (self._facts is None and workspace.total <= AT_ONCE)
        self.workbench.background.ask("stats", lambda: self._steps(session, dissect), priority=5)

    def _steps(self, session: Session, dissect: bool) -> Steps:
        from workbench.analysis.conversations import hosts

        names = names_of(session.registry.specs)
        yield partial(self._fill, "Protocols", level_rows(session.capture.index, self._facts, names))
        yield partial(self._fill, "Endpoints", host_rows(hosts(session.capture.index, top=MOST_HOSTS)))
        if not dissect:
            return
        facts, seen, shown = MessageFacts.of(session.capture.index), 0, time.monotonic()
        pause = time.monotonic() + SLICE_SECONDS
        for message in session.messages():
            facts.add(message)
            seen += 1
            now = time.monotonic()
            if now - shown >= SHOW_SECONDS:
                shown = now
                yield partial(self._counted, session, facts, seen, False)
            elif now >= pause:
                yield None
            else:
                continue
            pause = time.monotonic() + SLICE_SECONDS
        yield lambda: self._counted(session, facts, seen, True)

    def _counted(self, session: Session, facts: MessageFacts, seen: int, done: bool) -> None:
        self._facts, self._messages, self._done = facts, seen, done
        self._fill("Protocols", level_rows(session.capture.index, facts, names_of(session.registry.specs)))
        self._fill("Latency", latency_rows(facts.exchanges.summary()))
        self._fill("Remarks", remark_rows(facts.remarks.summary()))

    def _fill(self, name: str, rows: list[Row]) -> None:
        table = self.query_one(f"#stats-{name}", TableList)
        table.show(rows)
        self._show_curve()
        total = self.workbench.workspace.total
        parts = [(f"{count(total)} packets", "")]
        if self._facts is None:
            parts.append(("messages not counted; r counts them", "dim") if total > AT_ONCE else ("counting messages …", "dim"))
        else:
            parts.append((f"{count(self._messages)} messages" + ("" if self._done else " so far …"), "good"))
        self.status.parts = tuple(parts)

    def _show_curve(self) -> None:
        session = self.workbench.workspace.session
        if session is None:
            return
        palette = self.query_one("#stats-Protocols", TableList).palette
        width = max(10, self.size.width - 14)
        rates, span = packet_rates(session.capture.index, width)
        peak = max(rates, default=0.0)
        text = Text(no_wrap=True, end="")
        for number, line in enumerate(chart(rates, CURVE_LINES if self.size.height >= 32 else LOW_CURVE_LINES)):
            text.append(f" {count(int(peak)) if not number else '':>9} ", palette.ink("dim")).append(
                "┤" if not number else "│", palette.ink("faint")
            )
            text.append(line + "\n", palette.ink("to_client"))
        text.append(
            f"{'':>10} └ {duration(int(span * len(rates) * 1e9))}, one column is {duration(int(span * 1e9))}", palette.ink("dim")
        )
        self.query_one("#stats-curve", Static).update(text)

    def why_not(self, command: Command) -> str:
        """Only some tables have packets behind their rows."""
        if command.name == "stats.filter" and (self.shown == "Latency" or self._table.current is None):
            return "this table has no packets to show"
        return ""

    @property
    def _table(self) -> TableList:
        return self.query_one(f"#stats-{self.shown}", TableList)

    def _show_table(self, name: str) -> None:
        self.shown = name
        for each in TABLES:
            self.query_one(f"#stats-{each}").display = each == name
        self._table.focus()

    def action_next(self) -> None:
        """Next table."""
        self._step(1)

    def action_previous(self) -> None:
        """Previous table."""
        self._step(-1)

    def _step(self, step: int) -> None:
        names = list(TABLES)
        self._show_table(names[(names.index(self.shown) + step) % len(names)])

    async def action_filter(self) -> None:
        """Show the packets of the row."""
        row = self._table.current
        assert row is not None
        if self.shown == "Remarks":
            await self.workbench.action_perform("packets.goto", row.cells[3])
            return
        text = f"ip=={row.key}" if self.shown == "Endpoints" else row.cells[0].strip().lower()
        await self.workbench.action_perform("packets.filter", text)

    def action_refresh(self) -> None:
        """Count again, messages too."""
        self._count(messages=True)

    def action_copy(self) -> None:
        """Copy the row."""
        if self._table.current is not None:
            self.workbench.copy("\t".join(cell.strip() for cell in self._table.current.cells))

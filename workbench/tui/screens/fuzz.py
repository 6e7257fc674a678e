"""Fuzz: choose a target, start a campaign, watch its counters, see what it finds as it finds it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.widgets import Static

from workbench.api import UsageError
from workbench.tui.campaign_view import dashboard, found_rows, target_rows
from workbench.tui.cells import count
from workbench.tui.columns import Column
from workbench.tui.commands import Command, bindings
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.widgets.table_list import TableList
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["FuzzScreen"]

TARGETS = (
    Column("Protocol", 10, 14),
    Column("Server", 9, 9),
    Column("Title", 14, 40),
    Column("Seeds", 8, 9, rank=2),
    Column("States", 9, 9, rank=3),
    Column("", 10, 0, rank=1),
)
FOUND = (
    Column("#", 3, 3, right=True),
    Column("Oracle", 8, 8),
    Column("Found in", 11, 13, rank=2),
    Column("Input", 6, 7, rank=3),
    Column("Minimised", 15, 17, rank=1),
    Column("Summary", 20, 0),
)


class FuzzScreen(WorkbenchScreen):
    """Screen 5."""

    SCOPE: ClassVar[str] = "fuzz"
    BINDINGS: ClassVar[list[BindingType]] = bindings("fuzz")
    AUTO_FOCUS: ClassVar[str | None] = "#fuzz-targets"

    def body(self) -> Iterable[Widget]:
        """Targets, dashboard, findings."""
        targets = TableList(TARGETS, id="fuzz-targets", classes="pane", empty="plugins are being loaded …")
        targets.border_title = "Targets"
        panel = Static("", id="fuzz-dashboard", classes="pane", markup=False)
        panel.border_title = "Campaign"
        found = TableList(FOUND, id="fuzz-found", classes="pane", empty="nothing found yet")
        found.border_title = "Findings"
        return (targets, panel, found)

    def resumed(self) -> None:
        """Bring everything up to date."""
        self.plugins_loaded()
        self.campaign_changed()

    def plugins_loaded(self) -> None:
        """The registry is there."""
        self.query_one("#fuzz-targets", TableList).show(list(target_rows(self.workbench.workspace.specs)))

    def campaign_changed(self) -> None:
        """Counters moved."""
        workspace = self.workbench.workspace
        run = workspace.campaign
        table = self.query_one("#fuzz-found", TableList)
        panel = self.query_one("#fuzz-dashboard", Static)
        panel.update(dashboard(run, workspace.cases, workspace.seed, self.size.width, table.palette))
        found = run.found if run is not None else []
        if len(found) != len(table.table) or run is None:
            table.show(list(found_rows(found)), follow=run is not None and run.running)
        table.border_title = f"Findings ({len(found)})" if found else "Findings"
        self.status.parts = (
            ("a campaign is running", "good") if workspace.campaign_runs else ("no campaign is running", "dim"),
            (f"the next one: {count(workspace.cases)} cases, seed {workspace.seed}", ""),
        )
        self.show_subject()

    def on_resize(self) -> None:
        """The curve is as wide as the screen."""
        self.campaign_changed()

    async def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        """Enter on a target starts a campaign, on a finding opens it."""
        event.stop()
        if event.list.id == "fuzz-targets":
            await self.workbench.action_perform("fuzz.start")
        else:
            await self.action_findings()

    def why_not(self, command: Command) -> str:
        """One campaign at a time."""
        runs = self.workbench.workspace.campaign_runs
        if command.name == "fuzz.start":
            if runs:
                return "a campaign is running; x stops it"
            if self.query_one("#fuzz-targets", TableList).current is None:
                return "no plugin has a server to attack"
        if command.name == "fuzz.stop" and not runs:
            return "no campaign is running"
        return ""

    def action_start(self, protocol: str = "") -> None:
        """Start on the target under the cursor, or on the named protocol's training (else reference) server."""
        table = self.query_one("#fuzz-targets", TableList)
        rows = [row for row in table.table if not protocol or str(row.key).split("/")[0] == protocol]
        if not rows:
            raise UsageError(f"{protocol!r} has no server to attack", remedy="Choose a row of the table")
        row = rows[0] if protocol else table.current
        assert row is not None
        name, kind = str(row.key).split("/")
        self.workbench.workspace.start_campaign(name, kind)
        self.query_one("#fuzz-found", TableList).show(())
        self.campaign_changed()

    def action_stop(self) -> None:
        """End the campaign in order."""
        run = self.workbench.workspace.campaign
        if run is not None:
            run.stop()
            self.workbench.say("stopping; a finding that is being minimised is finished first")

    def action_cases(self, number: str) -> None:
        """Set the number of cases."""
        self.workbench.workspace.cases = _number(number, least=1)
        self.campaign_changed()

    def action_seed(self, number: str) -> None:
        """Set the seed."""
        self.workbench.workspace.seed = _number(number, least=0)
        self.campaign_changed()

    async def action_findings(self) -> None:
        """Look at the finding under the cursor."""
        row = self.query_one("#fuzz-found", TableList).current
        self.workbench.workspace.wanted_finding = str(row.key) if row is not None else ""
        await self.workbench.go("findings")


def _number(text: str, least: int) -> int:
    if not text.isdecimal() or not least <= int(text) < 1 << 63:
        raise UsageError(f"{text!r} is not a number from {least}")
    return int(text)

"""Findings: the list of folders; the chosen one's conversation with its fields and bytes, changed ones marked; replay."""

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from workbench.api import UsageError
from workbench.tui.background import Steps
from workbench.tui.cells import clean, count
from workbench.tui.columns import Column
from workbench.tui.commands import Command, bindings
from workbench.tui.detailing import message_details
from workbench.tui.finding_view import FindingView, described, finding_folders, load_view
from workbench.tui.message_rows import message_rows
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.linked import Linked
from workbench.tui.widgets.field_tree import FieldTree
from workbench.tui.widgets.hex_view import HexView
from workbench.tui.widgets.table_list import Row, TableList
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["FindingsScreen"]

FOLDERS = (
    Column("Protocol", 9, 12),
    Column("Oracle", 8, 8),
    Column("Input", 7, 7, right=True, rank=1),
    Column("Replay", 7, 8, rank=2),
    Column("Summary", 24, 0),
    Column("Folder", 14, 34, rank=3),
)
MESSAGES = (
    Column("#", 3, 4, right=True),
    Column("", 1, 1),
    Column("Label", 9, 16),
    Column("Bytes", 7, 7, right=True),
    Column("!", 2, 2),
    Column("Summary", 16, 0),
)
WANTED = (0, 2, 4, 5, 8, 9)
"""Cells of `message_rows` that are shown here: number, arrow, label, bytes, mark, summary."""

OUTCOMES = {"FAILED": "error", "FIXED": "good", "FLAKY": "warning"}


class FindingsScreen(WorkbenchScreen):
    """Screen 6."""

    SCOPE: ClassVar[str] = "findings"
    BINDINGS: ClassVar[list[BindingType]] = bindings("findings")
    AUTO_FOCUS: ClassVar[str | None] = "#findings"

    def __init__(self) -> None:
        super().__init__()
        self.original = False
        self.outcomes: dict[Path, str] = {}
        self._rows: dict[Path, tuple[str, ...]] = {}
        self._view: FindingView | None = None
        self.linked = Linked(self, "#finding-fields", "#finding-hex")

    def body(self) -> Iterable[Widget]:
        """List, facts, conversation, fields and bytes."""
        table = TableList(
            FOLDERS, id="findings", empty="no findings yet — 5 starts a campaign, :findings.folder DIR looks elsewhere"
        )
        facts = Static("", id="finding-facts", markup=False)
        talk = TableList(MESSAGES, id="finding-messages", empty="")
        fields, octets = FieldTree(id="finding-fields"), HexView(id="finding-hex")
        panes = ((table, "Findings"), (facts, "What happened"), (talk, "Conversation"), (fields, "Fields"), (octets, "Bytes"))
        for pane, title in panes:
            pane.add_class("pane")
            pane.border_title = title
        octets.add_class("beside")
        return (table, facts, talk, Container(fields, octets, classes="split", id="finding-details"))

    def resumed(self) -> None:
        """Look at the folders again."""
        self._look()

    def campaign_changed(self) -> None:
        """A campaign may have found something."""
        run = self.workbench.workspace.campaign
        if self.is_current and run is not None and any(found.folder.resolve() not in self._rows for found in run.found):
            self._look()

    def plugins_loaded(self) -> None:
        """Now findings can be dissected."""
        if self.is_current:
            self._chosen_moved()

    def _look(self) -> None:
        parents = self.workbench.workspace.finding_parents()

        def steps() -> Steps:
            rows: dict[Path, tuple[str, ...]] = {}
            for folder in finding_folders(parents):
                try:
                    rows[folder] = described(folder)
                except UsageError:
                    continue  # being written, or not ours
                yield None
            yield lambda: self._show(rows)

        self.workbench.background.ask("findings", steps, priority=2)

    def _show(self, rows: dict[Path, tuple[str, ...]]) -> None:
        self._rows = rows
        table = self.query_one("#findings", TableList)
        table.show([self._row(folder, cells) for folder, cells in rows.items()])
        table.border_title = f"Findings ({count(len(rows))})" if rows else "Findings"
        wanted, self.workbench.workspace.wanted_finding = self.workbench.workspace.wanted_finding, ""
        place = next((number for number, folder in enumerate(rows) if wanted and folder.name == wanted), None)
        if place is not None:
            table.move(place, quiet=True)
        self._chosen_moved()

    def _row(self, folder: Path, cells: tuple[str, ...]) -> Row:
        protocol, oracle, octets, summary, name = cells
        outcome = self.outcomes.get(folder, "")
        style = "error" if oracle in ("crash", "hang") else "warning"
        return Row(
            folder,
            (protocol, oracle, octets, outcome, summary, name),
            (protocol, style, "dim", OUTCOMES.get(outcome, "accent"), "", "dim"),
        )

    @property
    def chosen(self) -> Path | None:
        """The folder under the cursor."""
        row = self.query_one("#findings", TableList).current
        return row.key if row is not None and isinstance(row.key, Path) else None

    @on(VirtualList.Moved, "#findings")
    def _chosen_moved(self) -> None:
        folder, workspace = self.chosen, self.workbench.workspace
        self.status.parts = ((clean(str(folder)) if folder is not None else "r replays, o opens the traffic", "dim"),)
        if folder is None or workspace.registry is None:
            return
        specs, original = workspace.registry.specs, self.original

        def steps() -> Steps:
            view = load_view(folder, specs, original=original)
            yield lambda: self._show_view(view)

        self.workbench.background.ask("finding", steps, priority=1)

    def _show_view(self, view: FindingView) -> None:
        self._view = view
        palette = self.query_one("#findings", TableList).palette
        text = Text(end="")
        for number, (label, line) in enumerate(view.facts()):
            text.append(f"{' ' if not number else chr(10) + ' '}{label:<11}", palette.ink("dim"))
            text.append(line, palette.ink("error" if not number else "warning" if label == "Mutation" else "text"))
        self.query_one("#finding-facts", Static).update(text)
        talk = self.query_one("#finding-messages", TableList)
        talk.table, talk.cursor = (), 0
        rows = [_talk_row(row, bool(view.changed[int(str(row.key))])) for row in message_rows(view.messages, {})]
        talk.show(rows)
        talk.border_title = "Original case, as sent" if view.original else "Conversation, minimised"
        first = next((number for number, ranges in enumerate(view.changed) if ranges), 0)
        talk.move(first, quiet=True)
        self._message_moved()

    @on(VirtualList.Moved, "#finding-messages")
    def _message_moved(self) -> None:
        view, row = self._view, self.query_one("#finding-messages", TableList).current
        if view is None or row is None:
            return
        number = int(str(row.key))
        self.linked.show(message_details(view.messages[number], view.changed[number]), view.changed[number])

    @on(FieldTree.Selected, "#finding-fields")
    def _node_selected(self) -> None:
        self.linked.node_selected()

    @on(HexView.ByteMoved, "#finding-hex")
    def _byte_moved(self, event: HexView.ByteMoved) -> None:
        self.linked.byte_moved(event)

    @on(VirtualList.Chosen, "#findings")
    def _opened(self) -> None:
        self.query_one("#finding-messages", TableList).focus()

    @on(VirtualList.Chosen, "#finding-messages")
    def _message_opened(self) -> None:
        self.query_one("#finding-fields", FieldTree).focus()

    # commands

    def why_not(self, command: Command) -> str:
        """Everything needs a finding."""
        if command.scope == "findings" and command.name != "findings.folder" and self.chosen is None:
            return "there is no finding"
        return ""

    def leave(self) -> bool:
        """Back leads to the list first."""
        table = self.query_one("#findings", TableList)
        if self.focused is not table:
            table.focus()
            return True
        return False

    def action_replay(self) -> None:
        """Replay the finding in a process of its own."""
        folder = self.chosen
        assert folder is not None
        self._outcome(folder, "…")
        self.workbench.workspace.replay(folder, lambda outcome, text: self._replayed(folder, outcome, text))

    def _replayed(self, folder: Path, outcome: str, text: str) -> None:
        self._outcome(folder, outcome)
        self.workbench.say(text, {"FAILED": "warning", "FIXED": "information"}.get(outcome, "error"))

    def _outcome(self, folder: Path, outcome: str) -> None:
        self.outcomes[folder] = outcome
        self.query_one("#findings", TableList).show([self._row(each, cells) for each, cells in self._rows.items()])

    def action_minimised(self) -> None:
        """Minimised or original."""
        self.original = not self.original
        self._chosen_moved()

    async def action_open(self) -> None:
        """Open the finding's traffic."""
        folder = self.chosen
        assert folder is not None
        await self.workbench.action_open(str(folder / "traffic.pcapng"))

    def action_folder(self, path: str) -> None:
        """List another folder."""
        folder = Path(path).expanduser()
        if not folder.is_dir():
            raise UsageError("there is no such folder", place=path)
        self.workbench.workspace.finding_folder = folder
        self._look()

    def action_copy(self) -> None:
        """Copy the path, or what the focused pane has."""
        self.workbench.copy(self.linked.taken() or str(self.chosen or ""))


def _talk_row(row: Row, changed: bool) -> Row:
    cells = tuple(row.cells[place] for place in WANTED)
    styles = tuple(row.styles[place] for place in WANTED)
    if changed:
        cells, styles = (*cells[:4], "◀", cells[5]), (*styles[:4], "accent", styles[5])
    return Row(row.key, cells, styles)

"""Start: what can be opened, what is installed, what is missing on this machine and how to get it."""

import socket
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.background import Steps
from workbench.tui.cells import clean, size
from workbench.tui.columns import Column
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.widgets.table_list import Row, TableList
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["StartScreen", "capture_files"]

MOST_FILES = 200
"""Capture files listed: a folder with more of them is better given by name."""

SUFFIXES = (".pcapng", ".pcap", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")

WELCOME = """\
 See, measure, break, serve and prove network protocols, from one description of each.

 :open FILE opens any capture, 5 fuzzes a server, 6 shows what was found, ? explains the keys."""


class StartScreen(WorkbenchScreen):
    """Before anything is open."""

    SCOPE: ClassVar[str] = "start"
    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS: ClassVar[str | None] = "#start-files"

    def body(self) -> Iterable[Widget]:
        """Welcome, files, plugins, checks."""
        welcome = Static(WELCOME, id="start-welcome", markup=False)
        files = TableList((Column("Open", 24, 0), Column("", 9, 10, right=True, rank=1)), id="start-files")
        plugins = TableList(
            (Column("Protocol", 10, 14), Column("Title", 12, 0), Column("Can", 12, 27, rank=1)),
            id="start-plugins",
            empty="plugins are being loaded …",
        )
        checks = TableList(
            (Column("Check", 12, 18), Column("", 7, 7), Column("Found", 14, 40), Column("Fix", 10, 0, rank=1)),
            id="start-checks",
            empty="looking …",
        )
        for pane, title in ((files, "Captures"), (plugins, "Protocols"), (checks, "This machine")):
            pane.add_class("pane")
            pane.border_title = title
        plugins.add_class("beside")
        return (welcome, Container(files, plugins, classes="split"), checks)

    def resumed(self) -> None:
        """List files and look at the machine."""
        rows = [Row("demo", ("▶ demo: servers, live traffic, fuzzing", "see it"), ("accent", "dim"))]
        rows += [Row(path, (clean(str(path)), size(path.stat().st_size)), ("", "dim")) for path in capture_files(Path())]
        rows += [Row(name, (f"● {clean(name)}", "live"), ("good", "dim")) for _, name in socket.if_nameindex()]
        self.query_one("#start-files", TableList).show(rows)
        self.status.parts = (("enter opens; tab goes to the next pane", "dim"),)
        if self.workbench.workspace.registry is not None:
            self.plugins_loaded()

    def plugins_loaded(self) -> None:
        """The registry is there; now the machine can be looked at."""
        registry = self.workbench.workspace.registry
        assert registry is not None
        rows = []
        for spec in registry.specs:
            can = [
                word
                for word, there in (("serve", spec.server), ("fuzz", spec.training or spec.server), ("train", spec.training))
                if there
            ]
            rows.append(
                Row(spec.name, (clean(spec.name), clean(spec.title), ", ".join(["dissect", *can])), (spec.name, "", "dim"))
            )
        self.query_one("#start-plugins", TableList).show(rows)

        def steps() -> Steps:
            from workbench.doctor import examine

            # whoever reads this has a terminal that works
            checks = [check for check in examine(registry, terminal=False) if check.name != "terminal"]
            yield lambda: self._show_checks([(check.name, check.status, check.detail, check.fix) for check in checks])

        self.workbench.background.ask("doctor", steps, priority=6)

    def _show_checks(self, checks: list[tuple[str, str, str, str]]) -> None:
        styles = {"ok": "good", "limited": "warning", "broken": "error"}
        # what needs attention comes first
        ordered = sorted(checks, key=lambda check: ("broken", "limited", "ok").index(check[1]))
        rows = [Row(check[0], tuple(map(clean, check)), ("", styles[check[1]], "dim", "accent")) for check in ordered]
        self.query_one("#start-checks", TableList).show(rows)

    async def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        """Open the file, or start the demo."""
        event.stop()
        row = self.query_one("#start-files", TableList).current
        if event.list.id != "start-files" or row is None:
            return
        if isinstance(row.key, Path):
            await self.workbench.action_open(str(row.key))
            return
        if row.key == "demo":
            self.workbench.workspace.start_demo()
        else:
            self.workbench.workspace.watch(str(row.key))
        await self.workbench.go("packets")


def capture_files(folder: Path) -> list[Path]:
    """Capture files in `folder` and one level below, newest first."""
    found: dict[Path, float] = {}
    for pattern in ("*", "*/*"):
        for path in folder.glob(pattern):
            if path.name.lower().endswith(SUFFIXES) and path.is_file() and len(found) < MOST_FILES:
                found[path] = path.stat().st_mtime
    return sorted(found, key=lambda path: -found[path])

"""What tshark says about one packet: a small table over the packet list, of the differences only."""

import threading
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from workbench.api import WorkbenchError
from workbench.tui.background import Pause, Steps
from workbench.tui.cells import clean
from workbench.tui.theme import palette_for

if TYPE_CHECKING:
    from workbench.export.comparison import Comparison
    from workbench.session import Session
    from workbench.tui.app import WorkbenchApp

__all__ = ["OpinionScreen", "ask_tshark"]

POLL_SECONDS = 0.05
"""How often it is asked whether tshark is done: it takes a second to start."""

MOST_ROWS = 200
"""Differences shown of one packet."""


def ask_tshark(app: "WorkbenchApp", session: "Session", number: int) -> Steps:
    """A question for the background: asks tshark in a thread of its own, then opens the screen, or says what is missing."""
    from workbench.second_opinion import ask_about_packet  # numpy's and pyshark's friends load when somebody asks

    answers: list[Comparison | WorkbenchError] = []
    ask = ask_about_packet(session, number)

    def run() -> None:
        try:
            answers.append(ask())
        except WorkbenchError as error:
            answers.append(error)

    thread = threading.Thread(target=run, name="second-opinion", daemon=True)
    thread.start()
    yield partial(app.say, f"asking tshark about packet {number}")
    while thread.is_alive():
        yield Pause(POLL_SECONDS)
    answer = answers[0]
    if isinstance(answer, WorkbenchError):
        yield partial(app.say, str(answer), "error")
    else:
        yield partial(app.push_screen, OpinionScreen(number, answer))


class OpinionScreen(ModalScreen[None], inherit_bindings=False):
    """Any of escape, q and enter leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "leave", "Back", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]
    DEFAULT_CSS = """
    OpinionScreen { align: center middle; background: $background 60%; }
    OpinionScreen VerticalScroll { width: 100; max-width: 96%; height: auto; max-height: 92%; padding: 1 2; background: $surface;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted; scrollbar-size-vertical: 1; }
    """

    def __init__(self, number: int, found: "Comparison") -> None:
        super().__init__()
        self._number = number
        self._found = found

    def compose(self) -> ComposeResult:
        """One table."""
        with VerticalScroll() as box:
            box.border_title = f"tshark on packet {self._number}"
            box.border_subtitle = "esc back · all packets: workbench compare"
            yield Static(self.table(), markup=False)

    def table(self) -> Table:
        """What differs, then how much is the same and what has a reason."""
        found = self._found
        palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        table = Table.grid(padding=(0, 2))
        for _ in range(4):
            table.add_column(overflow="ellipsis")
        if found.differences:
            table.add_row(*(Text(title, palette.dim) for title in ("what", "protocol or field", "tshark says", "we say")))
        for each in found.differences[:MOST_ROWS]:
            cells = (each.kind, each.name, each.theirs or "nothing", each.ours or "nothing")
            table.add_row(*(Text(clean(cell), palette.text) for cell in cells))
        told = "tshark calls it malformed" if found.malformed else f"{found.same} values are the same"
        table.add_row("", Text(told, palette.dim), "", "")
        for reason, count in found.explained.most_common():
            table.add_row("", Text(f"{count} meant: {reason}", palette.dim), "", "")
        return table

    def action_scroll(self, lines: int) -> None:
        """Read on."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Back."""
        self.dismiss(None)

"""The `?` page: the keys that work right now, the focused pane's first, as the current keymap has them."""

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.commands import COMMANDS
from workbench.tui.theme import palette_for
from workbench.tui.widgets.key_bar import key_name

__all__ = ["HelpScreen"]

TITLES = {"list": "List", "tree": "Fields", "hex": "Bytes", "app": "Everywhere"}


class HelpScreen(ModalScreen[None], inherit_bindings=False):
    """Any of escape, q, ? and enter leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave", "Back", show=False),
        Binding("j,down", "scroll(1)", "Down", show=False),
        Binding("k,up", "scroll(-1)", "Up", show=False),
    ]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen VerticalScroll { width: 84; max-width: 96%; height: auto; max-height: 92%; padding: 1 2; background: $surface;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $text-muted; scrollbar-size-vertical: 1; }
    """

    def __init__(self, active: Iterable[ActiveBinding], focused: Widget | None) -> None:
        super().__init__()
        self._active = list(active)
        self._focused = focused

    def compose(self) -> ComposeResult:
        """One table."""
        with VerticalScroll() as box:
            box.border_title = "Keys"
            box.border_subtitle = "esc back · every command: ctrl+p or :name"
            yield Static(self.table(), markup=False)

    def table(self) -> Table:
        """Commands with their keys and what they do, in groups."""
        palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        keys: dict[str, list[str]] = {}
        for active in self._active:
            keys.setdefault(active.binding.id or "", []).append(key_name(active.binding.key))
        table = Table.grid(padding=(0, 2))
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        table.add_column()
        scope = ""
        own = getattr(self._focused, "SCOPE", "")
        for command in sorted((known for known in COMMANDS if known.name in keys), key=lambda known: _rank(known.scope, own)):
            if command.scope != scope:
                if scope:
                    table.add_row("", "", "")
                scope = command.scope
                table.add_row("", Text(TITLES.get(scope, scope.capitalize()), palette.accent.without_color + palette.strong), "")
            shown = " ".join(dict.fromkeys(keys[command.name]))
            table.add_row(Text(shown, palette.accent), Text(command.name, palette.text), Text(command.help, palette.dim))
        return table

    def action_scroll(self, lines: int) -> None:
        """Read on."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_leave(self) -> None:
        """Back."""
        self.dismiss(None)


def _rank(scope: str, own: str) -> int:
    """The focused pane's keys first, the application's last."""
    return 0 if scope == own else 2 if scope == "app" else 1

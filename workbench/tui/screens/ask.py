"""Questions: the `:` line, and yes or no."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from workbench.tui.commands import COMMANDS, nearest

__all__ = ["Confirm", "Prompt"]


class Prompt(ModalScreen[str | None], inherit_bindings=False):
    """The `:` line at the bottom; gives what was typed, or None. The right arrow takes the suggestion."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", show=False),
        Binding("tab", "complete", "Complete", show=False),
    ]
    DEFAULT_CSS = """
    Prompt { background: transparent; }
    Prompt #prompt-box { dock: bottom; height: auto; background: $panel; border-top: solid $primary; }
    Prompt #prompt-line { height: 1; }
    Prompt #prompt-colon { width: 3; padding: 0 1; color: $accent; text-style: bold; }
    Prompt Input { width: 1fr; height: 1; border: none; padding: 0; background: $panel; }
    Prompt Input:focus { border: none; }
    Prompt #prompt-hint { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, text: str = "", hint: str = "") -> None:
        super().__init__()
        self._text, self._hint = text, hint

    def compose(self) -> ComposeResult:
        """A line for the command, one for what it means."""
        names = [command.name for command in COMMANDS]
        short = [command.name.partition(".")[2] for command in COMMANDS]
        with Vertical(id="prompt-box"):
            with Horizontal(id="prompt-line"):
                yield Label(":", id="prompt-colon", markup=False)
                yield Input(
                    self._text,
                    placeholder="command, or a packet number",
                    suggester=SuggestFromList([*short, *names]),
                    select_on_focus=False,
                )
            yield Static("", id="prompt-hint", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(self._text)
        self._explain(self._text)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what would be done."""
        self._explain(event.value)

    def _explain(self, line: str) -> None:
        word = line.strip().partition(" ")[0]
        command = nearest(word) if word else None
        if command is not None:
            text = f"{command.name} {command.argument}".strip() + f" — {command.help}"
        elif word.isdigit():
            text = f"go to packet {word}"
        elif word:
            like = [known.name for known in COMMANDS if word in known.name]
            text = "no such command" + (f"; {', '.join(like[:6])}" if like else "")
        else:
            text = "enter a command; ctrl+p searches all of them"
        self.query_one("#prompt-hint", Static).update(Text(text, no_wrap=True, overflow="ellipsis"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Done."""
        self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Nothing."""
        self.dismiss(None)

    def action_complete(self) -> None:
        """Take the suggestion."""
        self.query_one(Input).action_cursor_right()


class Confirm(ModalScreen[bool], inherit_bindings=False):
    """A question with consequences: `y` does it, everything else does not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n,escape,q,enter", "answer(False)", "No", show=False),
    ]
    DEFAULT_CSS = """
    Confirm { align: center middle; background: $background 60%; }
    Confirm #confirm-box { width: auto; max-width: 80%; height: auto; padding: 1 3; background: $panel; border: round $warning; }
    Confirm Static { width: auto; }
    Confirm #confirm-keys { color: $text-muted; margin-top: 1; }
    """

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical(id="confirm-box"):
            yield Static(self._question, markup=False)
            yield Static("y  yes      n  no", id="confirm-keys", markup=False)

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)

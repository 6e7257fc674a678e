"""The filter bar: a text, what the workbench makes of it in words, and a caret under a mistake."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Input, Label, Static

from workbench.tui.filter_state import FilterState, Judgement, caret_line

__all__ = ["FilterBar"]

MARGIN = 9
"""Cells before the text."""

TYPING_SECONDS = 0.12
"""How long after the last key the text is read: between two letters of a quick typist nothing needs to be searched."""


class _Suggesting(Suggester):
    """Asks for what a text may go on with, away from the screen: the first time takes as long as building a parser."""

    def __init__(self, suggest: Callable[[str], str]) -> None:
        super().__init__(case_sensitive=True)
        self._suggest = suggest

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line, or None."""
        return await asyncio.to_thread(self._suggest, value) or None


class FilterBar(Vertical):
    """Says `Changed` when the text rests, `Accepted` on enter, `Left` on escape. Colours and words come from `say`.

    `suggest` gives the line that a text may become, "" where there is none; it stands in grey behind the cursor, and → takes it.
    """

    DEFAULT_CSS = """
    FilterBar { height: auto; background: $surface; }
    FilterBar #filter-line { height: 1; }
    FilterBar #filter-name { width: 9; padding: 0 1; color: $text-muted; }
    FilterBar Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterBar Input:focus { border: none; background: $panel; }
    FilterBar #filter-state { width: auto; padding: 0 1; color: $text-muted; }
    FilterBar #filter-caret { height: 1; display: none; color: $error; }
    FilterBar.valid #filter-state { color: $success; }
    FilterBar.valid Input { color: $success; }
    FilterBar.invalid #filter-state, FilterBar.invalid Input { color: $error; }
    FilterBar.incomplete #filter-state, FilterBar.incomplete Input, FilterBar.incomplete #filter-caret { color: $warning; }
    FilterBar.busy #filter-state { color: $primary; }
    FilterBar.explained #filter-caret { display: block; }
    """

    @dataclass
    class Changed(Message):
        """The text rests."""

        text: str

    @dataclass
    class Accepted(Message):
        """Enter was pressed."""

        text: str

    class Left(Message):
        """Escape was pressed."""

    def __init__(self, suggest: Callable[[str], str] | None = None, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._suggest = suggest
        self._timer: Timer | None = None
        self._sentence = ""

    def compose(self) -> ComposeResult:
        """One line, and one for the caret."""
        with Horizontal(id="filter-line"):
            yield Label("Filter", id="filter-name", markup=False)
            yield Input(
                placeholder='/ to filter:  http  ip==10.0.0.1  port==443  tcp.stream==3  "text"',
                id="filter-input",
                compact=True,
                suggester=None if self._suggest is None else _Suggesting(self._suggest),
            )
            yield Label("", id="filter-state", markup=False)
        yield Static("", id="filter-caret", markup=False)

    @property
    def input(self) -> Input:
        """The text field."""
        return self.query_one("#filter-input", Input)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    def say(self, judgement: Judgement, sentence: str) -> None:
        """Show a state with its words; the caret line only while there is something to explain."""
        for state in FilterState:
            self.set_class(state is judgement.state, state.name.lower())
        self.query_one("#filter-state", Label).update(Text(sentence))
        explained = judgement.state in (FilterState.INVALID, FilterState.INCOMPLETE) and bool(judgement.sentence)
        self.set_class(explained, "explained")
        if explained:
            line = caret_line(judgement, len(self.text), MARGIN, self.size.width)
            self.query_one("#filter-caret", Static).update(Text(line, no_wrap=True, overflow="ellipsis"))

    def set_text(self, text: str) -> None:
        """Put a text in and have it read at once."""
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.post_message(self.Changed(text))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(TYPING_SECONDS, self._rested)

    def _rested(self) -> None:
        self._timer = None
        self.post_message(self.Changed(self.text))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self.post_message(self.Changed(self.text))
        self.post_message(self.Accepted(self.text))

    def on_key(self, event: events.Key) -> None:
        """Escape and the down arrow lead out of the text."""
        if event.key in ("escape", "down"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left() if event.key == "escape" else self.Accepted(self.text))

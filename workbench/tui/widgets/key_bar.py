"""The last line: the most useful keys of the focused pane, whole ones only, then where to find the others."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.text import Text
from textual.screen import Screen
from textual.widget import Widget

from workbench.tui.commands import COMMANDS, Command
from workbench.tui.theme import palette_for

__all__ = ["KeyBar", "key_name"]

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "backslash": "\\",
    "escape": "esc",
    "enter": "⏎",
    "space": "␣",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "vertical_line": "|",
    "apostrophe": "'",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "ctrl+p": "^p",
}


def key_name(key: str) -> str:
    """A key as people write it."""
    named = _NAMES.get(key)
    if named is not None:
        return named
    if key.startswith("ctrl+"):
        return "^" + key_name(key.removeprefix("ctrl+"))
    return key.removeprefix("upper_").upper() if key.startswith("upper_") else key


class KeyBar(Widget):
    """Made from the bindings that are active now; `unavailable` says why a command cannot be used ("" when it can)."""

    DEFAULT_CSS = """
    KeyBar { height: 1; background: $panel; }
    """

    def __init__(self, unavailable: Callable[[Command], str]) -> None:
        super().__init__()
        self._unavailable = unavailable

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[Any]) -> None:
        self.refresh()

    def _entries(self) -> Iterator[tuple[str, Command]]:
        order = {command.name: place for place, command in enumerate(COMMANDS)}
        seen: set[str] = set()
        shown = []
        for depth, (key, active) in enumerate(self.screen.active_bindings.items()):
            name = active.binding.id or ""
            if active.binding.show and name in order and name not in seen:
                seen.add(name)
                shown.append((name.startswith("app."), depth, key, COMMANDS[order[name]]))
        for _, _, key, command in sorted(shown, key=lambda entry: entry[:2]):
            yield key, command

    def render(self) -> Text:
        """The line."""
        palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        ends = (("?", "Help"), (":", "Command"), ("^p", "Palette"))
        tail = Text(no_wrap=True, end="")
        for key, title in ends if self.size.width >= 100 else ends[:2]:
            tail.append(f" {key} ", palette.on(palette.accent, palette.head)).append(title + " ", palette.head)
        line = Text(no_wrap=True, end="")
        room = self.size.width - tail.cell_len
        for key, command in self._entries():
            if command.scope == "app":
                continue
            name = key_name(key)
            if line.cell_len + len(name) + len(command.title) + 3 > room:
                break
            possible = not self._unavailable(command)
            line.append(f" {name} ", palette.on(palette.accent if possible else palette.faint, palette.head))
            line.append(command.title + " ", palette.head if possible else palette.on(palette.faint, palette.head))
        line.append(" " * max(0, room - line.cell_len), palette.head)
        line.append_text(tail)
        return line

"""The line above the keys: counts, losses, the stream and the time of the packet under the cursor, the selected field."""

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from workbench.tui.theme import palette_for

__all__ = ["StatusBar"]


class StatusBar(Widget):
    """`parts` are shown from the left while there is room; `right` (where the cursor is) always."""

    DEFAULT_CSS = """
    StatusBar { height: 1; background: $surface; }
    """

    parts: reactive[tuple[tuple[str, str], ...]] = reactive(())
    """(text, kind): kind "", "dim", "good", "warning" or "error"."""
    right: reactive[str] = reactive("")

    def render(self) -> Text:
        """The line."""
        palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        kinds = {name: palette.ink(name or "text") for name in ("", "dim", "good", "warning", "error")}
        line = Text(" ", no_wrap=True, end="")
        right = Text(self.right + " ", palette.ink("dim"), no_wrap=True, end="")
        right.truncate(max(0, self.size.width * 2 // 3), overflow="ellipsis")
        for place, (text, kind) in enumerate(self.parts):
            if line.cell_len + len(text) + 3 + right.cell_len > self.size.width and place:
                break
            if place:
                line.append(" · ", palette.ink("faint"))
            line.append(text, kinds[kind])
        line.append(" " * max(1, self.size.width - line.cell_len - right.cell_len))
        line.append_text(right)
        return line

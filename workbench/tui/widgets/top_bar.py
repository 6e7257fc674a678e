"""The first line: which screens there are, which one this is, and what is open."""

from rich.text import Text
from textual import events
from textual.reactive import reactive
from textual.widget import Widget

from workbench.tui.cells import middle
from workbench.tui.theme import palette_for

__all__ = ["TABS", "TopBar"]

TABS = (
    ("packets", "Packets"),
    ("flows", "Flows"),
    ("stream", "Stream"),
    ("stats", "Stats"),
    ("fuzz", "Fuzz"),
    ("findings", "Findings"),
)
"""Modes in the order of their keys, with their names."""

BRAND = " ◈ workbench "


class TopBar(Widget):
    """One line; a click on a tab goes there."""

    DEFAULT_CSS = """
    TopBar { height: 1; background: $panel; }
    """

    subject: reactive[str] = reactive("")
    """What is open, at the right end."""
    badge: reactive[str] = reactive("")
    """What is going on, before the subject ("live", "fuzzing")."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def _tabs(self) -> list[tuple[str, str]]:
        brand = BRAND if self.size.width >= 96 else " "
        return [("", brand), *((mode, f" {key} {title} ") for key, (mode, title) in enumerate(TABS, 1))]

    def render(self) -> Text:
        """The line."""
        palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        line = Text(no_wrap=True, end="")
        for mode, text in self._tabs():
            if not mode:
                line.append(text, palette.on(palette.accent, palette.head))
            elif mode == self.mode:
                line.append(text, palette.selection)
            else:
                line.append(text[:3], palette.on(palette.accent, palette.head))
                line.append(text[3:], palette.head)
        badge = f" ● {self.badge} " if self.badge else ""
        room = self.size.width - line.cell_len - len(badge) - 2
        subject = middle(self.subject, room) if room >= 4 else ""
        line.append(" " * max(0, room - len(subject) + 1), palette.head)
        line.append(badge, palette.on(palette.good, palette.head))
        line.append(subject + " ", palette.head)
        return line

    async def on_click(self, event: events.Click) -> None:
        """Go to the tab."""
        at = 0
        for mode, text in self._tabs():
            at += len(text)
            if event.x < at:
                if mode:
                    await self.app.run_action(f"perform('app.{mode}')", self.app)
                return

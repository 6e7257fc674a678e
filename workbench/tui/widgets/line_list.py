"""Lines of text in colours: what both sides of a stream said. Only the lines on the screen are drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip

from workbench.tui.widgets.table_list import style_named
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["Line", "LineList"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line, already sanitised and cut to the width: parts of (style name, text). `packet` is where it came from (0: nowhere)."""

    parts: tuple[tuple[str, str], ...]
    packet: int = 0

    @property
    def text(self) -> str:
        """The line without colours."""
        return "".join(text for _, text in self.parts)


class LineList(VirtualList):
    """Shows lines; the cursor is a line."""

    HEAD: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.lines: Sequence[Line] = ()

    @property
    def row_count(self) -> int:
        """Lines."""
        return len(self.lines)

    @property
    def current(self) -> Line | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines from the first."""
        self.lines = lines
        self.cursor = 0
        self._strips.clear()
        self.resize_rows()
        self.scroll_to(y=0, animate=False, immediate=True)

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One line."""
        base = self.palette.text
        if cursor:
            base = self.palette.cursor if self.has_focus else self.palette.cursor_blurred
        segments = [
            Segment(text, base if not name else self.palette.on(style_named(self.palette, name), base))
            for name, text in self.lines[row].parts
        ]
        return Strip(segments).adjust_cell_length(width, base)

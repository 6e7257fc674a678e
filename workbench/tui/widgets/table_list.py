"""A table of ready-made rows (flows, messages, statistics, findings): columns that fit the width, styles by name."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from workbench.tui.cells import fit
from workbench.tui.columns import Column, Placed, arrange
from workbench.tui.theme import Palette
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["Row", "TableList"]

STYLES = ("text", "strong", "dim", "faint", "accent", "good", "warning", "error", "to_server", "to_client", "mark")
"""Style names that a cell may have; any other name is a protocol's, in its colour."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each column, a style name for each (missing ones are plain), the protocol whose tint it has."""

    key: Hashable
    cells: tuple[str, ...]
    styles: tuple[str, ...] = ()
    tint: str = ""


class TableList(VirtualList):
    """Cells are sanitised by whoever makes the rows."""

    def __init__(self, columns: Sequence[Column], *, id: str | None = None, classes: str | None = None, empty: str = "") -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.table: Sequence[Row] = ()
        self.empty = empty
        """What is said while there are no rows."""

    @property
    def row_count(self) -> int:
        """Rows."""
        return len(self.table)

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.table[self.cursor] if self.cursor < len(self.table) else None

    def show(self, rows: Sequence[Row], *, follow: bool = False) -> None:
        """Show other rows; the cursor stays on its key where that is still there (or goes to the last row with `follow`)."""
        key = self.current.key if self.current is not None else None
        self.table = rows
        self._strips.clear()
        self.resize_rows()
        if follow:
            self.move(len(rows) - 1, quiet=True)
        elif key is not None:
            place = next((number for number, row in enumerate(rows) if row.key == key), None)
            self.move(self.cursor if place is None else place, quiet=True)

    def head(self, width: int) -> Strip:
        """The columns' names."""
        names = [fit(placed.column.name, placed.width, right=placed.column.right) for placed in self._placed(width)]
        return Strip([Segment(fit(" " + " ".join(names), width), self.palette.head)], width)

    def render_line(self, y: int) -> Strip:
        """Rows, or why there are none."""
        if not self.table and y == 2 and self.empty:
            return Strip([Segment("  " + self.empty, self.palette.dim)]).adjust_cell_length(self.size.width, self.palette.text)
        return super().render_line(y)

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One row."""
        entry, palette = self.table[row], self.palette
        base = palette.tint(entry.tint) if entry.tint else palette.text
        if cursor:
            base = palette.cursor if self.has_focus else palette.cursor_blurred
        segments = [Segment(" ", base)]
        for placed in self._placed(width):
            place = self.columns.index(placed.column)
            text = fit(entry.cells[place], placed.width, right=placed.column.right)
            name = entry.styles[place] if place < len(entry.styles) else ""
            style = base if (cursor and self.has_focus) or not name else palette.on(style_named(palette, name), base)
            segments.append(Segment(text + " ", style))
        return Strip(segments).adjust_cell_length(width, base)

    def _placed(self, width: int) -> tuple[Placed, ...]:
        return arrange(self.columns, width - 2)


def style_named(palette: Palette, name: str) -> Style:
    """A palette's style by name, or a protocol's."""
    style: Style = getattr(palette, name) if name in STYLES else palette.protocol(name)
    return style

"""Where a byte stands in a hex dump: how many fit a row, and from offsets to places and back. No drawing."""

from dataclasses import dataclass

__all__ = ["HexLayout", "layout_for"]

ROOMY = 16
"""Bytes a row from which on there is room for wider gaps between the columns."""

PRINTABLE = "".join(chr(octet) if 32 <= octet < 127 else "·" for octet in range(256))
"""What stands for each byte in the text column: itself when it is printable ASCII, else a dot."""


@dataclass(frozen=True, slots=True)
class HexLayout:
    """`per_row` bytes a row behind an offset of `digits` hex digits; a gap after every eighth byte."""

    per_row: int
    digits: int

    @property
    def hex_at(self) -> int:
        """The first cell of the hex column."""
        return self.digits + (2 if self.per_row >= ROOMY else 1)

    @property
    def text_at(self) -> int:
        """The first cell of the text column."""
        return self.hex_at + 3 * self.per_row + (self.per_row - 1) // 8 + (1 if self.per_row >= ROOMY else 0)

    @property
    def width(self) -> int:
        """Cells of a whole row."""
        return self.text_at + self.per_row

    def rows(self, length: int) -> int:
        """Rows of a dump of so many bytes."""
        return -(-length // self.per_row)

    def offset_at(self, row: int, cell: int) -> int | None:
        """The byte at a cell of a row (in either column); None beside them."""
        if cell >= self.text_at:
            place = cell - self.text_at
            return row * self.per_row + place if place < self.per_row else None
        inside = cell - self.hex_at
        if inside < 0:
            return None
        place = min((inside - inside // 25) // 3, self.per_row - 1)
        return row * self.per_row + place


def layout_for(width: int, length: int) -> HexLayout:
    """The layout with most bytes a row (32, 16, 8 or 4) that fits into `width` cells; 4 if none does."""
    digits = max(4, len(f"{max(0, length - 1):x}"))
    for per_row in (32, 16, 8):
        layout = HexLayout(per_row, digits)
        if layout.width <= width:
            return layout
    return HexLayout(4, digits)

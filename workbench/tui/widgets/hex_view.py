"""The bytes pane: a hex dump of one of several byte views, with a byte cursor, the selected field's bytes, and layers in colour."""

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from workbench.tui.commands import bindings
from workbench.tui.details import EMPTY, Details
from workbench.tui.hex_layout import PRINTABLE, HexLayout, layout_for
from workbench.tui.widgets.virtual_list import VirtualList

__all__ = ["HexView"]


class HexView(VirtualList, inherit_bindings=False):
    """Rows of bytes of `details.views[view]`; says `ByteMoved` when a person moves the byte cursor."""

    SCOPE: ClassVar[str] = "hex"
    BINDINGS: ClassVar[list[BindingType]] = bindings("hex")

    @dataclass
    class ByteMoved(Message):
        """The byte cursor came to an offset of a view."""

        hex: "HexView"
        view: int
        offset: int

        @property
        def control(self) -> "HexView":
            """The pane."""
            return self.hex

    @dataclass
    class ViewChanged(Message):
        """Another byte view is shown."""

        hex: "HexView"
        view: int

        @property
        def control(self) -> "HexView":
            """The pane."""
            return self.hex

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.details = EMPTY
        self.view = 0
        self.at = 0
        self.selection: tuple[int, int] | None = None
        self.changed: tuple[tuple[int, int], ...] = ()
        """Ranges of the first view that a mutation touched."""

    @property
    def data(self) -> bytes:
        """The bytes shown."""
        return self.details.views[self.view].data if self.view < len(self.details.views) else b""

    @property
    def layout_now(self) -> HexLayout:
        """How they are laid out at this width."""
        return layout_for(self.size.width - 1, len(self.data))

    @property
    def row_count(self) -> int:
        """Rows of the dump."""
        return self.layout_now.rows(len(self.data))

    def show(self, details: Details, view: int = 0, changed: tuple[tuple[int, int], ...] = ()) -> None:
        """Show other bytes from their beginning."""
        self.details, self.changed = details, changed
        self.view = min(view, max(0, len(details.views) - 1))
        self.at, self.selection, self.cursor = 0, None, 0
        self._strips.clear()
        self.resize_rows()
        self.scroll_to(y=0, animate=False, immediate=True)

    def show_view(self, view: int) -> None:
        """Switch to a byte view without forgetting the details."""
        if view != self.view and view < len(self.details.views):
            self.view, self.at, self.selection, self.cursor = view, 0, None, 0
            self._strips.clear()
            self.resize_rows()
            self.scroll_to(y=0, animate=False, immediate=True)

    def select(self, view: int, start: int, end: int) -> None:
        """Highlight [start, end) of a view, unless that is all of it, and scroll to its beginning."""
        self.show_view(view)
        self.selection = (start, end) if end > start and (start, end) != (0, len(self.data)) else None
        self.at = min(start, max(0, len(self.data) - 1))
        per_row = self.layout_now.per_row
        self._strips.clear()
        self.cursor = self.at // per_row
        height = self.body_height
        last = max(self.cursor, (max(start, end - 1)) // per_row)
        top = self.scroll_offset.y
        if self.cursor < top or last >= top + height:
            self.scroll_to(y=max(0, min(self.cursor, last - height + 1)), animate=False, immediate=True)
        self.refresh()

    # moving by bytes

    def go(self, offset: int) -> None:
        """Put the byte cursor on an offset (the nearest there is) and say so."""
        if not self.data:
            return
        self.at = min(max(offset, 0), len(self.data) - 1)
        self._strips.clear()
        self.move(self.at // self.layout_now.per_row, quiet=True)
        self.refresh()
        self.post_message(self.ByteMoved(self, self.view, self.at))

    def action_left(self) -> None:
        """One byte back."""
        self.go(self.at - 1)

    def action_right(self) -> None:
        """One byte on."""
        self.go(self.at + 1)

    def action_down(self) -> None:
        """One row down."""
        self.go(self.at + self.layout_now.per_row)

    def action_up(self) -> None:
        """One row up."""
        self.go(self.at - self.layout_now.per_row)

    def action_page_down(self) -> None:
        """One page down."""
        self.go(self.at + self.layout_now.per_row * max(1, self.body_height - 1))

    def action_page_up(self) -> None:
        """One page up."""
        self.go(self.at - self.layout_now.per_row * max(1, self.body_height - 1))

    def action_top(self) -> None:
        """First byte."""
        self.go(0)

    def action_bottom(self) -> None:
        """Last byte."""
        self.go(len(self.data) - 1)

    def goto(self, number: int) -> None:
        """`gg` is the first byte."""
        self.go(number - 1)

    def action_next_view(self) -> None:
        """Next byte view."""
        self._cycle(1)

    def action_previous_view(self) -> None:
        """Previous byte view."""
        self._cycle(-1)

    def _cycle(self, step: int) -> None:
        if len(self.details.views) > 1:
            self.show_view((self.view + step) % len(self.details.views))
            self.post_message(self.ViewChanged(self, self.view))

    def on_click(self, event: events.Click) -> None:
        """The byte where the mouse was pressed; a click on the head goes to that view."""
        if event.y < self.head_lines:
            self._click_head(event.x)
            return
        offset = self.layout_now.offset_at(self.scroll_offset.y + event.y - self.head_lines, event.x - 1)
        if offset is not None and offset < len(self.data):
            self.go(offset)

    def _click_head(self, x: int) -> None:
        at, first = 0, self._first_title(self.size.width)
        for number, view in enumerate(self.details.views):
            at += cell_len(view.title) + 3 if number >= first else 0
            if x < at:
                self.show_view(number)
                self.post_message(self.ViewChanged(self, number))
                return

    # drawing

    def head(self, width: int) -> Strip:
        """The byte views, the shown one marked."""
        palette = self.palette
        segments = []
        first = self._first_title(width)
        for number, view in enumerate(self.details.views[first:], first):
            segments.append(Segment(f" {view.title} ", palette.cursor if number == self.view else palette.head))
            segments.append(Segment("│", palette.head))
        return Strip(segments[:-1]).adjust_cell_length(width, palette.head)

    def _first_title(self, width: int) -> int:
        """The first view that is named: where there is no room for all, as many as fit before the shown one."""
        first, room = self.view, width
        for number, view in reversed(list(enumerate(self.details.views[: self.view + 1]))):
            room -= cell_len(view.title) + 2 + (number < self.view)
            if room < 0:
                break
            first = number
        return first

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One row: offset, hex, text."""
        layout, data, palette = self.layout_now, self.data, self.palette
        start = row * layout.per_row
        octets = data[start : start + layout.per_row]
        styles = [self._style_of(start + place, octet) for place, octet in enumerate(octets)]
        segments = [Segment(f" {start:0{layout.digits}x}".ljust(layout.hex_at + 1), palette.accent if cursor else palette.faint)]
        for place, octet in enumerate(octets):
            style = styles[place]
            joins = place + 1 < len(octets) and styles[place + 1].bgcolor == style.bgcolor
            gap = "  " if place % 8 == 7 and place + 1 < layout.per_row else " "
            segments.append(Segment(f"{octet:02x}", style))
            segments.append(Segment(gap, style if joins else palette.text))
        missing = layout.text_at - (
            layout.hex_at
            + 3 * len(octets)
            + sum(1 for place in range(len(octets)) if place % 8 == 7 and place + 1 < layout.per_row)
        )
        segments.append(Segment(" " * missing, palette.text))
        segments += [Segment(PRINTABLE[octet], style) for octet, style in zip(octets, styles, strict=True)]
        return Strip(_joined(segments)).adjust_cell_length(width, palette.text)

    def _style_of(self, offset: int, octet: int) -> Style:
        palette = self.palette
        if offset == self.at and self.has_focus:
            return palette.cursor + Style(bold=True, reverse=True)
        if self.selection and self.selection[0] <= offset < self.selection[1]:
            return palette.selection
        if self.view == 0 and any(start <= offset < end for start, end in self.changed):
            return palette.on(palette.accent, palette.tint("changed", 0.25))
        ink = palette.faint if octet == 0 else palette.text
        for start, end, protocol in reversed(self.details.views[self.view].regions):
            if start <= offset < end:
                base = palette.tint(protocol, 0.10)
                return palette.on(ink, base)
        return ink

    def on_focus(self) -> None:
        """The byte cursor is drawn only with focus."""
        self.redraw()

    def on_blur(self) -> None:
        """See `on_focus`."""
        self.pending = ""
        self.redraw()


def _joined(segments: list[Segment]) -> list[Segment]:
    """Neighbours of equal style as one segment: a third of the escape sequences."""
    joined: list[Segment] = []
    for text, style, _ in segments:
        if joined and joined[-1].style == style:
            joined[-1] = Segment(joined[-1].text + text, style)
        elif text:
            joined.append(Segment(text, style))
    return joined

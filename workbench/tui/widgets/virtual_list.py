"""A list of one-line rows that are drawn when they are looked at: millions of them cost what fits on the screen.

Subclasses say how many rows there are and draw one; the cursor, scrolling, `gg`/`Ngg` and the cache of drawn rows are here.
"""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from workbench.tui.commands import bindings
from workbench.tui.theme import Palette, palette_for

__all__ = ["VirtualList"]

CACHED_ROWS = 4096
"""Drawn rows kept: several screens of the largest terminal in each state of the cursor."""

COUNT_SECONDS = 0.35
"""How long digits wait for `gg`: slower than typing, faster than impatience, because a lone digit means a screen."""

LONGEST_COUNT = 10
"""Digits of a row number; more are a cat on the keyboard."""


class VirtualList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows [0, row_count); subclasses implement `row_count` and `draw`, and `head` when they have a head line."""

    SCOPE: ClassVar[str] = "list"
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")
    ALLOW_SELECT: ClassVar[bool] = False
    HEAD: ClassVar[bool] = True
    """Whether there is a head line that stays on top."""
    COUNTS: ClassVar[bool] = False
    """Whether digits begin a row number (`123gg`) before they mean a screen."""

    DEFAULT_CSS = """
    VirtualList { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; background: $background; }
    """

    pending: var[str] = var("")
    """What was typed of `gg` or `Ngg` so far."""

    @dataclass
    class Moved(Message):
        """The cursor came to a row."""

        list: "VirtualList"
        row: int

        @property
        def control(self) -> "VirtualList":
            """The list."""
            return self.list

    @dataclass
    class Chosen(Message):
        """The row under the cursor was opened."""

        list: "VirtualList"
        row: int

        @property
        def control(self) -> "VirtualList":
            """The list."""
            return self.list

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self.cursor = 0
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(CACHED_ROWS)
        self._palette: Palette | None = None
        self._count_timer: Timer | None = None

    # what subclasses say

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        """One row in exactly `width` cells."""
        raise NotImplementedError

    def head(self, width: int) -> Strip:
        """The head line, where `HEAD` says that there is one."""
        raise NotImplementedError

    def state_of(self, row: int) -> object:
        """What besides the row's number its looks depend on; part of the cache's key."""
        return None

    # drawing

    @property
    def palette(self) -> Palette:
        """Styles of the current theme."""
        if self._palette is None:
            self._palette = palette_for(self.app.theme_variables, self.app.current_theme.dark)
        return self._palette

    def notify_style_update(self) -> None:
        """The theme changed: draw everything anew."""
        self._palette = None
        self._strips.clear()
        super().notify_style_update()

    @property
    def head_lines(self) -> int:
        """Lines that the head takes."""
        return 1 if self.HEAD else 0

    @property
    def body_height(self) -> int:
        """Rows that fit on the screen."""
        return max(1, self.size.height - self.head_lines)

    def render_line(self, y: int) -> Strip:
        """Textual asks for line `y` of the visible part."""
        width = self.size.width
        if y < self.head_lines:
            return self.head(width)
        row = self.scroll_offset.y + y - self.head_lines
        if row >= self.row_count:
            return Strip.blank(width, self.palette.text)
        at_cursor = row == self.cursor
        key = (row, width, (1 + self.has_focus) if at_cursor else 0, self.state_of(row))
        strip = self._strips.get(key)
        if strip is None:
            strip = self.draw(row, width, at_cursor)
            self._strips[key] = strip
        return strip

    def redraw(self) -> None:
        """Forget drawn rows and draw again."""
        self._strips.clear()
        self.refresh()

    def redraw_row(self, row: int) -> None:
        """Draw one row again, if it is on the screen."""
        y = row - self.scroll_offset.y + self.head_lines
        if self.head_lines <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def resize_rows(self) -> None:
        """The number of rows changed."""
        # rows are drawn to the width of the pane, whatever it is; naming it here would cost a layout at each resize
        size = Size(1, self.row_count + self.head_lines)
        if size != self.virtual_size:
            self.virtual_size = size
        if self.cursor >= self.row_count:
            self.cursor = max(0, self.row_count - 1)
        self.refresh()

    def on_resize(self) -> None:
        """Columns depend on the width."""
        self._strips.clear()
        self.resize_rows()
        self.show_cursor()

    def on_focus(self) -> None:
        """The cursor looks different with focus."""
        self.redraw_row(self.cursor)

    def on_blur(self) -> None:
        """See `on_focus`."""
        self.pending = ""
        self.redraw_row(self.cursor)

    # moving

    def move(self, row: int, *, quiet: bool = False) -> None:
        """Put the cursor on a row (the nearest there is) and scroll so that it is seen; says so unless `quiet`."""
        row = min(max(row, 0), max(0, self.row_count - 1))
        before = self.cursor
        self.cursor = row
        if row != before:
            self.redraw_row(before)
            self.redraw_row(row)
        self.show_cursor()
        if not quiet and self.row_count:
            self.post_message(self.Moved(self, row))

    def show_cursor(self) -> None:
        """Scroll just as far as needed to see the cursor."""
        top, height = self.scroll_offset.y, self.body_height
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def action_down(self) -> None:
        """One row down."""
        self.move(self.cursor + 1)

    def action_up(self) -> None:
        """One row up."""
        self.move(self.cursor - 1)

    def action_page_down(self) -> None:
        """One page down."""
        self.move(self.cursor + self.body_height - 1)

    def action_page_up(self) -> None:
        """One page up."""
        self.move(self.cursor - self.body_height + 1)

    def action_top(self) -> None:
        """First row."""
        self.move(0)

    def action_bottom(self) -> None:
        """Last row."""
        self.move(self.row_count - 1)

    def action_choose(self) -> None:
        """Open the row."""
        if self.row_count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse was pressed; a double click opens."""
        row = self.scroll_offset.y + event.y - self.head_lines
        if event.y >= self.head_lines and row < self.row_count:
            self.move(row)
            if event.chain == 2:
                self.action_choose()

    # gg, and numbers before it

    def on_key(self, event: events.Key) -> None:
        """Collect `gg` and `Ngg`; everything else goes on to the bindings."""
        if self.COUNTS and event.character and event.character in "0123456789" and (self.pending or event.character != "0"):
            event.prevent_default().stop()
            self._collect(event.character)
        elif event.key == "g":
            event.prevent_default().stop()
            if self.pending.endswith("g"):
                digits, self.pending = self.pending[:-1], ""
                self._stop_waiting()
                self.goto(int(digits) if digits else 1)
            else:
                self._collect("g")
        elif self.pending:
            self._stop_waiting()
            self.pending = ""

    def goto(self, number: int) -> None:
        """Go to row `number`, counted from 1."""
        self.move(number - 1)

    def _collect(self, character: str) -> None:
        self._stop_waiting()
        self.pending = (self.pending + character)[-LONGEST_COUNT - 1 :]
        self._count_timer = self.set_timer(COUNT_SECONDS, self._give_up_waiting)

    def _stop_waiting(self) -> None:
        if self._count_timer is not None:
            self._count_timer.stop()
            self._count_timer = None

    async def _give_up_waiting(self) -> None:
        typed, self.pending = self.pending, ""
        self._count_timer = None
        if len(typed) == 1 and typed.isdigit() and typed != "0":
            meant = self.screen.active_bindings.get(typed)
            if meant is not None:
                await self.app.run_action(meant.binding.action, meant.node)

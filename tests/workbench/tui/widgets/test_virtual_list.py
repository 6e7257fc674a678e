from rich.segment import Segment
from textual.strip import Strip

from support.panes import Pane
from support.terminal import drive, screen_text, until
from workbench.tui.widgets.virtual_list import VirtualList


class Numbers(VirtualList):
    """Rows that say their number, and count how often they are drawn."""

    COUNTS = True

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows = rows
        self.drawn: list[int] = []

    @property
    def row_count(self) -> int:
        return self.rows

    def head(self, width: int) -> Strip:
        return Strip([Segment("head".ljust(width))], width)

    def draw(self, row: int, width: int, cursor: bool) -> Strip:
        self.drawn.append(row)
        return Strip([Segment(f"{'>' if cursor else ' '} row {row}".ljust(width)[:width])], width)


def test_only_visible_rows_are_drawn_and_only_once():
    pane = Pane(Numbers(1_000_000))

    async def script(pilot):
        await pilot.pause()
        widget = pane.widget
        assert set(widget.drawn) == set(range(9))
        widget.drawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert sorted(widget.drawn) == [0, 1]

    drive(pane, script, (40, 10))


def test_keys_move_the_cursor_and_the_view_follows():
    pane = Pane(Numbers(100))

    async def script(pilot):
        widget = pane.widget
        await pilot.press("G")
        assert widget.cursor == 99
        assert screen_text(pane).splitlines()[-1].startswith("> row 99")
        await pilot.press("pageup")
        assert widget.cursor == 99 - 8
        await pilot.press("home", "j", "j", "k")
        assert widget.cursor == 1
        assert screen_text(pane).splitlines()[0].startswith("head")

    drive(pane, script, (40, 10))


def test_the_cursor_never_leaves_the_rows():
    pane = Pane(Numbers(3))

    async def script(pilot):
        widget = pane.widget
        await pilot.press("up", "up")
        assert widget.cursor == 0
        await pilot.press("pagedown", "down", "G")
        assert widget.cursor == 2
        widget.rows = 1
        widget.resize_rows()
        assert widget.cursor == 0
        widget.rows = 0
        widget.resize_rows()
        await pilot.press("down", "enter")
        assert widget.cursor == 0

    drive(pane, script, (40, 10))


def test_it_says_where_the_cursor_is_and_what_was_opened():
    pane = Pane(Numbers(50))

    async def script(pilot):
        await pilot.press("down", "enter")
        await pilot.pause()
        assert [message.row for message in pane.of(VirtualList.Moved)] == [1]
        assert [message.row for message in pane.of(VirtualList.Chosen)] == [1]

    drive(pane, script, (40, 10))


def test_a_click_is_a_row():
    pane = Pane(Numbers(50))

    async def script(pilot):
        await pilot.click(pane.widget, offset=(5, 4))
        assert pane.widget.cursor == 3
        await pilot.click(pane.widget, offset=(5, 0))
        assert pane.widget.cursor == 3

    drive(pane, script, (40, 10))


def test_gg_with_and_without_a_number():
    pane = Pane(Numbers(500))

    async def script(pilot):
        widget = pane.widget
        await pilot.press("4", "2", "g", "g")
        assert widget.cursor == 41
        await pilot.press("g", "g")
        assert widget.cursor == 0
        await pilot.press("9", "9", "9", "9", "g", "g")
        assert widget.cursor == 499

    drive(pane, script, (40, 10))


def test_another_key_gives_up_a_begun_number():
    pane = Pane(Numbers(500))

    async def script(pilot):
        widget = pane.widget
        await pilot.press("4", "j")
        assert widget.pending == ""
        assert widget.cursor == 1
        await pilot.press("7")
        await until(pilot, lambda: widget.pending == "")

    drive(pane, script, (40, 10))


def test_a_redrawn_row_is_the_only_one_drawn():
    pane = Pane(Numbers(500))

    async def script(pilot):
        await pilot.pause()
        widget = pane.widget
        widget._strips.clear()
        widget.drawn.clear()
        widget.redraw_row(4)
        widget.redraw_row(400)
        await pilot.pause()
        assert widget.drawn == [4]

    drive(pane, script, (40, 10))

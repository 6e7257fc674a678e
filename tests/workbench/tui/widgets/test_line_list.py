from support.panes import Pane
from support.terminal import drive, screen_text
from workbench.tui.widgets.line_list import Line, LineList

LINES = [Line((("to_server", f"line {number} "), ("dim", "[b]rest")), number) for number in range(100)]


def test_lines_are_shown_and_the_cursor_is_one_of_them():
    pane = Pane(LineList())

    async def script(pilot):
        pane.widget.show(LINES)
        await pilot.press("down", "down")
        await pilot.pause()
        assert screen_text(pane).splitlines()[0] == "line 0 [b]rest"
        assert pane.widget.current == LINES[2]
        assert pane.widget.current.text == "line 2 [b]rest"

    drive(pane, script, (60, 10))


def test_other_lines_begin_at_the_top():
    pane = Pane(LineList())

    async def script(pilot):
        pane.widget.show(LINES)
        await pilot.press("G")
        pane.widget.show(LINES[:5])
        await pilot.pause()
        assert pane.widget.cursor == 0
        pane.widget.show(())
        assert pane.widget.current is None

    drive(pane, script, (60, 10))

from support.panes import Pane
from support.terminal import drive, screen_text
from workbench.tui.widgets.status_bar import StatusBar


def line(pane: Pane) -> str:
    return screen_text(pane).splitlines()[0]


def test_parts_from_the_left_and_the_place_at_the_right():
    pane = Pane(StatusBar())

    async def script(pilot):
        pane.widget.parts = (("1,234 packets", ""), ("2 dropped", "error"))
        pane.widget.right = "http.host · bytes 3–9 (7)"
        await pilot.pause()
        assert line(pane).startswith(" 1,234 packets · 2 dropped ")
        assert line(pane).endswith("http.host · bytes 3–9 (7)")

    drive(pane, script, (80, 5))


def test_what_has_no_room_is_left_out_whole():
    pane = Pane(StatusBar())

    async def script(pilot):
        pane.widget.parts = (("first part", ""), ("second part that is rather long", ""))
        pane.widget.right = "at the right"
        await pilot.pause()
        assert line(pane).split("  ")[0] == " first part"
        assert line(pane).endswith("at the right")

    drive(pane, script, (40, 5))


def test_markup_is_text():
    pane = Pane(StatusBar())

    async def script(pilot):
        pane.widget.parts = (("[bold red]x[/]", ""),)
        await pilot.pause()
        assert "[bold red]x[/]" in line(pane)

    drive(pane, script, (80, 5))

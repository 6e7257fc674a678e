from collections import Counter

from support.shared import tool
from support.terminal import drive, opened, said, sample_app, screen_text, synthetic, until
from workbench.export.comparison import Comparison, Difference
from workbench.tui.screens.opinion import OpinionScreen


def test_tshark_is_asked_about_the_packet_under_the_cursor():
    tool("tshark")
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("down", "down", "down", "T")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpinionScreen))
        await pilot.pause()
        text = screen_text(app)
        assert "tshark on packet 4" in text
        assert "values are the same" in text
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, OpinionScreen))

    drive(app, script)


def test_what_differs_is_listed_and_nothing_of_it_obeyed():
    app, _ = synthetic(5)
    odd = Difference(3, "value", "x.y", "\x1b[31m[red]", "")
    differences = [odd, Difference(3, "range", "x.z", "1:2", "1:3")]
    found = Comparison(packets=1, same=7, differences=differences, explained=Counter({"because of this": 2}))

    async def script(pilot):
        await pilot.app.push_screen(OpinionScreen(3, found))
        await pilot.pause()
        text = screen_text(app)
        for part in ("x.y", "[red]", "nothing", "1:3", "7 values are the same", "2 meant: because of this"):
            assert part in text
        assert "\x1b" not in text
        await pilot.press("j", "k", "q")

    drive(app, script, (120, 40))


def test_without_tshark_the_remedy_is_said(monkeypatch, tmp_path):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        monkeypatch.setenv("PATH", str(tmp_path))
        await pilot.press("T")
        await until(pilot, lambda: any("apt install tshark" in each for each in said(app)))

    drive(app, script)

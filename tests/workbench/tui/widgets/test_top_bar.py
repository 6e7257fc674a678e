import pytest

from support.panes import Pane
from support.terminal import drive, screen_text
from workbench.tui.widgets.top_bar import TABS, TopBar


@pytest.mark.parametrize("width", [80, 120, 200])
def test_all_screens_are_named_and_the_subject_ends_the_line(width: int):
    pane = Pane(TopBar("stream"))

    async def script(pilot):
        pane.widget.subject, pane.widget.badge = "capture-of-last-night.pcapng", "live"
        await pilot.pause()
        line = screen_text(pane).splitlines()[0]
        for number, (_, title) in enumerate(TABS, 1):
            assert f"{number} {title}" in line
        assert line.endswith("png")
        assert "● live" in line
        assert len(line) <= width

    drive(pane, script, (width, 5))


def test_a_click_on_a_tab_goes_there():
    went: list[str] = []

    class Clicked(Pane):
        def action_perform(self, name: str) -> None:
            went.append(name)

    pane = Clicked(TopBar("packets"))

    async def script(pilot):
        await pilot.pause()
        line = screen_text(pane).splitlines()[0]
        await pilot.click(pane.widget, offset=(line.index("Stats"), 0))
        await pilot.click(pane.widget, offset=(line.index("workbench"), 0))
        assert went == ["app.stats"]

    drive(pane, script, (120, 5))

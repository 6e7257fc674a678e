import pytest

from support.looks import comes_to_look
from support.terminal import drive, opened, quiet, sample_app, screen_text, until
from workbench.tui.screens.stats import TABLES
from workbench.tui.widgets.table_list import TableList


async def at_stats(pilot):
    await opened(pilot)
    await pilot.app.action_perform("app.stats")
    await quiet(pilot)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(size):
    app = sample_app()

    async def script(pilot):
        await at_stats(pilot)
        await comes_to_look(pilot, f"stats-{size[0]}x{size[1]}")

    drive(app, script, size)


def test_every_table_is_filled():
    app = sample_app()

    async def script(pilot):
        screen = await at_stats(pilot)
        for name in TABLES:
            assert screen.shown == name
            table = screen.query_one(f"#stats-{name}", TableList)
            assert table.display
            assert table.has_focus
            assert table.table or name == "Remarks"
            await pilot.press("full_stop")
        assert screen.shown == "Protocols"
        await pilot.press("comma")
        assert screen.shown == "Remarks"

    drive(app, script)


def test_a_protocol_can_be_filtered():
    app = sample_app()

    async def script(pilot):
        screen = await at_stats(pilot)
        table = screen.query_one("#stats-Protocols", TableList)
        table.move(next(place for place, row in enumerate(table.table) if row.cells[0].strip() == "HTTP"))
        await pilot.press("a")
        await until(pilot, lambda: app.current_mode == "packets" and app.screen.list.rows.filtered)
        assert app.screen.bar.text == "http"

    drive(app, script)


def test_an_endpoint_can_be_filtered():
    app = sample_app()

    async def script(pilot):
        await at_stats(pilot)
        await pilot.press("full_stop", "a")
        await until(pilot, lambda: app.current_mode == "packets" and app.screen.list.rows.filtered)
        assert app.screen.bar.text == "ip==127.0.0.1"

    drive(app, script)


def test_counting_again_gives_the_same():
    app = sample_app()

    async def script(pilot):
        await at_stats(pilot)
        before = screen_text(app)
        await pilot.press("r")
        await quiet(pilot)
        assert screen_text(app) == before

    drive(app, script)

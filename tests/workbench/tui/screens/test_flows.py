import pytest

from support.looks import comes_to_look
from support.terminal import drive, opened, quiet, sample_app, screen_text, until
from workbench.tui.widgets.table_list import TableList


async def at_flows(pilot):
    await opened(pilot)
    await pilot.app.action_perform("app.flows")
    await quiet(pilot)
    return pilot.app.screen


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_looks(size):
    app = sample_app()

    async def script(pilot):
        await at_flows(pilot)
        await comes_to_look(pilot, f"flows-{size[0]}x{size[1]}")

    drive(app, script, size)


def test_conversations_are_listed_and_sorted():
    app = sample_app()

    async def script(pilot):
        screen = await at_flows(pilot)
        table = screen.query_one(TableList)
        assert len(table.table) == 16
        await pilot.press("s")
        assert [row.key for row in table.table][:3] == ["tcp.0", "tcp.1", "tcp.2"]
        assert "by stream" in screen_text(app)

    drive(app, script)


def test_enter_follows_the_stream():
    app = sample_app()

    async def script(pilot):
        await at_flows(pilot)
        await pilot.press("s", "down", "down", "enter")
        await until(pilot, lambda: app.current_mode == "stream" and "tcp.stream 2" in screen_text(app))

    drive(app, script)


def test_its_packets_can_be_filtered():
    app = sample_app()

    async def script(pilot):
        await at_flows(pilot)
        await pilot.press("s", "down", "a")
        await until(pilot, lambda: app.current_mode == "packets" and app.screen.list.rows.filtered)
        session = app.workspace.session
        expected = session.capture.index.packets_of("tcp", 1).tolist()
        assert app.screen.list.rows.numbers(0, 99) == expected
        assert app.screen.bar.text == "tcp.stream==1"

    drive(app, script)

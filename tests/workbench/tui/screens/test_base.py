import pytest

from support.terminal import drive, opened, sample_app, screen_text
from workbench.tui.commands import COMMANDS
from workbench.tui.widgets.top_bar import TABS


@pytest.mark.parametrize("mode", [mode for mode, _ in TABS])
def test_every_screen_has_its_bars(mode: str):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform(f"app.{mode}")
        await pilot.pause()
        lines = screen_text(app).splitlines()
        assert "1 Packets" in lines[0]
        assert lines[0].endswith("http1-curl-nginx.pcapng")
        assert "? Help  : Command" in lines[-1]

    drive(app, script)


@pytest.mark.parametrize("mode", [mode for mode, _ in TABS])
def test_every_command_of_a_screen_can_be_carried_out_or_says_why_not(mode: str):
    app = sample_app()

    async def script(pilot):
        for command in (command for command in COMMANDS if command.scope == mode):
            node = app.node_for(command)
            if node is None:
                await app.go(mode)
                await pilot.pause()
                node = app.node_for(command)
            assert hasattr(node, command.method), command.name
            assert isinstance(app.unavailable(command), str)

    drive(app, script)


def test_every_pane_carries_out_its_commands():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        screen = app.screen
        for pane in (screen.list, screen.linked.fields, screen.linked.hex):
            for command in (command for command in COMMANDS if command.scope == pane.SCOPE):
                assert hasattr(pane, command.method), command.name
        for command in (command for command in COMMANDS if command.scope == "app"):
            assert hasattr(app, command.method), command.name

    drive(app, script)

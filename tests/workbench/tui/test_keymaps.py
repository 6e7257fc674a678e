import pytest

from support.terminal import drive, opened, quiet, sample_app
from workbench.settings import KEYMAPS as SETTABLE
from workbench.tui.commands import COMMANDS, find
from workbench.tui.keymaps import KEYMAPS


def test_every_keymap_of_the_settings_exists():
    assert set(KEYMAPS) == set(SETTABLE)


@pytest.mark.parametrize("name", KEYMAPS)
def test_keymaps_name_commands(name: str):
    assert [command for command in KEYMAPS[name] if find(command) is None] == []


def test_the_default_keymap_is_the_table():
    assert KEYMAPS["default"] == {command.name: command.keys for command in COMMANDS if command.keys}


@pytest.mark.parametrize("name", KEYMAPS)
def test_a_keymap_leaves_every_command_of_a_screen_reachable(name: str):
    async def script(pilot):
        await quiet(pilot)
        bound = {active.binding.id for active in pilot.app.screen.active_bindings.values()}
        wanted = {command.name for command in COMMANDS if command.keys and command.scope in ("app", "packets", "list")}
        assert wanted - bound == set()

    drive(sample_app(keymap=name), script)


def test_a_key_of_another_keymap_works():
    async def script(pilot):
        await opened(pilot)
        await pilot.press("A")
        assert pilot.app.screen.following

    drive(sample_app(keymap="termshark"), script)

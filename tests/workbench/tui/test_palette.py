import pytest

from support.terminal import drive, opened, quiet, sample_app, screen_text, until
from workbench.tui.commands import COMMANDS, MODES
from workbench.tui.palette import CommandProvider


async def hits(found) -> list:
    return [hit async for hit in found]


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "start"])
def test_every_action_of_every_screen_is_in_the_palette(mode: str):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.go(mode)
        await quiet(pilot)
        offered = {hit.text.split()[0] for hit in await hits(CommandProvider(app.screen).discover())}
        assert offered == {command.name for command in COMMANDS}
        bound = {
            active.binding.id for active in app.screen.active_bindings.values() if active.binding.action.startswith("app.perform")
        }
        assert bound
        assert bound <= offered
        ours = {
            active.binding.action
            for active in app.screen.active_bindings.values()
            if not active.binding.action.startswith("app.perform")
        }
        assert ours <= {"screen.copy_text", "app.focus_next", "app.focus_previous"}, "a key that is no command"

    drive(app, script)


def test_searching_finds_by_name_and_by_what_it_does():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        provider = CommandProvider(app.screen)
        by_name = await hits(provider.search("follow-tail"))
        assert max(by_name, key=lambda hit: hit.score).text.startswith("packets.follow-tail")
        by_help = [hit.text.split()[0] for hit in await hits(provider.search("OSC 52 nothing"))]
        assert by_help == []
        assert "app.theme" in [hit.text.split()[0] for hit in await hits(provider.search("light theme"))]

    drive(app, script)


def test_what_is_not_possible_now_says_why():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        found = await hits(CommandProvider(app.screen).discover())
        [mark] = [hit for hit in found if hit.text.startswith("packets.next-mark")]
        assert "not now: nothing is marked" in mark.help

    drive(app, script)


def test_a_command_is_chosen_and_carried_out():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "packets.filter" in screen_text(app))
        await pilot.press(*"app", "full_stop", *"flows")
        await until(pilot, lambda: "app.flows" in screen_text(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.current_mode == "flows")

    drive(app, script)

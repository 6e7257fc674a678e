from support.terminal import drive, opened, sample_app, screen_text, told, until
from workbench.tui.screens.ask import Confirm


def test_a_command_is_typed_with_its_argument():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("colon", *"goto", "space", *"42")
        assert "packets.goto NUMBER — Go to the packet with this number" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.list.current == 42)

    drive(app, script)


def test_a_number_alone_is_a_packet():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("colon", *"17", "enter")
        await until(pilot, lambda: app.screen.list.current == 17)

    drive(app, script)


def test_an_unknown_command_is_said():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("colon", *"nonsense")
        assert "no such command" in screen_text(app)
        await pilot.press("enter")
        assert "there is no command 'nonsense'" in await told(pilot)

    drive(app, script)


def test_escape_leads_out():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        before = app.screen
        await pilot.press("colon", *"goto")
        assert app.screen is not before
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is before

    drive(app, script)


def test_a_command_without_its_argument_asks_for_it():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await app.action_perform("packets.goto")
        await pilot.pause()
        await pilot.press(*"9", "enter")
        await until(pilot, lambda: app.screen.list.current == 9)

    drive(app, script)


def test_only_yes_is_yes():
    app = sample_app()

    async def script(pilot):
        answers = []
        for key in ("y", "n", "escape", "enter", "q"):
            app.push_screen(Confirm("Really?"), answers.append)
            await pilot.pause()
            assert "Really?" in screen_text(app)
            await pilot.press(key)
            await pilot.pause()
        assert answers == [True, False, False, False, False]

    drive(app, script)

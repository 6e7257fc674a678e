import pytest

from support.terminal import drive, opened, sample_app, screen_text


@pytest.mark.parametrize(
    ("pane", "heading", "command"),
    [
        ("#packet-list", "List", "list.down"),
        ("#packet-fields", "Fields", "tree.open-all"),
        ("#packet-hex", "Bytes", "hex.next-view"),
    ],
)
def test_the_focused_panes_keys_come_first(pane: str, heading: str, command: str):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        app.screen.query_one(pane).focus()
        await pilot.press("question_mark")
        await pilot.pause()
        text = screen_text(app)
        assert command in text
        assert text.index(heading) < text.index("Packets")

    drive(app, script, (120, 60))


def test_keys_are_those_of_the_keymap():
    app = sample_app(keymap="termshark")

    async def script(pilot):
        await opened(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        line = next(line for line in screen_text(app).splitlines() if "packets.follow-tail" in line)
        assert " A " in line

    drive(app, script, (120, 60))


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "enter"])
def test_it_can_be_left(key: str):
    app = sample_app()

    async def script(pilot):
        before = app.screen
        await pilot.press("question_mark")
        await pilot.pause()
        assert app.screen is not before
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is before

    drive(app, script)


def test_it_can_be_read_on_a_small_screen():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        await pilot.press("question_mark")
        await pilot.press(*["j"] * 45)
        await pilot.pause()
        assert "app.quit" in screen_text(app)

    drive(app, script, (80, 24))

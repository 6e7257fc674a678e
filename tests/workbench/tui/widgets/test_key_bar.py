import pytest

from support.terminal import drive, opened, sample_app, screen_text
from workbench.tui.widgets.key_bar import key_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("question_mark", "?"),
        ("ctrl+p", "^p"),
        ("full_stop", "."),
        ("F", "F"),
        ("j", "j"),
        ("pagedown", "pgdn"),
        ("ctrl+d", "^d"),
        ("right_square_bracket", "]"),
    ],
)
def test_keys_are_written_as_people_write_them(key: str, name: str):
    assert key_name(key) == name


@pytest.mark.parametrize("width", [40, 80, 120])
def test_only_whole_entries_and_always_help(width: int):
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        line = screen_text(app).splitlines()[-1]
        assert "? Help" in line
        assert len(line) <= width
        entries = line[: line.index("? Help")].split("  ")
        assert all(entry.strip() in ("", "/ Filter", "f Stream", "F Tail", "m Mark", "y Copy", "w Export") for entry in entries)

    drive(app, script, (width, 24))


def test_it_follows_the_focus():
    app = sample_app()

    async def script(pilot):
        await opened(pilot)
        assert "Open/close" not in screen_text(app).splitlines()[-1]
        await pilot.press("tab")
        await pilot.pause()
        assert "Open/close" in screen_text(app).splitlines()[-1]

    drive(app, script)

import pytest

from support.terminal import drive, quiet, screen_text, until
from workbench.events import Start
from workbench.tui.app import app_for
from workbench.tui.screens.start import capture_files
from workbench.tui.widgets.table_list import TableList


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("a.pcap", "b.PCAPNG", "sub/c.pcap.gz", "notes.txt", "sub/deeper.cap"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_captures_here_and_one_level_below(folder):
    assert {str(path.relative_to(folder)) for path in capture_files(folder)} == {
        "a.pcap",
        "b.PCAPNG",
        "sub/c.pcap.gz",
        "sub/deeper.cap",
    }


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_it_shows_files_protocols_and_the_machine(folder, size):
    app = app_for(Start())

    async def script(pilot):
        assert app.current_mode == "start"
        await until(pilot, lambda: app.screen.query_one("#start-checks", TableList).table)
        text = screen_text(app)
        for word in ("demo", "a.pcap", "dns", "http1", "python"):
            assert word in text, word
        assert max(map(len, text.splitlines())) <= size[0]

    drive(app, script, size)


def test_enter_opens_a_capture(folder):
    app = app_for(Start())

    async def script(pilot):
        await quiet(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.current_mode == "packets")
        assert app.workspace.path is not None

    drive(app, script)


def test_what_needs_attention_comes_first(folder):
    app = app_for(Start())

    async def script(pilot):
        checks = app.screen.query_one("#start-checks", TableList)
        await until(pilot, lambda: checks.table)
        order = ["broken", "limited", "ok"]
        states = [order.index(row.cells[1]) for row in checks.table]
        assert states == sorted(states)

    drive(app, script)

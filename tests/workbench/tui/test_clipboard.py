import base64

import pytest

from workbench.tui import clipboard
from workbench.tui.clipboard import OSC52_LIMIT, copy, osc52


def test_short_text_goes_to_the_terminal():
    written: list[str] = []
    said = copy("schön", written.append, {})
    assert written == ["\x1b]52;c;" + base64.b64encode("schön".encode()).decode() + "\x07"]
    assert said == "copied 6 B to the terminal's clipboard (OSC 52)"


def test_inside_tmux_it_is_wrapped():
    sequence = osc52(b"x", in_tmux=True)
    assert sequence.startswith("\x1bPtmux;\x1b\x1b]52;")
    assert sequence.endswith("\x1b\\")
    assert copy("x", lambda _: None, {"TMUX": "/tmp/tmux"}).startswith("copied")


def test_the_sequence_holds_no_text_of_the_wire():
    assert "\x1b[31m" not in osc52(b"\x1b[31mred", in_tmux=False)


@pytest.fixture
def no_programs(monkeypatch, tmp_path):
    monkeypatch.setattr(clipboard.shutil, "which", lambda _: None)
    monkeypatch.setattr(clipboard.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_long_text_goes_to_a_file(no_programs):
    written: list[str] = []
    text = "x" * (OSC52_LIMIT + 1)
    said = copy(text, written.append, {})
    assert written == []
    [path] = no_programs.iterdir()
    assert path.read_text() == text
    assert said.endswith(str(path))


def test_a_program_is_asked_before_a_file(monkeypatch, no_programs):
    program = no_programs / "xclip"
    program.write_text('#!/bin/sh\ncat > "$(dirname "$0")/got"\n')
    program.chmod(0o755)
    monkeypatch.setattr(clipboard.shutil, "which", lambda name: str(program) if name == "xclip" else None)
    said = copy("y" * 80_000, lambda _: None, {"DISPLAY": ":0"})
    assert said == "copied 80 kB with xclip"
    assert (no_programs / "got").read_text() == "y" * 80_000


def test_where_nothing_can_be_written_it_says_so(monkeypatch, no_programs):
    monkeypatch.setattr(clipboard.tempfile, "mkstemp", lambda **_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    assert copy("x" * 80_000, lambda _: None, {}).endswith("no file could be written: No space left on device")

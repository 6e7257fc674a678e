"""Comparing servers as a user does: the same cases to several of them, and what comes of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.commands import workbench

ECHO = Path(__file__).parents[1] / "support" / "h11_echo.py"


def described(path: Path, python: str, *words: str) -> str:
    path.write_text(f"command = {json.dumps([python, *words, '{port}'])}\n")
    return str(path)


@pytest.fixture
def servers(tmp_path):
    """The same server twice."""
    return [described(tmp_path / f"{name}.toml", sys.executable, str(ECHO)) for name in ("one", "two")]


def test_equal_servers_have_no_differences(servers, tmp_path):
    done = workbench("fuzz", "http1", "--differential", *servers, "--cases", 150, "--jobs", 1, "-o", tmp_path / "campaign")
    assert done.code == 0, done.out
    assert "one against two" in done.err


def test_a_difference_is_found_replayed_and_excused(tmp_path):
    """Our own HTTP server and an echo: they differ in nearly everything, until that is said to be all right."""
    echo = described(tmp_path / "echo.toml", sys.executable, str(ECHO))
    campaign = tmp_path / "campaign"
    words = ["fuzz", "http1", "--differential", "reference", echo, "--jobs", 1]
    done = workbench(*words, "--stop-after", 1, "-o", campaign)
    assert done.code == 1, done.err
    (finding,) = (campaign / "findings").iterdir()
    page = (finding / "report.md").read_text()
    for text in ("reference (", "echo (", "[[quirk]]"):
        assert text in page
    again = workbench("replay", finding)
    assert (again.code, again.out.split()[:2]) == (1, ["FAILED", "3/3"])
    script = subprocess.run([sys.executable, finding / "repro.py"], capture_output=True, text=True, check=False)
    assert script.returncode in (1, 2)  # 2 where no workbench is on the path
    quirks = tmp_path / "quirks.toml"
    quirks.write_text('[[quirk]]\nreason = "an echo is no site"\n')
    done = workbench(*words, "--quirks", quirks, "--cases", 60, "-o", tmp_path / "other")
    assert done.code == 0, done.out


def test_what_cannot_be_compared_is_said(tmp_path):
    done = workbench("fuzz", "http1", "--differential", "reference", "-o", tmp_path / "campaign")
    assert done.code == 2
    assert "cannot be compared" in done.err
    done = workbench("fuzz", "http1", "--differential", "reference", tmp_path / "none.toml", "-o", tmp_path / "campaign")
    assert done.code == 2
    assert "none.toml" in done.err

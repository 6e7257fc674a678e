import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzzers.targets import leftovers
from fuzzers.targets.leftovers import MARK, end_marked, new_directory, remove, remove_stale
from support.processes import is_gone

SLEEPER = [sys.executable, "-S", "-c", "import threading; threading.Event().wait()"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(leftovers.tempfile, "gettempdir", lambda: str(tmp_path))
    return tmp_path


def sleeper(name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(SLEEPER, env={MARK: name}, start_new_session=True)


def test_directories_are_fresh_and_tell_whose_they_are(folder):
    one, other = new_directory(), new_directory()
    assert one != other
    assert one.parent == folder
    assert one.stat().st_mode & 0o777 == (0o700 if os.geteuid() else 0o755)
    assert f"-{os.getpid()}-" in one.name


def test_they_are_made_where_they_are_wanted(tmp_path):
    assert new_directory(str(tmp_path / "a" / "b")).parent == tmp_path / "a" / "b"


def test_who_carries_a_mark_is_ended_in_whatever_group_and_nobody_else():
    mine, also_mine, other = sleeper("a"), sleeper("a"), sleeper("ab")
    try:
        assert end_marked("a") >= 2
        assert (mine.wait(10), also_mine.wait(10)) == (-9, -9)
        assert other.poll() is None
    finally:
        end_marked("ab")
        other.wait(10)
    assert end_marked("a") == 0


def test_removing_ends_the_server_and_takes_its_files(folder):
    directory = new_directory()
    (directory / "deep").mkdir()
    (directory / "deep" / "file").write_text("x")
    server = sleeper(directory.name)
    remove(directory)
    assert server.wait(10) == -9
    assert list(folder.iterdir()) == []


def test_what_killed_processes_left_behind_goes_and_all_else_stays(folder):
    mine = new_directory()
    born = mine.name.split("-")[3]
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    stale = folder / f"workbench-target-{gone.pid}-{born}-0123abcd"
    reborn = folder / f"workbench-target-{os.getpid()}-{int(born) - 1}-0123abcd"  # its number is ours today
    others = [folder / "workbench-target-notes", folder / "something else"]
    for path in (stale, reborn, *others):
        path.mkdir()
    server = sleeper(stale.name)
    remove_stale()
    assert server.wait(10) == -9
    assert is_gone(server.pid)
    assert sorted(folder.iterdir()) == sorted([mine, *others])

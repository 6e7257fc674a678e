import shutil

import pytest

from fuzzers.model import Conduct, Ending
from fuzzers.targets.ways import fork
from fuzzers.targets.ways.fork import Fork
from support.lines_run import run
from workbench.api import TargetError

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler")


@pytest.fixture
def way():
    with run(Fork) as made:
        yield made


@pytest.mark.parametrize(
    ("line", "kind"), [(b"ABORT\n", "SIGABRT"), (b"EXIT 3\n", "exit status 3"), (b"RAISE x\n", "ValueError")]
)
def test_how_a_fork_ended_is_known_and_the_server_lives_on(way, line: bytes, kind: str):
    group = way.group
    for _ in range(3):
        way.begin()
        end = way.fate(way.say([b"hi\n", line]))
        assert (end.ending, end.failure.kind, end.replies) == (Ending.CRASHED, kind, b"OK hi\n")
        assert way.survives(end)
        way.begin()
        assert way.fate(way.say([b"hi\n"])).ending is Ending.OPEN
    assert way.group == group


def test_an_endless_loop_is_ended(way):
    end = way.say([b"LOOP\n"])
    assert (end.ending, end.failure.kind) == (Ending.HUNG, "endless loop")
    assert way.say([b"hi\n"]).replies == b"OK hi\n"


def test_a_fork_that_sleeps_answers_no_more(way):
    way.say([b"SLEEP\n"])
    assert not way.answers([b"hi\n"])
    way.say([b"SILENT\n"])
    assert way.answers([b"hi\n"])


def test_connections_at_the_same_time_are_served_by_one_fork(way):
    execution = way.say([b"hi\n", b"ho\n"], Conduct.of((0, 1)))
    assert b"OK hi\n" in execution.replies
    assert len(execution.conversations) == 2


def test_a_server_that_does_not_fork(monkeypatch, tmp_path):
    other = tmp_path / "nothing.so"
    other.write_bytes(b"")
    monkeypatch.setattr(fork, "preload", lambda _: other)
    monkeypatch.setattr(fork, "READY_S", 0.1)
    with pytest.raises(TargetError, match="cannot be forked"), run(Fork):
        pass


def test_without_a_compiler(monkeypatch):
    monkeypatch.setattr(fork, "preload", lambda _: None)
    with pytest.raises(TargetError, match="takes a C compiler"), run(Fork):
        pass

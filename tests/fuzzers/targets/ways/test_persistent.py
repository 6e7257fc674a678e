import pytest

from fuzzers.model import Conduct, Ending
from fuzzers.targets.ways import persistent
from fuzzers.targets.ways.persistent import Persistent
from support.lines_run import run


@pytest.fixture
def way():
    with run(Persistent) as made:
        yield made


def test_one_connection_for_many_cases(way):
    assert way.say([b"hi\n"], apart=False).replies == b"OK hi\n"
    link = way._link
    assert link is not None
    for _ in range(3):
        assert way.say([b"hi\n", b"ho\n"], apart=False).replies == b"OK hi\nOK ho\n"
    assert way._link is link


@pytest.mark.parametrize("line", [b"CLOSE\n", b"SILENT\n", b"half"])
def test_a_new_one_after_a_case_that_left_it_undone(way, line: bytes):
    way.say([b"hi\n"], apart=False)
    link = way._link
    way.say([line], apart=False)
    assert way.say([b"hi\n"], apart=False).replies == b"OK hi\n"
    assert way._link not in (None, link)


def test_what_is_said_apart_needs_the_server_for_itself(way):
    way.say([b"hi\n"], apart=False)
    for more in (
        {"apart": True},
        {"apart": False, "patient": True},
        {"apart": False, "conduct": Conduct.of((0, 1))},
    ):
        execution = way.say([b"hi\n", b"ho\n"], **more)
        assert execution.ending is Ending.OPEN
        assert b"OK hi\n" in execution.replies
        assert way._link is None


def test_no_connection_lasts_for_ever(way, monkeypatch):
    monkeypatch.setattr(persistent, "CASES", 2)
    links = set()
    for _ in range(4):
        way.say([b"hi\n"], apart=False)
        links.add(way._link)
    assert len(links) == 3  # two, and none behind each of them


def test_a_server_that_ends(way):
    way.say([b"hi\n"], apart=False)
    end = way.fate(way.say([b"ABORT\n"], apart=False))
    assert (end.ending, end.failure.kind) == (Ending.CRASHED, "SIGABRT")
    way.stop()
    way.start()
    assert way.say([b"hi\n"], apart=False).replies == b"OK hi\n"

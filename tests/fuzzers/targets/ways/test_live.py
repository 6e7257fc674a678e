from fuzzers.model import Ending
from fuzzers.targets.ways.live import Live
from support.lines_run import run
from support.processes import is_gone


def test_one_process_for_all_cases():
    with run(Live) as way:
        group = way.group
        for _ in range(3):
            way.begin()
            assert way.say([b"hi\n"]).replies == b"OK hi\n"
            assert way.fate(way.say([b"hi\n"])).ending is Ending.OPEN
        assert way.group == group
        assert way.keeps
        assert way.ours
    assert is_gone(group)


def test_what_became_of_it():
    with run(Live) as way:
        end = way.fate(way.say([b"EXIT 3\n"]))
        assert (end.ending, end.failure.kind) == (Ending.CRASHED, "exit status 3")
        assert not way.survives(end)
        way.stop()
        assert way.group == 0
        way.start()
        assert way.say([b"hi\n"]).replies == b"OK hi\n"


def test_who_waits_as_always_is_not_asked(monkeypatch):
    with run(Live) as way:
        assert way.answers([b"hi\n"])
        way.say([b"SILENT\n"])
        monkeypatch.setattr(way, "say", None)
        assert way.answers([b"hi\n"])


def test_who_sleeps_elsewhere_is_asked():
    with run(Live) as way:
        assert way.answers([b"hi\n"])
        way.say([b"SLEEP\n"])
        assert not way.answers([b"hi\n"])

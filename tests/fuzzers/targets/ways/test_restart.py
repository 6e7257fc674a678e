from fuzzers.model import Ending
from fuzzers.targets.ways.restart import Restart
from support.lines_run import run


def test_a_new_process_for_each_case():
    with run(Restart) as way:
        groups = []
        for _ in range(3):
            way.begin()
            assert way.say([b"hi\n"]).replies == b"OK hi\n"
            assert way.say([b"ho\n"]).replies == b"OK ho\n"  # what is said after a case is said to the same process
            groups.append(way.group)
        assert len(set(groups)) == 3
        assert not way.keeps


def test_how_each_ended():
    with run(Restart) as way:
        way.begin()
        end = way.fate(way.say([b"EXIT 3\n"]))
        assert (end.ending, end.failure.kind) == (Ending.CRASHED, "exit status 3")
        way.begin()
        assert way.fate(way.say([b"hi\n"])).ending is Ending.OPEN

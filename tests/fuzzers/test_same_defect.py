import pytest

from fuzzers.events import Means
from fuzzers.model import USUAL, Ending, Execution, Verdict
from fuzzers.same_defect import LONG_PRICE, MAX_FRESH, SameDefect
from fuzzers.targets.executor import Judged

DEAD = Verdict("crash", "dead", "crash:dead")


class Server:
    """Dies of b"x", of three messages since its start, and differently of b"y"."""

    def __init__(self, executor: str):
        self.means = Means(executor)
        self.starts = self.heard = self.played = 0

    def renew(self):
        self.starts += 1
        self.heard = 0

    def play(self, messages, conduct=USUAL, *, patient=False):
        self.patient = patient
        self.played += 1
        self.heard += len(messages)
        verdict = DEAD if b"x" in messages or self.heard >= 3 else None
        verdict = Verdict("crash", "other", "crash:other") if b"y" in messages else verdict
        if verdict is not None:
            self.heard = 0
        return Judged(Execution((), Ending.CRASHED if verdict else Ending.OPEN), verdict)


def test_only_the_same_defect_counts():
    fails = SameDefect(Server("inproc"), DEAD)
    assert [fails(each, USUAL) for each in ((b"x",), (b"y",), (b"a",))] == [True, False, False]


@pytest.mark.parametrize("executor", ["inproc", "fork", "restart", "blackbox"])
def test_where_nothing_is_remembered_nothing_is_started(executor):
    server = Server(executor)
    fails = SameDefect(server, DEAD)
    assert fails((b"x",), USUAL)
    assert (server.starts, server.played, fails.remembers) == (0, 1, False)


def test_a_server_that_failed_is_started_again_and_one_that_did_not_is_not():
    server = Server("live")
    fails = SameDefect(server, DEAD)
    assert not fails((b"a",), USUAL)
    assert (fails((b"x",), USUAL), server.starts) == (True, 1)
    assert not fails((b"a", b"b"), USUAL)
    assert (fails((b"a",), USUAL), server.starts) == (True, 2)  # the third message since the start: believed for now


def test_what_is_kept_of_a_case_shows_when_it_is_played_with_patience():
    for oracle, patient in (("memory", True), ("descriptors", True), ("crash", False)):
        server = Server("live")
        SameDefect(server, Verdict(oracle, "", f"{oracle}:"))((b"a",), USUAL)
        assert server.patient is patient


def test_servers_that_differ_are_not_started_again_for_it():
    server = Server("differential")
    assert SameDefect(server, Verdict("differential", "", "crash:dead"))((b"x",), USUAL)
    assert server.starts == 0


def test_a_fresh_server_for_each_where_that_is_asked_for():
    server = Server("live")
    fails = SameDefect(server, DEAD, fresh_each=True)
    assert [fails((b"a",), USUAL) for _ in range(5)] == [False] * 5
    assert server.starts == 5


def test_the_number_of_servers_is_bounded():
    fails = SameDefect(Server("live"), DEAD, fresh_each=True)
    assert all(fails((b"x",), USUAL) for _ in range(MAX_FRESH))
    assert not fails((b"x",), USUAL)


def test_what_takes_long_has_its_price():
    server = Server("inproc")
    server.play = lambda *_, **__: Judged(Execution((), Ending.HUNG), Verdict("hang", "", "hang:"))
    hangs = SameDefect(server, DEAD)
    assert not hangs((b"x",), USUAL)
    quick = SameDefect(Server("inproc"), DEAD)
    assert quick((b"x",), USUAL)
    patient = SameDefect(Server("inproc"), Verdict("memory", "", "memory:"))
    patient((b"a",), USUAL)
    assert (hangs.last_price(), quick.last_price(), patient.last_price()) == (LONG_PRICE, 1, LONG_PRICE)

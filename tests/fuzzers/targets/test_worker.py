import os
from multiprocessing import Pipe

import pytest

from fuzzers import cases
from fuzzers.model import Ending
from fuzzers.oracles import Judge
from fuzzers.targets import inproc
from fuzzers.targets.board import Board
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.orders import Broken, PlayDone, PlayOrder, SweepDone, SweepOrder
from fuzzers.targets.play import Player
from fuzzers.targets.worker import Job, serve
from support.tiny import CRASH, HANG, SURELY, TINY, packet


@pytest.fixture
def worker():
    """A served job in a forked child: send orders, receive reports."""
    player = Player(TINY.training, TINY.hints.secret)
    job = Job(lambda post: InProcess(player, post), Judge(TINY), cases(TINY, 1), memory=1 << 28, inside=True)
    ours, theirs = Pipe()
    board = Board()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            serve(job, theirs, board)
        finally:
            os._exit(0)
    theirs.close()
    yield ours, board
    ours.close()
    os.waitpid(pid, 0)


def test_plays_and_judges_one_case(worker):
    connection, _ = worker
    connection.send(PlayOrder((packet(1, "echo"), packet(2, CRASH)), patient=False))
    report = connection.recv()
    assert isinstance(report, PlayDone)
    assert not report.dying
    assert report.judged.verdict.oracle == "crash"
    connection.send(PlayOrder((packet(1, "echo"),), patient=True))
    assert connection.recv().judged.verdict is None


def test_plays_a_range_and_shows_where_it_is(worker):
    connection, board = worker
    connection.send(SweepOrder(5, 40))
    report = connection.recv()
    assert isinstance(report, SweepDone)
    assert (report.start, report.stop, report.dying) == (5, 40, False)
    assert board.case == 39


def test_reports_a_hang_and_ends(worker):
    connection, _ = worker
    connection.send(PlayOrder((packet(1, "echo"), packet(2, HANG, (), SURELY)), patient=False))
    report = connection.recv()
    assert report.dying
    assert report.judged.execution.ending is Ending.HUNG
    assert report.judged.verdict.fingerprint.endswith(" | _loop_for_ever")
    assert len(report.judged.execution.turns) == 3
    with pytest.raises(EOFError):
        connection.recv()


@pytest.fixture
def short_of_time(monkeypatch):
    """A case gets no time for its length."""
    monkeypatch.setattr(inproc, "BYTE_S", 0.0)


@pytest.mark.usefixtures("short_of_time")  # before the worker is forked
def test_many_messages_that_take_long_together_are_no_crash(worker):
    connection, _ = worker
    connection.send(PlayOrder((packet(1, "echo"),) * 20_000, patient=False))
    report = connection.recv()
    assert report.dying
    assert report.judged.execution.ending is Ending.HUNG
    assert report.judged.execution.failure.message == "in the exchange of messages"


def test_reports_its_own_failures(worker):
    connection, _ = worker
    connection.send(SweepOrder(-1, "nonsense"))
    report = connection.recv()
    assert isinstance(report, Broken)
    assert "TypeError" in report.text


def test_ends_when_nobody_gives_orders(worker):
    connection, _ = worker
    connection.send(PlayOrder((packet(1, "echo"),), patient=False))
    connection.recv()
    # the fixture closes the connection and waits for the end

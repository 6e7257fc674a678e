import os
import pickle
import signal
from collections import deque

import pytest

from fuzzers.coverage import CoverageMap
from fuzzers.model import USUAL, Ending
from fuzzers.targets import inproc
from fuzzers.targets.board import Board
from fuzzers.targets.heap import held
from fuzzers.targets.inproc import GROWTH, GROWTH_EVERY, GROWTH_S, PATIENT_GROWTH_S, InProcess
from fuzzers.targets.play import Player
from fuzzers.targets.player import Post
from support.tiny import HANG, SURELY, TINY, packet


def test_plays_in_time_and_gives_up_beyond_it():
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:  # giving up ends a process

        def give_up(execution):
            os.write(writing, pickle.dumps(execution))
            os._exit(0)

        target = InProcess(Player(TINY.training, TINY.hints.secret), Post(0, Board(), give_up))
        for patient in (False, True):
            assert target.play([packet(1, "echo")], USUAL, patient=patient).ending is Ending.OPEN
        target.play([packet(1, "echo"), packet(2, HANG, (), SURELY)], USUAL, patient=False)
        os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        execution = pickle.load(pipe)
    os.waitpid(pid, 0)
    assert execution.ending is Ending.HUNG
    assert len(execution.turns) == 3
    assert execution.failure.frames[-1].endswith(":_loop_for_ever")


KEPT: list[bytes] = []


@pytest.fixture
def budgets():
    before = signal.getsignal(signal.SIGPROF)
    yield
    signal.signal(signal.SIGPROF, before)


@pytest.mark.usefixtures("budgets")
def test_what_outlives_a_service_is_found_with_patience_and_now_and_then():
    def leaky(options):
        KEPT.append(bytes(5000))
        return TINY.server(options)

    def give_up(execution):
        raise AssertionError(execution)

    for factory, kept in ((leaky, True), (TINY.server, False)):
        target = InProcess(Player(factory, None), Post(0, Board(), give_up))
        usual = target.play([packet(1, "echo")], USUAL, number=GROWTH_EVERY + 1)
        patient = target.play([packet(1, "echo")], USUAL, patient=True)
        sweeping = target.play([packet(1, "echo")], USUAL, number=GROWTH_EVERY)
        assert usual.growth is None
        assert [each.growth is not None for each in (patient, sweeping)] == [kept, kept]
        if kept:
            assert patient.growth.where.startswith("test_inproc: KEPT.append")
            assert 5000 < patient.growth.each < 5200
    KEPT.clear()


@pytest.fixture
def covered():
    """A map, and a factory whose server reaches places 1, 2, … as `reaches` says, one play after the other."""
    coverage, reaches = CoverageMap(64), deque[set[int]]()

    def factory(options):
        for place in reaches.popleft():
            coverage.counters()[place] = 1
        return TINY.server(options)

    def give_up(execution):
        raise AssertionError(execution)

    yield InProcess(Player(factory, None), Post(0, Board(), give_up), coverage), reaches
    coverage.close()


def played(target: InProcess, number: int | None = 1) -> list[int]:
    return [feature // 8 for feature in target.play([packet(1, "echo")], USUAL, number=number).coverage]


@pytest.mark.usefixtures("budgets")
def test_what_a_case_reaches_when_it_is_played_again_counts(covered):
    target, reaches = covered
    reaches.extend([{1, 2}, {1}])
    assert played(target) == [1]  # 2 ran once, for all cases
    reaches.extend([{1, 2}, {1}])
    assert played(target) == []  # and stays what no case has shown
    reaches.extend([{1, 3}, {1, 2, 3}])
    assert played(target) == [1, 2, 3]
    reaches.extend([{1, 2}])
    assert played(target) == []


@pytest.mark.usefixtures("budgets")
def test_a_case_may_be_disregarded_and_a_single_one_tells_all(covered):
    target, reaches = covered
    reaches.extend([{1}, {1}, {1}, {1}, {1, 5}, {1, 6}])
    assert played(target) == [1]
    target.disregard()
    assert played(target) == [1]
    assert played(target, None) == [1, 5]
    assert [feature // 8 for feature in target.reached()] == [1, 6]


@pytest.mark.usefixtures("budgets")
@pytest.mark.skipif(held() == 0, reason="this C library cannot say")
def test_a_case_that_shows_something_new_and_leaves_much_behind_is_looked_at():
    coverage, place, size = CoverageMap(64), 1, 0

    def factory(options):
        coverage.counters()[place] = 1
        KEPT.append(bytes(size))
        return TINY.server(options)

    def give_up(execution):
        raise AssertionError(execution)

    target = InProcess(Player(factory, None), Post(0, Board(), give_up), coverage)
    looked_at = []
    for place, size in ((1, 100), (2, 100), (3, 10 * GROWTH), (3, 10 * GROWTH), (4, 100)):  # noqa: B007 - what the factory does
        looked_at.append(target.play([packet(1, "echo")], USUAL, number=1).growth is not None)
    assert looked_at == [False, False, True, False, False]
    KEPT.clear()
    coverage.close()


def replays(monkeypatch) -> list[int]:
    """Grows by one for each case whose memory is looked at."""
    looked_at: list[int] = []
    monkeypatch.setattr(inproc, "traced_growth", lambda play: looked_at.append(1) or (play() and None))
    return looked_at


@pytest.mark.usefixtures("budgets")
def test_a_long_reply_is_nothing_that_is_left_behind(covered, monkeypatch):
    target, reaches = covered
    looked_at = replays(monkeypatch)
    reaches.extend([{1}, {1}])
    requests = packet(1, "echo", text=b"x" * 200) * (2 * GROWTH // 200)
    execution = target.play([requests[: len(requests) // 2], requests[len(requests) // 2 :]], USUAL, number=1)
    assert execution.coverage
    assert sum(len(data) for _, data in execution.turns) > 3 * GROWTH
    assert looked_at == []


@pytest.mark.usefixtures("budgets")
def test_a_slow_case_is_not_played_dozens_of_times(monkeypatch):
    board = Board()
    target = InProcess(Player(TINY.server, None), Post(0, board, lambda _: os._exit(1)))
    looked_at = replays(monkeypatch)
    clock = iter([0.0, GROWTH_S / 2, 0.0, 2 * GROWTH_S, 0.0, 2 * GROWTH_S, 0.0, 2 * PATIENT_GROWTH_S])
    monkeypatch.setattr(inproc.time, "process_time", lambda: next(clock))
    counts, beats = [], []
    for patient in (False, False, True, True):
        before = board.snapshot()[9]
        target.play([packet(1, "echo")], USUAL, patient=patient, number=None if patient else 0)
        counts.append(len(looked_at))
        beats.append(board.snapshot()[9] - before)
    assert counts == [1, 1, 2, 2]
    assert beats == [2, 1, 2, 1]  # each play of a case is told, so nobody takes many for one without an end


@pytest.mark.usefixtures("budgets")
def test_what_a_server_does_once_is_no_cases_time():
    played = []

    def factory(options):
        played.append(options)
        return TINY.server(options)

    InProcess(Player(factory, None), Post(0, Board(), lambda _: os._exit(1)))
    assert len(played) == 1

import os
import signal
from contextlib import closing
from dataclasses import dataclass

import pytest

from fuzzers import cases
from fuzzers.oracles import Judge
from fuzzers.pool import Grown
from fuzzers.targets import process as process_module
from fuzzers.targets.board import PLAYING
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.orders import PlayOrder, SweepOrder
from fuzzers.targets.play import Player
from fuzzers.targets.process import STUCK_S, Process
from fuzzers.targets.worker import Job
from support.processes import is_gone
from support.tiny import TINY, packet
from support.waiting import until


def made(core: int | None = None) -> tuple[Process, Job]:
    player = Player(TINY.server, None)
    job = Job(lambda post: InProcess(player, post), Judge(TINY), cases(TINY, 1), inside=True)
    return Process(job, 0, core, []), job


def test_starts_on_demand_and_where_it_should():
    core = min(os.sched_getaffinity(0))
    process, _ = made(core)
    assert process.connection is None
    process.send(PlayOrder((packet(1, "echo"),)))
    assert process.connection is not None
    assert process.connection.recv().judged.verdict is None
    assert os.sched_getaffinity(process.pid) == {core}
    process.close()
    assert is_gone(process.pid)
    process.close()


def test_tells_what_the_pool_has_learnt_since():
    process, job = made()
    process.send(SweepOrder(0, 3))
    process.connection.recv()
    pool = job.cases.pool
    assert pool.offer(Grown((packet(5, "echo"),), 2, "", 0.0, 0, (1, 2)))
    sent = []
    process.connection = type("Pipe", (), {"send": staticmethod(sent.append), "close": process.connection.close})()
    process.send(SweepOrder(3, 5))
    process.send(SweepOrder(5, 7))
    assert [[grown.case for grown in order.news] for order in sent] == [[2], []]
    process.stop()


def test_ends_what_a_worker_left_behind():
    process, _ = made()
    process.send(PlayOrder((packet(1, "echo"),)))
    process.connection.recv()
    left = os.fork()
    if left == 0:
        os.setsid()
        signal.pause()
        os._exit(0)
    until(lambda: os.getpgid(left) == left)
    process.board.group = left
    with closing(process):
        os.kill(process.pid, signal.SIGKILL)
        assert os.WTERMSIG(process.reap()) == signal.SIGKILL
    assert os.WTERMSIG(os.waitpid(left, 0)[1]) == signal.SIGKILL


@dataclass
class Watched:
    """A process that is looked at, on a clock and with figures of its own."""

    process: Process
    now: float = 100.0
    computed: float = 0.0
    runnable: float = 0.0
    asleep: bool = True

    def stuck(self, looks: int, every: float, *, computed: float = 0.0, runnable: float = 0.0, beats: bool = False) -> bool:
        """Whether it seems stuck in one of some looks, between which the figures grow."""
        found = False
        for _ in range(looks):
            self.now += every
            self.computed += computed
            self.runnable += runnable
            if beats:
                self.process.board.beat()
            found = self.process.is_stuck() or found
        return found


@pytest.fixture
def watched(monkeypatch):
    process, _ = made()
    watched = Watched(process)
    monkeypatch.setattr(process_module.time, "monotonic", lambda: watched.now)
    for name, told in (("cpu_s", "computed"), ("runnable_s", "runnable"), ("is_asleep", "asleep")):
        monkeypatch.setattr(process_module, name, lambda _, told=told: getattr(watched, told))
    process.board.phase = PLAYING
    assert not process.is_stuck()
    return watched


LOOKS = int(2 * STUCK_S / 0.25)


def test_who_sleeps_or_computes_without_end_is_stuck(watched):
    assert watched.stuck(LOOKS, 0.25)
    watched.process.board.case += 1
    assert not watched.stuck(2, 0.25)
    assert watched.stuck(LOOKS, 0.25, computed=0.25, runnable=0.25)
    watched.process.board.case += 1
    assert not watched.stuck(2, 0.25)
    assert watched.stuck(LOOKS, 2.0, computed=0.25, runnable=2.0)  # on a busy machine, looked at now and then


def test_who_plays_a_case_again_and_again_is_not_stuck(watched):
    assert not watched.stuck(LOOKS, 0.25, computed=0.25, runnable=0.25, beats=True)


def test_who_waits_for_a_processor_is_not_stuck(watched):
    watched.asleep = False  # how long it waits already, the kernel does not tell yet
    assert not watched.stuck(LOOKS, 0.25)
    assert not watched.stuck(LOOKS, 0.25, runnable=0.25)


def test_nothing_is_known_about_a_time_without_looks(watched):
    assert not watched.stuck(4, 2 * STUCK_S)

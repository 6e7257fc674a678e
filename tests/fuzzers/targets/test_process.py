import os
import signal
from contextlib import closing

from fuzzers import cases
from fuzzers.oracles import Judge
from fuzzers.pool import Grown
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.orders import PlayOrder, SweepOrder
from fuzzers.targets.play import Player
from fuzzers.targets.process import Process
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

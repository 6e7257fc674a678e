import os
import signal
from contextlib import closing
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.model import Ending
from fuzzers.oracles import Judge
from fuzzers.targets import process, workers
from fuzzers.targets.command import free_port
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.making import executor_for
from fuzzers.targets.play import Player
from fuzzers.targets.worker import Job
from fuzzers.targets.workers import Workers
from support.lines import LINES, command
from support.processes import is_gone
from support.tiny import BLOCK, CRASH, EXIT, GREEDY, HANG, LEAK, SURELY, TINY, UNASKED, WRONG, packet
from workbench.api import Direction, PluginError, Seed, TargetError


@pytest.fixture
def executor():
    """Makes executors of the faulty server with given seeds; closes them and checks that no process is left."""
    made = []

    def make(*seeds: Seed, count: int = 2, spec=TINY, memory: int = 1 << 28) -> Workers:
        source = CaseSource(spec, corpus_of(spec, seeds), 1) if seeds else cases(spec, 1)
        player = Player(spec.training, spec.hints.secret)
        job = Job(lambda post: InProcess(player, post), Judge(spec), source, memory, inside=True)
        made.append(Workers(job, count, "inproc"))
        return made[-1]

    yield make
    for each in made:
        pids = [process.pid for process in each._processes if process.connection]
        each.close()
        each.close()
        assert all(is_gone(pid) for pid in pids)


def seeds(*kinds: int | str) -> list[Seed]:
    """One seed for each kind of request."""
    return [
        Seed(f"seed {number}", (packet(1, "echo"), packet(2, kind, (), SURELY if kind == HANG else b"")))
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kind", "fingerprint"),
    [
        (CRASH, "crash:IndexError:"),
        (HANG, "hang:endless loop:"),
        (WRONG, "reply:crc"),
        (LEAK, "leak:echo reply"),
        (EXIT, "crash:exit status 7:"),
        (UNASKED, "exchange:echo reply"),
    ],
)
def test_every_kind_of_failure_alone(executor, kind: int, fingerprint: str):
    target = executor()
    for patient in (False, True):
        judged = target.play([packet(1, "echo"), packet(2, kind, (), SURELY if kind == HANG else b"")], patient=patient)
        assert judged.verdict is not None
        assert judged.verdict.fingerprint.startswith(fingerprint)
    assert target.play([packet(1, "echo")]).verdict is None


def test_memory_has_a_limit(executor):
    # little memory: to fill much of it may take a loaded machine longer than a case may
    judged = executor(memory=1 << 22).play([packet(1, GREEDY, (), SURELY)], patient=True)
    assert judged.verdict is not None
    assert judged.verdict.fingerprint.startswith("crash:MemoryError")


def test_a_server_that_blocks_is_killed(executor, monkeypatch):
    monkeypatch.setattr(process, "STUCK_S", 0.3)
    monkeypatch.setattr(workers, "LOOK_S", 0.02)
    target = executor()
    judged = target.play([packet(1, BLOCK, (), SURELY)])
    assert judged.execution.ending is Ending.HUNG
    assert judged.verdict.fingerprint == "hang:no progress:"
    assert target.play([packet(1, "echo")]).verdict is None


@pytest.mark.parametrize("count", [1, 3])
def test_ranges_come_back_whole_and_in_order_whatever_breaks(executor, count: int):
    kinds = ["echo", CRASH, "sum", HANG, EXIT, "echo", EXIT, WRONG, "echo", HANG]
    target = executor(*seeds(*kinds), count=count)
    spans = list(target.sweep(0, len(kinds)))
    assert spans[0].start == 0
    assert [span.stop for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert spans[-1].stop == len(kinds)
    found = {suspect.case: suspect.verdict.oracle for span in spans for suspect in span.suspects}
    assert found == {1: "crash", 3: "hang", 4: "crash", 6: "crash", 7: "reply", 9: "hang"}
    assert target.restarts >= 4


def test_the_number_of_workers_changes_nothing(executor):
    def suspects(count: int) -> list[tuple[int, str]]:
        spans = executor(*seeds("echo", CRASH, WRONG), count=count).sweep(0, 300)
        return [(suspect.case, suspect.verdict.fingerprint) for span in spans for suspect in span.suspects]

    found = suspects(1)
    assert found == suspects(2)
    assert len(found) > 20


def test_a_sweep_may_be_left(executor):
    target = executor()
    sweep = target.sweep(0, None)
    first = next(sweep)
    sweep.close()
    assert first.start == 0
    assert all(process.order is None for process in target._processes)
    assert next(target.sweep(7, 9)).start == 7


def test_renew_gives_another_process(executor):
    target = executor()
    target.play([packet(1, "echo")])
    before = target._single.pid
    target.renew()
    target.play([packet(1, "echo")])
    assert target._single.pid != before


def test_a_decoder_that_does_not_end_is_the_plugins_fault(executor, monkeypatch):
    monkeypatch.setattr(process, "STUCK_S", 0.3)
    monkeypatch.setattr(workers, "LOOK_S", 0.02)

    def endless(message):
        while message.direction is Direction.TO_CLIENT:
            pass
        return ()

    target = executor(*seeds("echo"), spec=replace(TINY, check=endless))
    with pytest.raises(PluginError, match="decoder of tiny does not survive"):
        target.play([packet(1, "echo")])


def test_a_decoder_that_raises_is_the_plugins_fault(executor):
    def broken(context):
        return 1 // 0

    target = executor(*seeds("echo"), spec=replace(TINY, decoder=broken))
    with pytest.raises(PluginError, match="decoder of tiny raised ZeroDivisionError"):
        target.play([packet(1, "echo")])


def test_a_failure_of_the_engine_is_not_hidden(executor, monkeypatch):
    def broken(self, execution):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Judge, "judged", broken)
    with pytest.raises(RuntimeError, match="ours"):
        executor().play([packet(1, "echo")])


@pytest.fixture
def spawning():
    """An executor of the line server with two workers."""
    with closing(executor_for(LINES, cases(LINES, 1), TargetConfig(kind="command", command=command()), 2)) as made:
        yield made


def test_a_lost_worker_costs_no_case(spawning):
    spans = []
    for span in spawning.sweep(0, 400):
        if not spans:
            servers = [process.board.group for process in spawning._sweepers]
            for process in spawning._sweepers:
                os.kill(process.pid, signal.SIGKILL)
        spans.append(span)
    assert [span.stop for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert (spans[0].start, spans[-1].stop) == (0, 400)
    assert all(group == 0 or is_gone(group) for group in servers)
    assert spawning.restarts >= 2


def test_a_worker_that_is_killed_while_it_judges_is_a_loss_and_no_fault_of_the_decoder(executor, monkeypatch, tmp_path):
    usual, marker = Judge.judged, tmp_path / "killed"

    def killed(self, execution):
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return usual(self, execution)

    monkeypatch.setattr(Judge, "judged", killed)
    spans = list(executor().sweep(0, 40))
    assert marker.exists()
    assert [span.stop for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert (spans[0].start, spans[-1].stop) == (0, 40)


def test_workers_that_go_on_vanishing_are_our_fault(spawning, monkeypatch):
    monkeypatch.setattr(CaseSource, "case_at", lambda *_: os._exit(0))
    with pytest.raises(RuntimeError, match="vanish"):
        list(spawning.sweep(0, 400))


def test_a_server_that_cannot_be_started_is_told_as_such():
    config = TargetConfig(kind="command", command=("/nonexistent/server", "{port}"))
    with closing(executor_for(LINES, cases(LINES, 1), config)) as target:
        with pytest.raises(TargetError, match="cannot be started"):
            list(target.sweep(0, 3))
        with pytest.raises(TargetError, match="cannot be started"):
            target.play([b"hi\n"])


def test_one_server_for_all_is_left_alone_while_a_case_is_looked_into():
    bad = Seed("bad", (b"EXIT 1\n",))
    spec = replace(LINES, seeds=(*LINES.seeds, bad))
    number = len(LINES.seeds)
    words = tuple(word.replace("{port}", str(free_port())) for word in command())
    config = TargetConfig(kind="command", command=words, port=int(words[-1]), netns="off", executor="live")
    with closing(executor_for(spec, cases(spec, 1), config, 2)) as target:
        assert target.means.workers == 1
        for span in target.sweep(0, number + 40):
            for suspect in span.suspects:
                assert target.play([b"hi\n"]).verdict is None
                if suspect.case == number:
                    assert suspect.before == (range(number),)
                    assert span.stop == number + 1
        assert span.stop == number + 40


def test_a_suspect_says_what_its_server_had_met():
    spec = replace(
        LINES, seeds=(Seed("ok", (b"hi\n",)), Seed("bad", (b"EXIT 1\n",)), Seed("ok 2", (b"ho\n",)), Seed("bad 2", (b"ABORT\n",)))
    )
    config = TargetConfig(kind="command", command=command(), executor="live")
    with closing(executor_for(spec, cases(spec, 1), config)) as target:
        spans = list(target.sweep(0, 4))
    before = {suspect.case: suspect.before for span in spans for suspect in span.suspects}
    assert before == {1: (range(1),), 3: (range(2, 3),)}

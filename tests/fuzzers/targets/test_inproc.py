from dataclasses import replace

import pytest

from fuzzers import cases
from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.model import Ending
from fuzzers.oracles import Judge
from fuzzers.targets import inproc
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.play import Player
from fuzzers.targets.worker import Job
from support.processes import is_gone
from support.tiny import BLOCK, CRASH, EXIT, GREEDY, HANG, LEAK, SURELY, TINY, UNASKED, WRONG, packet
from workbench.api import Direction, PluginError, Seed


@pytest.fixture
def executor():
    """Makes executors of the faulty server with given seeds; closes them and checks that no process is left."""
    made = []

    def make(*seeds: Seed, workers: int = 2, spec=TINY, memory: int = 1 << 28) -> InProcess:
        source = CaseSource(spec, corpus_of(spec, seeds), 1) if seeds else cases(spec, 1)
        made.append(InProcess(Job(Player(spec.training, spec.hints.secret), Judge(spec), source, memory), workers))
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
    judged = executor(memory=1 << 24).play([packet(1, GREEDY, (), SURELY)], patient=True)
    assert judged.verdict is not None
    assert judged.verdict.fingerprint.startswith("crash:MemoryError")


def test_a_server_that_blocks_is_killed(executor, monkeypatch):
    monkeypatch.setattr(inproc, "STUCK_S", 0.3)
    monkeypatch.setattr(inproc, "LOOK_S", 0.02)
    target = executor()
    judged = target.play([packet(1, BLOCK, (), SURELY)])
    assert judged.execution.ending is Ending.HUNG
    assert judged.verdict.fingerprint == "hang:no progress:"
    assert target.play([packet(1, "echo")]).verdict is None


@pytest.mark.parametrize("workers", [1, 3])
def test_ranges_come_back_whole_and_in_order_whatever_breaks(executor, workers: int):
    kinds = ["echo", CRASH, "sum", HANG, EXIT, "echo", EXIT, WRONG, "echo", HANG]
    target = executor(*seeds(*kinds), workers=workers)
    spans = list(target.sweep(0, len(kinds)))
    assert spans[0].start == 0
    assert [span.stop for span in spans[:-1]] == [span.start for span in spans[1:]]
    assert spans[-1].stop == len(kinds)
    found = {suspect.case: suspect.verdict.oracle for span in spans for suspect in span.suspects}
    assert found == {1: "crash", 3: "hang", 4: "crash", 6: "crash", 7: "reply", 9: "hang"}
    assert target.restarts >= 4


def test_the_number_of_workers_changes_nothing(executor):
    def suspects(workers: int) -> list[tuple[int, str]]:
        spans = executor(*seeds("echo", CRASH, WRONG), workers=workers).sweep(0, 300)
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
    monkeypatch.setattr(inproc, "STUCK_S", 0.3)
    monkeypatch.setattr(inproc, "LOOK_S", 0.02)

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

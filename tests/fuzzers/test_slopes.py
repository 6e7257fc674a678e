import os
from functools import partial

import pytest

from fuzzers import slopes
from fuzzers.slopes import EVERY, LOOKS, TRIES, SlopeWatch, Usage, traced_growth, usage_of, used_growth

MB = 1 << 20


def tried(watch: SlopeWatch, usages) -> int:
    """How many cases are tried while the server is seen like this, one look after the other."""
    count = 0
    for usage in usages:
        count += sum(watch.met(partial(Usage, usage.memory, usage.descriptors)) for _ in range(EVERY))
    return count


def test_steady_growth_is_suspicious():
    assert tried(SlopeWatch(), [Usage(look * MB) for look in range(LOOKS + 2)]) > 0
    assert tried(SlopeWatch(), [Usage(0, 5 * look) for look in range(LOOKS + 2)]) > 0


@pytest.mark.parametrize(
    "usages",
    [
        [Usage(MB)] * 99,
        [Usage(min(look, 5) * MB) for look in range(99)],  # a cache that is full
        [Usage(50 * MB * (look % 4)) for look in range(99)],  # comes and goes
        [Usage(4096 * look) for look in range(99)],  # too little to be anything
        [Usage(0, look // 9) for look in range(99)],
    ],
)
def test_caches_and_heaps_are_not(usages):
    assert tried(SlopeWatch(), usages) == 0


def test_a_new_server_is_looked_at_anew():
    watch = SlopeWatch()
    assert tried(watch, [Usage(look * MB) for look in range(LOOKS)]) == 0
    watch.begin()
    assert tried(watch, [Usage(look * MB) for look in range(LOOKS)]) == 0


def test_it_takes_more_each_time_that_nothing_was_found():
    watch = SlopeWatch()
    slow = [Usage(look * (MB // LOOKS)) for look in range(LOOKS + 2)]
    assert tried(watch, slow) == TRIES
    assert tried(watch, slow) == 0
    assert tried(watch, [Usage(look * MB) for look in range(LOOKS + 2)]) == TRIES


class Leaky:
    """Something that grows by so much for each case, up to `full` cases."""

    def __init__(self, memory: int = 0, descriptors: float = 0, full: int = 10**9):
        self.cases = 0
        self.memory, self.descriptors, self.full = memory, descriptors, full

    def play(self) -> bool:
        self.cases += 1
        return True

    def look(self) -> Usage:
        cases = min(self.cases, self.full)
        return Usage(cases * self.memory, int(cases * self.descriptors))


def test_what_is_kept_of_each_case():
    for leaky, kind, each in (
        (Leaky(1000), "memory", 1000),
        (Leaky(descriptors=2), "descriptors", 2),
        (Leaky(9, 0.5), "descriptors", 0.5),
    ):
        growth = used_growth(leaky.play, leaky.look)
        assert growth is not None
        assert (growth.kind, growth.each) == (kind, each)
        assert "times in a row" in growth.text


@pytest.mark.parametrize(
    "leaky", [Leaky(), Leaky(memory=100), Leaky(MB, full=90), Leaky(descriptors=1, full=90), Leaky(MB, full=8)]
)
def test_a_cache_that_fills_is_no_leak(leaky):
    assert used_growth(leaky.play, leaky.look) is None


def test_a_case_that_cannot_be_played_again_proves_nothing():
    leaky = Leaky(MB)
    assert used_growth(lambda: leaky.play() and leaky.cases < 20, leaky.look) is None


KEPT: list[bytes] = []


def test_every_byte_that_a_module_keeps_is_seen():
    try:
        growth = traced_growth(lambda: KEPT.append(bytes(300)))
    finally:
        KEPT.clear()
    assert growth is not None
    assert growth.kind == "memory"
    assert 300 <= growth.each < 400
    assert growth.where.startswith("test_slopes: growth = traced_growth(lambda: KEPT.append(bytes(#)))")


def test_what_refers_to_itself_is_given_back_in_the_end():
    def circle():
        mine: list = [bytes(10_000)]
        mine.append(mine)

    assert traced_growth(circle) is None
    assert traced_growth(lambda: bytes(1000)) is None


def test_what_the_interpreter_keeps_for_itself_is_no_leak():
    class Point:
        __match_args__ = ("x", "y")

        def __init__(self):
            self.x, self.y = 1, 2

    def matches():
        for _ in range(9):
            match Point():
                case Point(x, y):
                    assert x < y

    assert traced_growth(matches) is None


def test_tracing_that_somebody_else_began_goes_on(monkeypatch):
    stopped = []
    monkeypatch.setattr(slopes.tracemalloc, "is_tracing", lambda: True)
    monkeypatch.setattr(slopes.tracemalloc, "stop", lambda: stopped.append(True))
    slopes.tracemalloc.start()
    try:
        assert traced_growth(lambda: None) is None
    finally:
        monkeypatch.undo()
        slopes.tracemalloc.stop()
    assert not stopped


def test_what_processes_hold():
    usage = usage_of([os.getpid(), 2**22 + 1])
    file = os.open(os.devnull, os.O_RDONLY)
    try:
        assert usage_of([os.getpid()]).descriptors == usage.descriptors + 1
    finally:
        os.close(file)
    assert usage.memory > MB

import pytest

from fuzzers.targets import watchers
from fuzzers.targets.watchers import PATIENCE, QUIET_LOOKS, ProcessWatcher, SilenceWatcher


class Tree:
    """A process tree that does what the test says."""

    quiet = True
    cpu = 0
    fresh = 0
    threads = 2

    def __len__(self):
        return self.threads

    def refresh(self):
        self.fresh -= 1
        return self.fresh >= 0

    def is_quiet(self):
        return self.quiet

    def cpu_ns(self):
        return self.cpu


class Clock:
    """Seconds that pass when told to."""

    now = 50.0

    def __call__(self):
        return self.now


def test_a_server_is_done_when_it_slept_several_times_in_a_row():
    tree = Tree()
    watcher = ProcessWatcher(tree)
    watcher.begin()
    looks = [watcher.is_done() for _ in range(QUIET_LOOKS)]
    assert looks == [False] * (QUIET_LOOKS - 1) + [True]
    tree.quiet = False
    assert not watcher.is_done()
    tree.quiet = True
    assert not watcher.is_done()
    watcher.said()
    assert [watcher.is_done() for _ in range(QUIET_LOOKS)] == looks


def test_a_thread_that_is_alone_is_woken_by_nobody_else():
    tree = Tree()
    tree.threads = 1
    watcher = ProcessWatcher(tree)
    watcher.begin()
    assert watcher.is_done()
    tree.fresh = 1  # it is alone no more
    assert not watcher.is_done()
    watcher.patient = True
    assert [watcher.is_done() for _ in range(QUIET_LOOKS * PATIENCE)].count(True) == 1


def test_a_thread_that_was_just_started_counts():
    tree = Tree()
    watcher = ProcessWatcher(tree)
    watcher.begin()
    tree.fresh = 1
    looks = [watcher.is_done() for _ in range(2 * QUIET_LOOKS)]
    assert looks == [False] * (2 * QUIET_LOOKS - 1) + [True]


def test_processor_time_makes_a_hang():
    tree = Tree()
    watcher = ProcessWatcher(tree)
    tree.cpu = 7_000_000_000
    watcher.begin()
    assert watcher.hang() is None  # from here on it counts
    tree.cpu += watchers.HANG_CPU_NS
    assert watcher.hang() is None
    tree.cpu += 1
    assert watcher.hang().kind == "endless loop"
    watcher.patient = True
    assert watcher.hang() is None
    tree.cpu += PATIENCE * watchers.HANG_CPU_NS
    assert watcher.hang() is not None


def test_no_progress_makes_a_hang(monkeypatch):
    monkeypatch.setattr(watchers, "STUCK_S", -1.0)
    watcher = ProcessWatcher(Tree())
    watcher.begin()
    assert watcher.hang().kind == "no progress"


def test_silence_is_measured_by_the_slowest_reply():
    clock = Clock()
    watcher = SilenceWatcher(clock)
    watcher.begin()
    assert watcher.silence == watchers.FIRST_SILENCE_S
    watcher.said()
    clock.now += 0.01
    watcher.heard()
    assert watcher.silence == pytest.approx(0.01 * watchers.SILENCE_FACTOR)
    clock.now += 0.07
    assert not watcher.is_done()
    clock.now += 0.02
    assert watcher.is_done()
    watcher.said()  # silence before we speak is not slowness
    clock.now += 0.001
    watcher.heard()
    remembered = 0.01 * watchers.FADING * watchers.SILENCE_FACTOR  # and what was slow once fades
    assert watcher.silence == pytest.approx(remembered)
    watcher.patient = True
    assert watcher.silence == pytest.approx(remembered * PATIENCE)


def test_silence_has_bounds():
    clock = Clock()
    watcher = SilenceWatcher(clock)
    watcher.begin()
    clock.now += 0.0001
    watcher.heard()
    assert watcher.silence == watchers.SHORTEST_SILENCE_S
    clock.now += 60
    watcher.heard()
    assert watcher.silence == watchers.LONGEST_SILENCE_S


def test_a_server_that_talks_without_end():
    clock = Clock()
    watcher = SilenceWatcher(clock)
    watcher.begin()
    assert watcher.hang() is None
    clock.now += 3 * watchers.STUCK_S
    assert watcher.hang().kind == "no progress"

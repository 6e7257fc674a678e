import threading
from contextlib import contextmanager

import pytest

from support.conformance import canned
from workbench.api import Check, CheckFailed, CheckSkipped, Level, TargetError
from workbench.conformance import Checked, Finished, MemoryPeer, MemoryTarget, Started, Verdict, examine, selected

ECHO = canned(b"hello")


def check(run, name="one", level=Level.MUST, section="RFC 1 2.3"):
    return Check(name=name, section=section, rule="It says hello", run=run, level=level)


def passes(peer):
    peer.send(b"hi")
    if peer.receive() != b"hello":
        raise CheckFailed("no hello")


def fails(peer):
    peer.send(b"hi")
    raise CheckFailed(f"expected silence, got {peer.receive()!r}")


def skips(_):
    raise CheckSkipped("not here")


def breaks(_):
    raise ZeroDivisionError("my own fault")


def run(*checks, target=None, **more):
    *events, last = examine(checks, target or MemoryTarget(server=ECHO), **more)
    assert isinstance(last, Finished)
    assert isinstance(events[0], Started)
    assert events[0].total == len(checks) == len(events) - 1
    assert {event.result for event in events[1:] if isinstance(event, Checked)} == set(last.results)
    return last


def test_verdicts():
    last = run(check(passes, "a"), check(fails, "b"), check(fails, "c", Level.SHOULD), check(skips, "d"), check(breaks, "e"))
    assert [(result.check.name, result.verdict, result.detail) for result in last.results] == [
        ("a", Verdict.PASSED, ""),
        ("b", Verdict.FAILED, "expected silence, got b'hello'"),
        ("c", Verdict.FAILED, "expected silence, got b'hello'"),
        ("d", Verdict.SKIPPED, "not here"),
        ("e", Verdict.ERROR, "the check raised ZeroDivisionError: my own fault"),
    ]
    assert (last.totals.passed, last.totals.breaches, last.totals.warnings, last.totals.skipped, last.totals.errors) == (
        1,
        1,
        1,
        1,
        1,
    )


def test_what_went_over_the_wire_is_kept():
    (result,) = run(check(passes)).results
    assert (result.sent, result.received) == (2, 5)
    assert [(turn.kind, turn.data) for turn in result.transcript] == [("sent", b"hi"), ("received", b"hello")]


def test_a_check_that_says_nothing_still_failed():
    def run_it(_):
        raise CheckFailed

    (result,) = run(check(run_it)).results
    assert (result.verdict, result.detail) == (Verdict.FAILED, "it gave no reason")


class Crashing:
    closed = False

    def receive(self, data):
        raise KeyError("planted")

    def pull(self):
        return b""

    def wakeup(self, now_ns):
        return b""

    def drain(self):
        return b""


@pytest.mark.parametrize("after", [lambda _: None, skips, breaks, fails])
def test_a_server_that_raises_fails_whatever_the_check_thinks(after):
    def run_it(peer):
        peer.send(b"hi")
        after(peer)

    (result,) = run(check(run_it), target=MemoryTarget(server=lambda _: Crashing)).results
    assert result.verdict is Verdict.FAILED
    assert result.detail.startswith("the server raised KeyError: 'planted'")


def test_a_server_that_cannot_begin_is_no_pass():
    def broken(_):
        raise OSError("no room")

    (result,) = run(check(passes), target=MemoryTarget(server=broken)).results
    assert (result.verdict, result.detail) == (Verdict.ERROR, "no connection could be made: OSError: no room")


class Mortal:
    """A target that takes so many connections and no more."""

    def __init__(self, lives):
        self.lives = lives

    @contextmanager
    def session(self, transcript, budget):
        if not self.lives:
            raise TargetError("nobody is there")
        self.lives -= 1
        yield MemoryPeer(ECHO, transcript=transcript, budget=budget)


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_target_that_goes_away_ends_the_run(jobs):
    checks = [check(passes, f"c{number}") for number in range(8)]
    last = run(*checks, target=Mortal(5), jobs=jobs)
    assert (last.totals.passed, last.totals.not_run) == (5, 3)
    assert {result.detail for result in last.results if result.verdict is Verdict.NOT_RUN} == {
        "the target is gone: nobody is there"
    }
    assert not last.totals.conforms


def test_a_target_that_goes_away_in_a_check_fails_it():
    def run_it(_):
        raise TargetError("nobody is there")

    (result,) = run(check(run_it)).results
    assert (result.verdict, result.detail) == (Verdict.FAILED, "the target took no further connection: nobody is there")


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_check_that_takes_too_long_is_cut_off():
    clock = Clock()

    def run_it(peer):
        while True:
            clock.now += 1
            peer.send(b"again")

    (result,) = run(check(run_it), clock=clock, check_s=10).results
    assert (result.verdict, result.detail) == (Verdict.ERROR, "it was not over after 10 s")
    assert clock.now == 10


def test_a_run_that_takes_too_long_leaves_the_rest():
    clock = Clock()

    def run_it(_):
        clock.now += 4

    last = run(*(check(run_it, f"c{number}") for number in range(5)), clock=clock, run_s=10)
    assert [result.verdict for result in last.results] == [Verdict.PASSED] * 3 + [Verdict.NOT_RUN] * 2
    assert last.results[-1].detail == "the time for all checks is over"


def test_jobs_run_at_the_same_time_and_results_keep_their_order():
    together = threading.Barrier(3, timeout=30)
    last = run(*(check(lambda _: together.wait() and None, f"c{number}") for number in range(3)), jobs=3)
    assert [result.check.name for result in last.results] == ["c0", "c1", "c2"]
    assert last.totals.passed == 3


def test_selected_by_name_section_and_level():
    checks = (
        check(passes, "chunk-size", section="RFC 9112 7.1"),
        check(passes, "host", section="RFC 9112 3.2"),
        check(passes, "chunk-end", Level.SHOULD, section="RFC 9112 7.1"),
    )

    def names(*patterns, level=None):
        return [found.name for found in selected(checks, patterns, level)]

    assert names() == ["chunk-size", "host", "chunk-end"]
    assert names("chunk*") == ["chunk-size", "chunk-end"]
    assert names("RFC 9112 3*", "*-end") == ["host", "chunk-end"]
    assert names("chunk*", level=Level.SHOULD) == ["chunk-end"]
    assert names("nothing") == []

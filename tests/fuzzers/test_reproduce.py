from fuzzers.model import Ending, Execution, Verdict
from fuzzers.reproduce import TIMES, Outcome, Trial, attempt
from fuzzers.targets.executor import Judged

CRASH, OTHER = Verdict("crash", "", "crash:a"), Verdict("crash", "", "crash:b")


def trial(*verdicts: Verdict | None) -> Trial:
    return Trial(tuple(Judged(Execution((), Ending.OPEN), verdict) for verdict in verdicts))


def test_all_must_agree():
    assert trial(CRASH, CRASH, CRASH).agreed == CRASH
    assert trial(CRASH, None, CRASH).agreed is None
    assert trial(CRASH, OTHER, CRASH).agreed is None
    assert trial(None, None, None).agreed is None


def test_outcomes():
    assert trial(CRASH, CRASH).outcome is Outcome.FAILED
    assert trial(CRASH, None).outcome is Outcome.FLAKY
    assert trial(None, None).outcome is Outcome.FIXED


def test_failing_differently_is_failing():
    assert trial(CRASH, OTHER).outcome is Outcome.FAILED
    assert trial(OTHER, OTHER).outcome is Outcome.FAILED


def test_every_attempt_meets_a_fresh_target_and_patience():
    calls = []

    class Target:
        restarts = 0

        def renew(self):
            calls.append("renew")

        def play(self, messages, conduct, *, patient=False):
            calls.append((messages, patient))
            return Judged(Execution((), Ending.OPEN), None)

        def sweep(self, first, last):
            raise AssertionError

        def close(self):
            raise AssertionError

    attempt(Target(), (b"x",))
    assert calls == ["renew", ((b"x",), True)] * TIMES

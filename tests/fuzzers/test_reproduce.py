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


def test_outcomes_against_a_known_defect():
    assert trial(CRASH, CRASH).outcome("crash:a") is Outcome.FAILED
    assert trial(CRASH, None).outcome("crash:a") is Outcome.FLAKY
    assert trial(CRASH, OTHER).outcome("crash:a") is Outcome.FLAKY
    assert trial(None, None).outcome("crash:a") is Outcome.FIXED
    assert trial(OTHER, OTHER).outcome("crash:a") is Outcome.FIXED


def test_every_attempt_meets_a_fresh_target_and_patience():
    calls = []

    class Target:
        restarts = 0

        def renew(self):
            calls.append("renew")

        def play(self, messages, *, patient=False):
            calls.append((messages, patient))
            return Judged(Execution((), Ending.OPEN), None)

        def sweep(self, first, last):
            raise AssertionError

        def close(self):
            raise AssertionError

    attempt(Target(), (b"x",))
    assert calls == ["renew", ((b"x",), True)] * TIMES

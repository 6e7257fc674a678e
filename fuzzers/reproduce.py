"""Does it fail every time, alone, on a fresh target? What is believed about findings comes from here."""

from dataclasses import dataclass
from enum import Enum

from fuzzers.model import USUAL, Conduct, Verdict
from fuzzers.targets.executor import Executor, Judged

__all__ = ["TIMES", "Outcome", "Trial", "attempt"]

TIMES = 3
"""Executions that must all fail alike before a finding is believed; two agree by chance too often."""


class Outcome(Enum):
    """What replaying a finding shows."""

    FAILED = "FAILED"
    """It still fails, every time, as recorded or differently."""
    FIXED = "FIXED"
    """Nothing wrong was seen, not once."""
    FLAKY = "FLAKY"
    """It fails sometimes."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Several executions of one case, each on a fresh target."""

    judged: tuple[Judged, ...]

    @property
    def verdicts(self) -> tuple[Verdict | None, ...]:
        """What the oracles said each time."""
        return tuple(each.verdict for each in self.judged)

    @property
    def agreed(self) -> Verdict | None:
        """The verdict that all executions share; None when they differ or found nothing."""
        first = self.verdicts[0]
        if first is None or any(each is None or each.fingerprint != first.fingerprint for each in self.verdicts):
            return None
        return first

    @property
    def outcome(self) -> Outcome:
        """Whether anything is wrong: a defect that looks different is there all the same."""
        wrong = sum(each is not None for each in self.verdicts)
        if wrong == len(self.verdicts):
            return Outcome.FAILED
        return Outcome.FLAKY if wrong else Outcome.FIXED


def attempt(executor: Executor, messages: tuple[bytes, ...], conduct: Conduct = USUAL, times: int = TIMES) -> Trial:
    """Play a case several times, each on a fresh target and with patience. Raises `TargetError` when that cannot be started."""
    judged = []
    for _ in range(times):
        executor.renew()
        judged.append(executor.play(messages, conduct, patient=True))
    return Trial(tuple(judged))

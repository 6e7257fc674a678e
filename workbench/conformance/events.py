"""What a run of checks tells: it started, a check was done, it finished. Frozen facts; nothing here runs anything."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from workbench.api import Check, Level
from workbench.conformance.transcript import Turn

__all__ = ["Checked", "Event", "Finished", "Result", "Started", "Totals", "Verdict"]


class Verdict(Enum):
    """What became of a check. ERROR: the check itself is broken, or could not come to its end; that says nothing about the target."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Result:
    """One check and its verdict; `detail` says what was expected and what came, or why there is no answer."""

    check: Check
    verdict: Verdict
    detail: str = ""
    duration_ns: int = 0
    sent: int = 0
    received: int = 0
    transcript: tuple[Turn, ...] = field(default=(), repr=False)

    @property
    def breach(self) -> bool:
        """Whether the target broke a rule that it must keep."""
        return self.verdict is Verdict.FAILED and self.check.level is Level.MUST

    @property
    def warning(self) -> bool:
        """Whether the target broke a rule that it should keep."""
        return self.verdict is Verdict.FAILED and self.check.level is Level.SHOULD


@dataclass(frozen=True, slots=True)
class Totals:
    """How many checks came to which end; `breaches` are the failed ones of level MUST, `warnings` those of SHOULD."""

    passed: int = 0
    breaches: int = 0
    warnings: int = 0
    skipped: int = 0
    errors: int = 0
    not_run: int = 0
    duration_ns: int = 0

    @staticmethod
    def of(results: Iterable[Result], duration_ns: int) -> "Totals":
        """Count."""
        found = list(results)
        verdicts = Counter(result.verdict for result in found)
        return Totals(
            verdicts[Verdict.PASSED],
            sum(result.breach for result in found),
            sum(result.warning for result in found),
            verdicts[Verdict.SKIPPED],
            verdicts[Verdict.ERROR],
            verdicts[Verdict.NOT_RUN],
            duration_ns,
        )

    @property
    def total(self) -> int:
        """All checks of the run."""
        return self.passed + self.breaches + self.warnings + self.skipped + self.errors + self.not_run

    @property
    def conforms(self) -> bool:
        """Whether nothing that must hold was broken or is unknown. Warnings and skipped checks do not count."""
        return not (self.breaches or self.errors or self.not_run)


@dataclass(frozen=True, slots=True)
class Started:
    """So many checks are to be done."""

    total: int


@dataclass(frozen=True, slots=True)
class Checked:
    """One is done. They come in the order of their ends."""

    result: Result


@dataclass(frozen=True, slots=True)
class Finished:
    """All are done; `results` are in the order of the checks."""

    totals: Totals
    results: tuple[Result, ...] = field(repr=False)


Event = Started | Checked | Finished

"""Puts checks to a target, one by one or several at a time, and tells what became of each. Prints nothing."""

import fnmatch
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass

from workbench.api import Check, CheckFailed, CheckSkipped, Level, TargetError
from workbench.conformance.budget import Budget, OutOfTimeError
from workbench.conformance.events import Checked, Event, Finished, Result, Started, Totals, Verdict
from workbench.conformance.target import Target
from workbench.conformance.transcript import Transcript

__all__ = ["CHECK_S", "RUN_S", "examine", "selected"]

CHECK_S = 120.0
"""What one check may take: twice the longest time-out that servers commonly have of their own, for checks that wait for it."""

RUN_S = 1800.0
"""What a whole run may take: hundreds of checks that all wait in vain for a server that never answers."""


def selected(checks: Sequence[Check], patterns: Sequence[str] = (), level: Level | None = None) -> tuple[Check, ...]:
    """Those whose name or section fits one of the shell patterns (any without), of one level or of both."""
    return tuple(
        check
        for check in checks
        if (level is None or check.level is level)
        and (not patterns or any(fnmatch.fnmatchcase(text, like) for like in patterns for text in (check.name, check.section)))
    )


def examine(
    checks: Sequence[Check],
    target: Target,
    *,
    jobs: int = 1,
    check_s: float = CHECK_S,
    run_s: float = RUN_S,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Event]:
    """Do all checks: `Started`, a `Checked` for each as it ends, `Finished`. Never raises because of a check or the target.

    A target that stops taking connections ends the run: what is left was not run. So does the end of `run_s` (seconds).
    """
    began = clock()
    run = _Run(target, check_s, Budget.of(run_s, clock), clock)
    yield Started(len(checks))
    results: dict[int, Result] = {}
    for index, result in _done(run, checks, jobs):
        results[index] = result
        yield Checked(result)
    ordered = tuple(results[index] for index in range(len(checks)))
    yield Finished(Totals.of(ordered, int((clock() - began) * 1e9)), ordered)


def _done(run: "_Run", checks: Sequence[Check], jobs: int) -> Iterator[tuple[int, Result]]:
    if jobs == 1:
        yield from ((index, run.do(check)) for index, check in enumerate(checks))
        return
    with ThreadPoolExecutor(jobs, "check") as pool:
        waiting: dict[Future[Result], int] = {pool.submit(run.do, check): index for index, check in enumerate(checks)}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Run:
    """What the checks of a run share; `over` says why no more of them are begun."""

    target: Target
    check_s: float
    budget: Budget
    clock: Callable[[], float]
    over: str = ""

    def do(self, check: Check) -> Result:
        """One check on a fresh connection."""
        transcript = Transcript()
        began = self.clock()
        if began >= self.budget.deadline_s:
            self.over = self.over or "the time for all checks is over"
        if self.over:
            return Result(check, Verdict.NOT_RUN, self.over)
        budget = Budget(min(began + self.check_s, self.budget.deadline_s), self.clock)
        verdict, detail = self._verdict(check, transcript, budget)
        if transcript.crash and verdict is not Verdict.NOT_RUN:
            # whatever the check thinks of the answers: a server that raises has broken down
            verdict, detail = Verdict.FAILED, f"the server raised {transcript.crash}" + (f"; {detail}" if detail else "")
        return Result(
            check,
            verdict,
            detail,
            int((self.clock() - began) * 1e9),
            transcript.sent,
            transcript.received,
            tuple(transcript.turns),
        )

    def _verdict(self, check: Check, transcript: Transcript, budget: Budget) -> tuple[Verdict, str]:
        with ExitStack() as stack:
            try:
                peer = stack.enter_context(self.target.session(transcript, budget))
            except TargetError as error:
                self.over = self.over or f"the target is gone: {error.message}"
                return Verdict.NOT_RUN, self.over
            except Exception as error:  # a server in this process that cannot even begin
                return Verdict.ERROR, f"no connection could be made: {type(error).__name__}: {error}"
            try:
                check.run(peer)
            except CheckFailed as failure:
                return Verdict.FAILED, str(failure) or "it gave no reason"
            except CheckSkipped as reason:
                return Verdict.SKIPPED, str(reason)
            except TargetError as error:
                return Verdict.FAILED, f"the target took no further connection: {error.message}"
            except OutOfTimeError:
                return Verdict.ERROR, f"it was not over after {self.check_s:g} s"
            except Exception as error:  # a defect of the check must not look like one of the target, nor like a pass
                return Verdict.ERROR, f"the check raised {type(error).__name__}: {error}"
        return Verdict.PASSED, ""

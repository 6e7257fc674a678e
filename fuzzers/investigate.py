"""From a suspicion to a finding: is it real, what is the least that shows it, and onto the disk with it."""

import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fuzzers.case_file import CaseFile
from fuzzers.finding_folder import write_finding
from fuzzers.fingerprints import slug_of
from fuzzers.minimize import Minimizer
from fuzzers.model import Case, Conduct, Finding, Parting, Verdict
from fuzzers.reproduce import Trial, attempt
from fuzzers.same_defect import SameDefect
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor
from fuzzers.targets.sandbox import located
from workbench.api import Direction, ProtocolSpec, TargetError

__all__ = ["Investigator", "probe_of"]

MAX_BEFORE = 512
"""Cases before a crash that are played again, when the case alone does not show it."""


def probe_of(spec: ProtocolSpec) -> tuple[bytes, ...]:
    """An ordinary message that a healthy server answers: the first one of the first seed."""
    return spec.seeds[0].messages[:1] if spec.seeds else ()


@dataclass(frozen=True, slots=True)
class Investigator:
    """Works for one campaign, or for one finding folder; writes into `directory` (the one that holds finding folders), in there always
    into `own` where that is given."""

    spec: ProtocolSpec
    executor: Executor
    target: TargetConfig
    directory: Path
    campaign_seed: int
    plugins: tuple[str, ...] = ()
    own: str = ""

    def confirm(self, case: Case) -> Trial:
        """Play a case on fresh targets. Raises `TargetError` when the target cannot be started again."""
        return attempt(self.executor, case.messages, case.conduct)

    def finding(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Minimise a confirmed case and write its folder. What the minimiser reached counts only if it is confirmed as well: where it is
        not, what one target remembers of earlier candidates misled it, and all is done again with a fresh one for each. A case of several
        connections is about what a target remembers, so that is done at once."""
        for fresh_each in (True,) if case.conduct.lanes else (False, True):
            fails = SameDefect(self.executor, verdict, fresh_each=fresh_each)
            minimizer = Minimizer(self.spec, fails, price=fails.last_price)
            try:
                messages = minimizer.minimize(case.messages, case.conduct, _said(trial))
                again = attempt(self.executor, messages, minimizer.conduct)
            except TargetError:  # it went away for good meanwhile; what is known is known
                break
            agreed = again.agreed
            if agreed is not None and agreed.fingerprint == verdict.fingerprint:
                return self._write(case, agreed, again, messages, minimizer.kept, minimizer.conduct)
            if not fails.remembers:
                break
        return self._write(case, verdict, trial)

    def with_history(self, case: Case, before: Sequence[range], history: Callable[[int], Case]) -> tuple[Case, Trial] | None:
        """A crash that a case alone does not show, shown by the last 1, 2, 4, … cases that its server had met before it, each on
        connections of its own; None where none of them does. The finding's minimiser then finds out which of them matter.

        `before` is `Suspect.before`; `history` gives a case by its number. Raises `TargetError` when the target cannot be started again.
        """
        earlier = [number for numbers in before for number in numbers][-MAX_BEFORE:]
        count = 1
        while count < 2 * len(earlier):
            whole = _one_after_the_other([*map(history, earlier[-count:]), case])
            self.executor.renew()
            found = self.executor.play(whole.messages, whole.conduct).verdict
            if found is not None and found.oracle == "crash":
                trial = attempt(self.executor, whole.messages, whole.conduct)
                if trial.agreed is not None:
                    return whole, trial
            count *= 2
        return None

    def unconfirmed(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Write down what killed a target that cannot be started again, or did so once and not again."""
        return self._write(case, verdict, trial, confirmed=False)

    def _write(
        self,
        case: Case,
        verdict: Verdict,
        trial: Trial,
        messages: tuple[bytes, ...] | None = None,
        kept: tuple[int, ...] = (),
        conduct: Conduct | None = None,
        *,
        confirmed: bool = True,
    ) -> Finding:
        """Without `messages`, the case is written as it was found."""
        file = CaseFile(
            protocol=self.spec.name,
            campaign_seed=self.campaign_seed,
            case=case.number,
            origin=case.origin,
            oracle=verdict.oracle,
            summary=verdict.summary,
            fingerprint=verdict.fingerprint,
            detail=verdict.detail,
            confirmed=confirmed,
            target=replace(self.target, command=located(self.target.command, Path.cwd())),
            messages=case.messages if messages is None else messages,
            original=case.messages,
            kept=tuple(range(len(case.messages))) if messages is None else kept,
            mutations=case.mutations,
            plugins=self.plugins,
            conduct=case.conduct if conduct is None else conduct,
            original_conduct=case.conduct,
            made_with=_made_with(),
        )
        folder = self.directory / (self.own or slug_of(verdict.oracle, verdict.fingerprint))
        return write_finding(folder, self.spec, file, trial.judged, probe_of(self.spec))


def _said(trial: Trial) -> int:
    """How many messages the longest of these executions had sent before it ended."""
    return max(sum(direction is Direction.TO_SERVER for direction, _ in each.execution.turns) for each in trial.judged)


def _one_after_the_other(cases: Sequence[Case]) -> Case:
    """The last of these cases, with the ones before it: a client that is done ends its side before the next one comes."""
    lanes: list[int] = []
    partings: list[Parting] = []
    for each in cases:
        own = [each.conduct.lane_of(message) for message in range(len(each.messages))]
        lanes += [len(partings) + lane for lane in own]
        left = [each.conduct.parting_of(lane) for lane in range(max(own, default=0) + 1)]
        partings += [Parting.HALF_CLOSE if parting is Parting.CLOSE and each is not cases[-1] else parting for parting in left]
    messages = tuple(raw for each in cases for raw in each.messages)
    return Case(cases[-1].number, cases[-1].origin, messages, conduct=Conduct.of(lanes, partings))


def _made_with() -> tuple[str, ...]:
    return (
        f"protocol-workbench {importlib.metadata.version('protocol-workbench')}",
        f"{platform.python_implementation()} {platform.python_version()}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
    )

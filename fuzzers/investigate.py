"""From a suspicion to a finding: is it real, what is the least that shows it, and onto the disk with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fuzzers.finding_folder import CaseFile, write_finding
from fuzzers.fingerprints import slug_of
from fuzzers.minimize import Minimizer, budget_for
from fuzzers.model import Case, Finding, Verdict
from fuzzers.reproduce import Trial, attempt
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor
from workbench.api import ProtocolSpec, TargetError

__all__ = ["Investigator", "probe_of"]

MAX_FRESH = 150
"""Servers started to minimise one finding: each costs a tenth of a second, so a finding costs a quarter of a minute at most."""
MAX_BEFORE = 512
"""Cases before a crash that are played again, all in one session, when the case alone does not show it."""


def probe_of(spec: ProtocolSpec) -> tuple[bytes, ...]:
    """An ordinary message that a healthy server answers: the first one of the first seed."""
    return spec.seeds[0].messages[:1] if spec.seeds else ()


@dataclass(frozen=True, slots=True)
class Investigator:
    """Works for one campaign, or for one finding folder; writes into `directory` (the one that holds finding folders)."""

    spec: ProtocolSpec
    executor: Executor
    target: TargetConfig
    directory: Path
    campaign_seed: int
    plugins: tuple[str, ...] = ()

    def confirm(self, case: Case) -> Trial:
        """Play a case on fresh targets. Raises `TargetError` when the target cannot be started again."""
        return attempt(self.executor, case.messages)

    def finding(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Minimise a confirmed case and write its folder. What the minimiser reached counts only if it is confirmed as well."""

        minimizer = Minimizer(self.spec, self._failing(verdict), budget_for(verdict.oracle))
        whole = case.messages, tuple(range(len(case.messages))), trial, verdict
        try:
            messages = minimizer.minimize(case.messages)
            again = attempt(self.executor, messages)
        except TargetError:  # it went away for good meanwhile; what is known is known
            return self._write(case, verdict, *whole[:3])
        agreed = again.agreed
        if agreed is None or agreed.fingerprint != verdict.fingerprint:
            messages, kept, again, agreed = whole
        else:
            kept = minimizer.kept
        return self._write(case, agreed, messages, kept, again)

    def _failing(self, verdict: Verdict) -> Callable[[tuple[bytes, ...]], bool]:
        """Whether a candidate shows the same defect.

        A command's server remembers what earlier candidates did to it. A candidate that fails on it must fail on a fresh one as well, and
        one of several messages is tried on a fresh one only; all of them are, from the first time that the two did not agree.
        """
        keeps_state = self.target.kind == "command"
        left = MAX_FRESH
        always = False

        def same(messages: tuple[bytes, ...]) -> bool:
            found = self.executor.play(messages).verdict
            return found is not None and found.fingerprint == verdict.fingerprint

        def fails(messages: tuple[bytes, ...]) -> bool:
            nonlocal left, always
            if not keeps_state:
                return same(messages)
            if not always and len(messages) == 1 and not same(messages):
                return False
            if not left:
                return False
            left -= 1
            self.executor.renew()
            failed = same(messages)
            always = always or (len(messages) == 1 and not failed)
            return failed

        return fails

    def with_history(self, case: Case, history: Callable[[int], Case]) -> tuple[Case, Trial] | None:
        """A crash that a case alone does not show, shown by one session of the last 1, 2, 4, … cases; None where none of them does.

        `history` gives a case by its number. Raises `TargetError` when the target cannot be started again.
        """
        count = 1
        while count <= min(case.number, MAX_BEFORE):
            earlier = [history(number) for number in range(case.number - count, case.number)]
            messages = tuple(raw for each in (*earlier, case) for raw in each.messages)
            self.executor.renew()
            found = self.executor.play(messages).verdict
            if found is not None and found.oracle == "crash":
                trial = attempt(self.executor, messages)
                if trial.agreed is not None:
                    return Case(case.number, case.origin, messages), trial
            count *= 2
        return None

    def unconfirmed(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Write down what killed a target that cannot be started again, or did so once and not again."""
        return self._write(case, verdict, case.messages, tuple(range(len(case.messages))), trial, confirmed=False)

    def _write(
        self,
        case: Case,
        verdict: Verdict,
        messages: tuple[bytes, ...],
        kept: tuple[int, ...],
        trial: Trial,
        *,
        confirmed: bool = True,
    ) -> Finding:
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
            target=self.target,
            messages=messages,
            original=case.messages,
            kept=kept,
            mutations=case.mutations,
            plugins=self.plugins,
        )
        folder = self.directory / slug_of(verdict.oracle, verdict.fingerprint)
        return write_finding(folder, self.spec, file, verdict, trial.judged[0].execution, probe_of(self.spec))

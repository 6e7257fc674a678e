"""From a suspicion to a finding: is it real, what is the least that shows it, and onto the disk with it."""

from dataclasses import dataclass
from pathlib import Path

from fuzzers.finding_folder import CaseFile, write_finding
from fuzzers.fingerprints import slug_of
from fuzzers.minimize import Minimizer, budget_for
from fuzzers.model import Case, Finding, Verdict
from fuzzers.reproduce import Trial, attempt
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor
from workbench.api import ProtocolSpec

__all__ = ["Investigator", "probe_of"]


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

    def confirm(self, case: Case) -> Trial:
        """Play a case on fresh targets. Raises `TargetError` when the target cannot be started again."""
        return attempt(self.executor, case.messages)

    def finding(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Minimise a confirmed case and write its folder. What the minimiser reached counts only if it is confirmed as well."""

        def fails(messages: tuple[bytes, ...]) -> bool:
            found = self.executor.play(messages).verdict
            return found is not None and found.fingerprint == verdict.fingerprint

        minimizer = Minimizer(self.spec, fails, budget_for(verdict.oracle))
        messages = minimizer.minimize(case.messages)
        kept = minimizer.kept
        again = attempt(self.executor, messages)
        agreed = again.agreed
        if agreed is None or agreed.fingerprint != verdict.fingerprint:
            messages, kept, again, agreed = case.messages, tuple(range(len(case.messages))), trial, verdict
        return self._write(case, agreed, messages, kept, again)

    def unconfirmed(self, case: Case, verdict: Verdict, trial: Trial) -> Finding:
        """Write down what killed a target that cannot be started again."""
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
        )
        folder = self.directory / slug_of(verdict.oracle, verdict.fingerprint)
        return write_finding(folder, self.spec, file, verdict, trial.judged[0].execution, probe_of(self.spec))

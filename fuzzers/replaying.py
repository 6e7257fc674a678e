"""Work on a finding from its folder alone: does it still fail, can it be made smaller?"""

import shlex
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fuzzers.case_file import CaseFile, read_case
from fuzzers.cases import CaseSource
from fuzzers.corpus import corpus_of
from fuzzers.investigate import Investigator
from fuzzers.model import Case, Finding
from fuzzers.report_page import plugin_words
from fuzzers.reproduce import TIMES, Outcome, attempt
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor
from fuzzers.targets.links.dialing import carrier_of
from fuzzers.targets.making import executor_for
from workbench.api import ProtocolSpec, Seed, UsageError

__all__ = ["Replay", "minimize", "replay"]


@dataclass(frozen=True, slots=True)
class Replay:
    """What replaying a finding showed: `failures` of `times` executions failed, `alike` of them as recorded;
    `seen` lists what each one showed."""

    folder: Path
    outcome: Outcome
    summary: str
    failures: int
    alike: int
    times: int
    seen: tuple[str, ...]


def replay(
    folder: Path, specs: Sequence[ProtocolSpec], *, target: TargetConfig | None = None, allow_host: str = "", times: int = TIMES
) -> Replay:
    """Play a finding's case several times, against the recorded target or another one.

    Raises `UsageError` for a folder that is none or a protocol that is not among `specs`, `TargetError` when the target cannot be reached.
    """
    case = read_case(folder, allow_host)
    with closing(_executor(case, specs, target)) as executor:
        trial = attempt(executor, case.messages, case.conduct, times)
    alike = sum(verdict is not None and verdict.fingerprint == case.fingerprint for verdict in trial.verdicts)
    seen = tuple(f"{verdict.oracle}: {verdict.summary}" if verdict is not None else "nothing wrong" for verdict in trial.verdicts)
    failures = sum(verdict is not None for verdict in trial.verdicts)
    return Replay(folder, trial.outcome, case.summary, failures, alike, times, seen)


def minimize(folder: Path, specs: Sequence[ProtocolSpec], *, allow_host: str = "") -> Finding:
    """Make a finding smaller, starting from the case as it was found, and rewrite its folder.

    Raises `UsageError` when it does not fail every time any more, and as `replay` does.
    """
    file = read_case(folder, allow_host)
    with closing(_executor(file, specs, None)) as executor:
        case = Case(file.case, file.origin, file.original, file.mutations, conduct=file.original_conduct)
        trial = attempt(executor, case.messages, case.conduct)
        agreed = trial.agreed
        if agreed is None or agreed.fingerprint != file.fingerprint:
            raise UsageError("the case does not fail every time any more", place=str(folder), remedy="Replay it first")
        spec = _spec_of(file, specs)
        place = folder.resolve()
        investigator = Investigator(spec, executor, file.target, place.parent, file.campaign_seed, file.plugins, place.name)
        return investigator.finding(case, agreed, trial)


def _spec_of(case: CaseFile, specs: Sequence[ProtocolSpec]) -> ProtocolSpec:
    for spec in specs:
        if spec.name == case.protocol:
            return spec
    words = plugin_words(case.plugins) or ["--plugin"]
    raise UsageError(
        f"the finding is about {case.protocol}, which is not installed", remedy=f"Load its plugin with {shlex.join(words)}"
    )


def _executor(case: CaseFile, specs: Sequence[ProtocolSpec], target: TargetConfig | None) -> Executor:
    spec = _spec_of(case, specs)
    corpus = corpus_of(spec, spec.seeds or (Seed("the case", case.messages),))
    return executor_for(
        spec, CaseSource(spec, corpus, case.campaign_seed), target or case.target, carrier=carrier_of(spec, specs)
    )

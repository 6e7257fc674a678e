"""A campaign: play case after case, and turn every new kind of failure into a confirmed, minimised finding on disk.

Cases are looked at in the order of their numbers, whoever played them first, so a campaign's findings depend on its seed, corpus and
target only. What limits a run by time decides how far it comes, not what it finds on the way.
"""

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from fuzzers.afl_files import AflFiles
from fuzzers.cases import CaseSource
from fuzzers.config import CampaignConfig
from fuzzers.corpus import corpus_of
from fuzzers.dictionary import with_tokens
from fuzzers.events import CampaignEvent, Ended, Examining, FindingFound, Progress, Reading, Reason, Started
from fuzzers.investigate import Investigator
from fuzzers.ledger import FINDINGS, LOCK, Ledger
from fuzzers.model import Case, Ending, Execution, Finding, Verdict
from fuzzers.reproduce import Trial
from fuzzers.seeds import gather
from fuzzers.store import FILE_NAME, Store
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor, Judged, Novel, Span, Suspect
from fuzzers.targets.links.dialing import carrier_of
from fuzzers.targets.making import executor_for
from workbench.api import Carrier, Direction, ProtocolSpec, TargetError, UsageError, WorkbenchError

__all__ = ["Campaign", "MakeExecutor"]

MakeExecutor = Callable[[ProtocolSpec, CaseSource, TargetConfig, int, Carrier | None], Executor]
"""From a target and a number of jobs to who plays the cases; nothing is started yet."""

MAX_TRIES = 3
"""A suspicion that did not repeat is looked into so often again when it comes back; a server that is only slow must not cost for ever."""


class Campaign:
    """One run of a campaign; see `CampaignConfig`. `around` are protocols that this one may travel in, where captures are read."""

    def __init__(
        self,
        spec: ProtocolSpec,
        config: CampaignConfig,
        clock: Callable[[], float] = time.monotonic,
        around: Sequence[ProtocolSpec] = (),
        make_executor: MakeExecutor = executor_for,
    ) -> None:
        if spec.name != config.protocol:
            raise UsageError(f"the campaign is about {config.protocol}, the protocol is {spec.name}")
        self._spec = spec
        self._config = config
        self._clock = clock
        self._around = around
        self._make_executor = make_executor
        self._stopping = False
        self._gone = False
        self._begun = False

    def stop(self) -> None:
        """Ask for an orderly end, from any thread: it comes in a fraction of a second, or after the finding that is being minimised."""
        self._stopping = True

    def run(self) -> Iterator[CampaignEvent]:
        """The campaign. Ends by itself as configured, by `stop`, by Ctrl-C (with `Ended` as usual) or when the iterator is closed; in
        every case what was found is saved and what was started is gone.

        Raises `UsageError` and `TargetError` before the first event when it cannot begin.
        """
        config = self._config
        with contextlib.ExitStack() as stack:
            store, target = yield from self._open_store()
            if not config.resume:
                stack.push(self._clear_after_false_start)
            meta = store.meta()
            spec = with_tokens(self._spec, [bytes.fromhex(token) for token in meta.get("tokens", ())])
            cases = CaseSource(spec, corpus_of(spec, store.corpus()), int(meta["seed"]))
            ledger = Ledger(store, config.directory, self._clock, cases.pool)
            stack.callback(ledger.close)
            executor = self._make_executor(spec, cases, target, config.jobs, carrier_of(spec, self._around))
            stack.callback(executor.close)
            executor.prepare()
            yield Started(
                protocol=self._spec.name,
                target=target.described(self._spec.name),
                seed=cases.seed,
                directory=config.directory,
                corpus=len(cases.pool),
                first_case=ledger.next_case,
                means=executor.means,
            )
            plugins = tuple(meta.get("plugins", ()))
            investigator = Investigator(self._spec, executor, target, config.directory / FINDINGS, cases.seed, plugins)
            afl = AflFiles(config.directory, self._spec.name)
            try:
                reason = yield from self._sweep(ledger, executor, cases, investigator, afl)
            except KeyboardInterrupt:
                reason = "interrupted"
            stats = ledger.stats(executor.restarts, executor.means)
            afl.update(stats, ledger.findings, last=True)
        yield Ended(reason, stats, tuple(ledger.findings))

    def _clear_after_false_start(self, kind: type[BaseException] | None, *_: object) -> None:
        """A campaign whose target could not even be started leaves nothing in the way of the next attempt."""
        if kind is not None and issubclass(kind, WorkbenchError) and not self._begun:
            for name in (FILE_NAME, f"{FILE_NAME}-wal", f"{FILE_NAME}-shm", LOCK):
                (self._config.directory / name).unlink(missing_ok=True)

    def _open_store(self) -> Generator[Reading, None, tuple[Store, TargetConfig]]:
        config = self._config
        if not config.resume:
            Store.check_free(config.directory)
            seeds = yield from gather(self._spec, config.sources, self._around)
            described = config.target.described(self._spec.name)
            facts: dict[str, Any] = {
                "protocol": self._spec.name,
                "seed": config.seed,
                "target": config.target.as_json(),
                "described": described,
                "plugins": [str(file.resolve()) for file in config.plugins],
                "states": [[*key, following] for key, following in self._spec.states.items()],
                "tokens": [token.hex() for token in config.tokens],
            }
            return Store.create(config.directory, facts, seeds), config.target
        store = Store.open(config.directory)
        facts = store.meta()
        if facts["protocol"] != self._spec.name:
            store.close()
            raise UsageError(f"this campaign is about {facts['protocol']}, not {self._spec.name}", place=str(config.directory))
        return store, TargetConfig.from_json(facts["target"], config.target.allow_host)

    def _sweep(
        self, ledger: Ledger, executor: Executor, cases: CaseSource, investigator: Investigator, afl: AflFiles
    ) -> Generator[CampaignEvent, None, Reason]:
        """Play cases and look into suspects until there is a reason to end."""
        ended = self._reason(ledger)
        if ended is not None:
            return ended
        with contextlib.closing(executor.sweep(ledger.next_case, self._config.cases)) as spans:  # type: ignore[type-var]
            for span in spans:
                self._begun = True
                ledger.walked(span.steps)
                for suspect in _in_order(span, ledger, cases):
                    finding = None
                    if not _is_counted(suspect, ledger):
                        stats = ledger.stats(executor.restarts, executor.means)
                        yield Examining(suspect.case, suspect.verdict.summary, stats)
                        finding = self._look_into(suspect, ledger, cases, investigator)
                    ledger.next_case = suspect.case + 1  # whatever ends this run counts no case twice
                    if finding is not None:
                        yield FindingFound(finding, ledger.stats(executor.restarts, executor.means))
                        if self._gone:
                            return "gone"
                    ended = self._reason(ledger)
                    if ended is not None:
                        return ended
                if ledger.reached(span.stop):
                    stats = ledger.stats(executor.restarts, executor.means)
                    afl.update(stats, ledger.findings)
                    yield Progress(stats)
                ended = self._reason(ledger)
                if ended is not None:
                    return ended
        return "cases"

    def _reason(self, ledger: Ledger) -> Reason | None:
        """Why to end now; None to go on."""
        config = self._config
        if self._stopping:
            return "stopped"
        if config.stop_after is not None and len(ledger.known) >= config.stop_after:
            return "findings"
        if config.cases is not None and ledger.next_case >= config.cases:
            return "cases"
        if config.seconds is not None and ledger.seconds >= config.seconds:
            return "seconds"
        return None

    def _look_into(self, suspect: Suspect, ledger: Ledger, cases: CaseSource, investigator: Investigator) -> Finding | None:
        """A new finding, or None for one that turns out to be known, or does not repeat."""
        verdict = suspect.verdict
        case = cases.case_at(suspect.case)
        finding: Finding | None
        try:
            trial = investigator.confirm(case)
            if trial.agreed is None and verdict.oracle == "crash":
                case, trial = investigator.with_history(case, suspect.before, cases.case_at) or (case, trial)
            agreed = trial.agreed
            if agreed is None:
                finding = self._doubt(suspect, case, ledger, investigator)
            elif agreed.fingerprint in ledger.known and ledger.is_settled(agreed.fingerprint):
                ledger.hit(agreed.fingerprint)
                return None
            else:
                finding = investigator.finding(case, agreed, trial)
        except TargetError:
            self._gone = True
            finding = investigator.unconfirmed(case, verdict, _seen(case, verdict, Ending.GONE))
        if finding is not None:
            ledger.found(finding)
        return finding

    def _doubt(self, suspect: Suspect, case: Case, ledger: Ledger, investigator: Investigator) -> Finding | None:
        """Count what did not repeat. A crash is kept all the same: a server that died, died."""
        verdict = suspect.verdict
        ledger.doubt(verdict.fingerprint, suspect.case, verdict.summary)
        if verdict.oracle != "crash" or verdict.fingerprint in ledger.known:
            return None
        return investigator.unconfirmed(case, verdict, _seen(case, verdict, Ending.CRASHED))


def _in_order(span: Span, ledger: Ledger, cases: CaseSource) -> Iterator[Suspect]:
    """The suspects of a span; what the cases before, between and behind them showed is offered to the pool meanwhile, in order."""
    told: list[Novel | Suspect] = [*span.novel, *span.suspects]
    for each in sorted(told, key=lambda one: one.case):
        if isinstance(each, Suspect):
            yield each
        else:
            ledger.shown(cases.found(cases.case_at(each.case), each.features, each.words))


def _is_counted(suspect: Suspect, ledger: Ledger) -> bool:
    """Whether counting is all there is to do: a finding that is settled, or a suspicion that was looked into often enough."""
    verdict = suspect.verdict
    if verdict.fingerprint in ledger.known and ledger.is_settled(verdict.fingerprint):
        ledger.hit(verdict.fingerprint)
        return True
    if ledger.tries(verdict.fingerprint) >= MAX_TRIES:
        ledger.doubt(verdict.fingerprint, suspect.case, verdict.summary)
        return True
    return False


def _seen(case: Case, verdict: Verdict, ending: Ending) -> Trial:
    """What is left of an execution that cannot be repeated: what was sent."""
    turns = tuple((Direction.TO_SERVER, raw) for raw in case.messages)
    return Trial((Judged(Execution(turns, ending), verdict),))

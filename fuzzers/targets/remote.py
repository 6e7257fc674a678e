"""The executor of targets with sockets: plays one case after the other, looks after the server, judges."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fuzzers.cases import CaseSource
from fuzzers.model import Ending, Execution, Failure
from fuzzers.oracles import Judge
from fuzzers.targets.address import Address
from fuzzers.targets.command import Command
from fuzzers.targets.executor import Judged, Span, Suspect
from fuzzers.targets.guardian import Guardian
from fuzzers.targets.watchers import ProcessWatcher, SilenceWatcher
from fuzzers.targets.wire import play_on_wire
from workbench.api import Direction

__all__ = ["Remote"]

SPAN_S = 0.05
"""How often a sweep reports, unless there is something to tell earlier."""


class Remote:
    """See `fuzzers.targets.executor.Executor`. `server` is owned and closed with the executor."""

    def __init__(self, server: Command | Address, judge: Judge, cases: CaseSource, guardian: Guardian | None = None) -> None:
        self.restarts = 0
        self._server = server
        self._judge = judge
        self._cases = cases
        self._guardian = guardian
        self._watcher = ProcessWatcher(lambda: server.tree) if isinstance(server, Command) else SilenceWatcher()
        self._started = False
        self._probe: tuple[bytes, ...] | None = None

    def sweep(self, first: int, last: int | None) -> Iterator[Span]:
        """Play cases in order; a span ends at each suspect, so that it is looked into while nothing else has happened."""
        number = start = first
        deadline = time.monotonic() + SPAN_S
        while last is None or number < last:
            verdict = self.play(self._cases.case_at(number).messages).verdict
            number += 1
            if verdict is not None or number == last or time.monotonic() > deadline:
                yield Span(start, number, (Suspect(number - 1, verdict),) if verdict is not None else ())
                start = number
                deadline = time.monotonic() + SPAN_S

    def play(self, messages: Sequence[bytes], *, patient: bool = False) -> Judged:
        """Play one case against the running server; starts it when necessary (and raises `TargetError` when that fails)."""
        if not self._started:
            self._start()
        self._watcher.patient = patient
        secret = self._judge.spec.hints.secret
        if secret is not None:
            play_on_wire(self._server.endpoint, secret.session.messages, self._watcher)
        execution = play_on_wire(self._server.endpoint, messages, self._watcher)
        execution = self._after(replace(execution, secret=secret is not None))
        if execution.ending in (Ending.CRASHED, Ending.GONE, Ending.HUNG):
            self.restarts += 1
            self.renew()
        return Judged(execution, self._judge.verdict(execution))

    def _start(self) -> None:
        self._server.start()
        self._started = True
        if self._probe is None:
            self._probe = self._find_probe()

    def _find_probe(self) -> tuple[bytes, ...]:
        """A first message of a seed that this server answers: the question whether it is still there. Empty when it answers none."""
        for entry in self._cases.corpus:
            question = (entry.pieces[0].raw,)
            if play_on_wire(self._server.endpoint, question, self._watcher).replies:
                return question
        return ()

    def _after(self, execution: Execution) -> Execution:
        """What became of the server: died, complained, answers nobody any more?"""
        if isinstance(self._server, Command):
            if not self._server.is_alive():
                return replace(execution, ending=Ending.CRASHED, failure=self._server.died_of())
            complaint = self._server.complaint()
            if complaint is not None:
                return replace(execution, ending=Ending.CRASHED, failure=complaint)
        elif execution.ending in (Ending.CLOSED, Ending.GONE) and not self._server.is_alive():
            return replace(execution, ending=Ending.GONE)
        if execution.ending is Ending.OPEN and self._probe and not _answered(execution) and not self._answers():
            failure = Failure("no answer", "it sleeps and does not answer the first message of a seed either")
            return replace(execution, ending=Ending.HUNG, failure=failure)
        return execution

    def _answers(self) -> bool:
        assert self._probe is not None
        return bool(play_on_wire(self._server.endpoint, self._probe, self._watcher).replies)

    def renew(self) -> None:
        """A command is started again; of a server that is not ours only a connection is asked for."""
        if isinstance(self._server, Command):
            self._server.stop()
        self._started = False

    def close(self) -> None:
        """End what was started."""
        if isinstance(self._server, Command):
            self._server.close()
        if self._guardian is not None:
            self._guardian.close()


def _answered(execution: Execution) -> bool:
    """Whether the last thing said came from the server."""
    return bool(execution.turns) and execution.turns[-1][0] is Direction.TO_CLIENT

"""Plays cases in worker processes: several at once, each with its own target, and in order.

A case may crash a worker, loop or eat memory without harm. Ranges of cases go to all workers at once and come back in the order of their
numbers, so how many there are changes nothing but the speed.
"""

import os
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait

from fuzzers.events import Means
from fuzzers.model import USUAL, Conduct, Ending, Execution, Failure
from fuzzers.pool import first_unknown
from fuzzers.targets.board import JUDGING
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.cores import quiet_cores
from fuzzers.targets.executor import Judged, Span, Suspect
from fuzzers.targets.orders import Broken, CalibrateDone, CalibrateOrder, Done, PlayDone, PlayOrder, SweepDone, SweepOrder
from fuzzers.targets.process import STUCK_S, Process
from fuzzers.targets.worker import Job
from workbench.api import PluginError

__all__ = ["Workers"]

RANGE_S = 0.05
"""Aimed-at duration of one range: long enough that exchanging it costs nothing, short enough for a live screen."""
FIRST_RANGE, MAX_RANGE = 16, 4096
"""Cases of the first range, and of any: not knowing the target's speed, we begin small."""
MAX_WAITING = 64
"""Results that wait for an earlier range before no new range is begun."""
LOOK_S = 0.25
"""How often a silent worker is looked at."""
MOST_LOSSES = 3
"""Workers that may vanish, one after the other and without a report, before that is our own failure and no accident."""


class Workers:
    """See `fuzzers.targets.executor.Executor`. Nothing is started before the first case."""

    def __init__(self, job: Job, workers: int, executor: str) -> None:
        self.restarts = 0
        self._job = job
        self._workers = max(1, workers)
        self._executor = executor
        # one more is for single cases (confirming, minimising), which then need not wait for a range to end
        count = self._workers if job.alone else self._workers + 1
        # a server is fastest on the processor of who talks to it; without one, the kernel knows best
        cores = [None] if job.inside else quiet_cores()
        self._processes: list[Process] = []
        self._processes.extend(Process(job, each, cores[each % len(cores)], self._processes) for each in range(count))
        self._single = self._processes[-1]
        self._sweepers = self._processes[: self._workers]
        self._range = FIRST_RANGE
        self._losses = 0
        self._calibration: Calibration | None = None
        self._renewed = False

    @property
    def means(self) -> Means:
        """See `Executor`; what is not calibrated is played on in the first way that it may be."""
        known = self._calibration
        if known is None:
            return Means(self._executor, self._workers)
        covered = known.places > 0
        return Means(known.executor, self._workers, known.stability if covered else None, known.places, known.why)

    def prepare(self) -> None:
        """See `Executor`."""
        if not self._job.calibrates or self._calibration is not None:
            return
        done = self._ask(CalibrateOrder())
        assert isinstance(done, CalibrateDone)
        self._calibration = done.calibration
        for process in self._processes:
            process.calibration = done.calibration

    def play(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False) -> Judged:
        """Play one case in the worker for single cases."""
        if self._job.alone:
            self._await_rest()
        fresh, self._renewed = self._renewed, False
        done = self._ask(PlayOrder(tuple(messages), conduct, patient, fresh))
        assert isinstance(done, PlayDone | Judged)
        return done.judged if isinstance(done, PlayDone) else done

    def _ask(self, order: PlayOrder | CalibrateOrder) -> Done | Judged:
        """What the worker for single cases reports about an order; a `Judged` where its case ended it."""
        self._single.send(order)
        while True:
            for _, report in self._reports([self._single]):
                if report is not None:
                    return report
                self._single.send(order)  # it was lost

    def renew(self) -> None:
        """The next single case meets a fresh target: a new process where it lives inside one."""
        if self._job.inside:
            self._single.stop()
        self._renewed = True

    def _await_rest(self) -> None:
        """Wait until nobody plays: the one target is needed undisturbed. What was played meanwhile is reported later."""
        busy = [process.connection for process in self._sweepers if process.order and process.connection]
        while busy:
            ready = wait(busy)
            busy = [connection for connection in busy if connection not in ready]

    def close(self) -> None:
        """End all workers."""
        for process in self._processes:
            process.close()

    def sweep(self, first: int, last: int | None) -> Iterator[Span]:
        """Hand ranges out to all workers and give the results back in order."""
        self.prepare()
        done: dict[int, Span] = {}
        following, wanted = first, first
        try:
            while True:
                for process in self._sweepers:
                    # a worker may be ahead of the slowest one, but not without end: results wait in memory, and what
                    # cases are made from must be known
                    if not process.order and not process.todo and len(done) < MAX_WAITING and following != last:
                        stop = min(
                            following + self._range, first_unknown(wanted), following + self._range if last is None else last
                        )
                        if stop > following:
                            process.todo.append(SweepOrder(following, stop))
                            following = stop
                    if not process.order and process.todo:
                        process.order = process.todo.popleft()
                        process.send(process.order)
                if not any(process.order for process in self._sweepers) and not done:
                    return
                done.update((span.start, span) for span in self._collect())
                while wanted in done:
                    span = done.pop(wanted)
                    wanted = span.stop
                    yield span
        finally:
            for process in self._sweepers:
                process.todo.clear()
                if process.order:
                    process.stop()
                    process.order = None

    def _collect(self) -> Iterator[Span]:
        """What the workers report now; unfinished parts of their ranges go back on their lists."""
        for process, report in self._reports([process for process in self._sweepers if process.order]):
            order, process.order = process.order, None
            assert order is not None
            if isinstance(report, SweepDone):
                yield Span(report.start, report.stop, report.suspects, report.novel, report.steps)
                if not report.dying and report.stop > report.start:
                    ideal = int((report.stop - report.start) * RANGE_S / max(process.seconds, 1e-6))
                    self._range = max(1, min(MAX_RANGE, ideal, 4 * self._range))
                rest = [SweepOrder(report.stop, order.stop)]
            elif report is None:
                rest = [order]
            else:
                # the worker ended without a word: the case on the board did it; what came before it in the range is played again
                assert isinstance(report, Judged)
                case = min(max(order.start, process.board.case), order.stop - 1)
                yield Span(case, case + 1, (Suspect(case, report.verdict),) if report.verdict else ())
                rest = [SweepOrder(order.start, case), SweepOrder(case + 1, order.stop)]
            process.todo.extendleft(part for part in reversed(rest) if part.start < part.stop)

    def _reports(self, busy: list[Process]) -> Iterator[tuple[Process, Done | Judged | None]]:
        """Wait a moment for reports. A `Judged` stands for a worker that its case ended, or that was stopped; None for one that was lost
        for no reason of the case."""
        ready = wait([process.connection for process in busy if process.connection], LOOK_S)
        for process in busy:
            connection = process.connection
            assert connection is not None
            if connection in ready:
                try:
                    report = connection.recv()
                except (EOFError, OSError):
                    yield process, self._silent(process, process.reap())
                    continue
                if isinstance(report, Broken):
                    process.reap()
                    raise report.error(process.board.case)
                assert isinstance(report, Done)
                self._losses = 0
                self.restarts += report.restarts
                if report.dying:
                    self.restarts += 1
                    process.reap()
                yield process, report
            elif process.is_stuck():
                process.stop()
                yield process, self._silent(process, None)

    def _silent(self, process: Process, status: int | None) -> Judged | None:
        """What to think of a worker that ended with a wait status (None: it was stuck) and without a report."""
        self.restarts += 1
        judging = process.board.phase == JUDGING
        # whoever takes the worker away means neither the case nor the decoder: decoders that take too much meet limits before that
        killed = status is not None and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if judging and not killed:
            raise PluginError(
                f"the decoder of {self._job.judge.spec.name} does not survive what its server replies",
                place=f"case {process.board.case}",
                remedy="Play that case in a debugger; a decoder must come to an end for any bytes",
            )
        if judging or not self._job.inside:
            self._losses += 1
            if self._losses > MOST_LOSSES:
                raise RuntimeError(f"fuzz workers vanish one after the other, the last one in case {process.board.case}")
            return None
        if status is None:
            execution = Execution((), Ending.HUNG, Failure("no progress", f"for {STUCK_S:g} s"))
        elif os.WIFSIGNALED(status):
            execution = Execution((), Ending.CRASHED, Failure(signal.Signals(os.WTERMSIG(status)).name))
        else:
            execution = Execution((), Ending.CRASHED, Failure(f"exit status {os.waitstatus_to_exitcode(status)}"))
        return self._job.judge.judged(execution)

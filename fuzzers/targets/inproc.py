"""In-process targets: a sans-IO server behind worker processes that may crash, loop or eat memory without harm.

Ranges of cases go to several workers at once and come back in order, so the number of workers changes nothing but the speed.
"""

import contextlib
import os
import signal
import time
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from mmap import mmap
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait

from fuzzers.events import Means
from fuzzers.model import Ending, Execution, Failure
from fuzzers.pool import first_unknown
from fuzzers.targets.executor import Judged, Span, Suspect
from fuzzers.targets.procstat import cpu_s
from fuzzers.targets.worker import (
    BOARD_SIZE,
    JUDGING,
    Broken,
    Job,
    PlayDone,
    PlayOrder,
    SweepDone,
    SweepOrder,
    die_with_parent,
    serve,
)
from workbench.api import PluginError

__all__ = ["InProcess"]

RANGE_S = 0.05
"""Aimed-at duration of one range: long enough that exchanging it costs nothing, short enough for a live screen."""
FIRST_RANGE, MAX_RANGE = 16, 4096
"""Cases of the first range, and of any: not knowing the target's speed, we begin small."""
MAX_WAITING = 64
"""Results that wait for an earlier range before no new range is begun."""
LOOK_S = 0.25
"""How often a silent worker is looked at."""
STUCK_S = 5.0
"""Seconds in one case after which a worker that says nothing is killed: on the clock when it does not compute (it blocks), of processor
time when it does (it loops where no signal gets in). A worker that merely waits for a busy processor is neither."""
IDLE_SHARE = 0.02
"""Who used less of the time than this did not compute."""


class _Process:
    """One worker: started on demand, killed when it gets stuck."""

    def __init__(self, job: Job, others: "list[_Process]") -> None:
        self.pid = 0
        self.connection: Connection | None = None
        self.order: SweepOrder | None = None
        self.todo: deque[SweepOrder] = deque()
        self._job = job
        self._others = others
        self._board = mmap(-1, BOARD_SIZE)
        self._moved = (b"", 0.0, 0.0)
        """What the board said last, since when, and how much processor time the worker had used by then."""
        self._began = 0.0
        self._knows = 0
        """How much of what the pool has grown the worker has been told."""

    def send(self, order: SweepOrder | PlayOrder) -> None:
        """Give the worker something to do."""
        if self.connection is None:
            self._start()
        assert self.connection is not None
        self._board[:] = bytes(BOARD_SIZE)
        self._began = time.monotonic()
        self._moved = (b"", self._began, cpu_s(self.pid))
        if isinstance(order, SweepOrder):
            grown = self._job.cases.pool.grown
            order = replace(order, news=tuple(grown[self._knows :]))
            self._knows = len(grown)
        self.connection.send(order)

    def _start(self) -> None:
        ours, theirs = Pipe()
        parent = os.getpid()
        with warnings.catch_warnings():
            # a campaign may run in a thread of the TUI; the child uses nothing but what this thread holds
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            try:
                die_with_parent(parent)
                ours.close()
                for other in self._others:
                    if other.connection is not None:
                        other.connection.close()
                serve(self._job, theirs, self._board)
            finally:
                os._exit(0)
        theirs.close()
        self.connection = ours
        self._knows = len(self._job.cases.pool.grown)  # a fork knows what we know

    @property
    def case(self) -> int:
        """The case that is (or was) being played."""
        return int.from_bytes(self._board[:8], "little")

    @property
    def phase(self) -> int:
        """What the worker was doing last: `PLAYING`, `JUDGING` or something of its own."""
        return self._board[8]

    @property
    def seconds(self) -> float:
        """Time since the last order."""
        return time.monotonic() - self._began

    def is_stuck(self) -> bool:
        """Whether nothing has moved for too long."""
        board, now = self._board[:], time.monotonic()
        if board != self._moved[0]:
            self._moved = (board, now, cpu_s(self.pid))
        silent, computed = now - self._moved[1], cpu_s(self.pid) - self._moved[2]
        return silent > STUCK_S and (computed > STUCK_S or computed < IDLE_SHARE * silent)

    def stop(self) -> int:
        """End the worker; gives its wait status (0 when it did not run)."""
        if self.connection is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.reap()

    def reap(self) -> int:
        """Wait for a worker that is ending; gives its wait status."""
        assert self.connection is not None
        _, status = os.waitpid(self.pid, 0)
        self.connection.close()
        self.connection = None
        return status


class InProcess:
    """The executor of in-process targets; see `fuzzers.targets.executor.Executor`."""

    def __init__(self, job: Job, workers: int) -> None:
        self.restarts = 0
        self._job = job
        self._processes: list[_Process] = []
        # the last one is for single cases (confirming, minimising), which then need not wait for a range to end
        self._processes.extend(_Process(job, self._processes) for _ in range(max(1, workers) + 1))
        self._single = self._processes[-1]
        self._range = FIRST_RANGE

    @property
    def means(self) -> Means:
        """Sans-IO servers in forked workers; nothing is known about their coverage."""
        return Means("inproc", len(self._processes) - 1)

    def play(self, messages: Sequence[bytes], *, patient: bool = False) -> Judged:
        """Play one case in the worker for single cases."""
        process = self._single
        process.send(PlayOrder(tuple(messages), patient))
        while True:
            reports = [report for _, report in self._reports([process])]
            if reports:
                report = reports[0]
                assert isinstance(report, PlayDone | Judged)
                return report.judged if isinstance(report, PlayDone) else report

    def renew(self) -> None:
        """Throw the worker for single cases away."""
        self._single.stop()

    def close(self) -> None:
        """End all workers."""
        for process in self._processes:
            process.stop()

    def sweep(self, first: int, last: int | None) -> Iterator[Span]:
        """Hand ranges out to all workers and give the results back in order."""
        sweepers = self._processes[:-1]
        done: dict[int, Span] = {}
        following, wanted = first, first
        try:
            while True:
                for process in sweepers:
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
                if not any(process.order for process in sweepers) and not done:
                    return
                done.update((span.start, span) for span in self._collect(sweepers))
                while wanted in done:
                    span = done.pop(wanted)
                    wanted = span.stop
                    yield span
        finally:
            for process in sweepers:
                process.todo.clear()
                if process.order:
                    process.stop()
                    process.order = None

    def _collect(self, sweepers: list[_Process]) -> Iterator[Span]:
        """What the workers report now; unfinished parts of their ranges go back on their lists."""
        for process, report in self._reports([process for process in sweepers if process.order]):
            order, process.order = process.order, None
            assert order is not None
            if isinstance(report, SweepDone):
                yield Span(report.start, report.stop, report.suspects, report.novel)
                if not report.dying:
                    ideal = int((report.stop - report.start) * RANGE_S / max(process.seconds, 1e-6))
                    self._range = max(1, min(MAX_RANGE, ideal, 4 * self._range))
                rest = [SweepOrder(report.stop, order.stop)]
            else:
                # the worker ended without a word: the case on the board did it; what came before it in the range is played again
                assert isinstance(report, Judged)
                case = min(max(order.start, process.case), order.stop - 1)
                yield Span(case, case + 1, (Suspect(case, report.verdict),) if report.verdict else ())
                rest = [SweepOrder(order.start, case), SweepOrder(case + 1, order.stop)]
            process.todo.extendleft(part for part in reversed(rest) if part.start < part.stop)

    def _reports(self, busy: list[_Process]) -> Iterator[tuple[_Process, SweepDone | PlayDone | Judged]]:
        """Wait a moment for reports; a `Judged` stands for a worker that ended, or was stopped, without one."""
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
                if isinstance(report, Broken) and report.plugin:
                    raise PluginError(report.text, place=f"case {process.case}")
                if isinstance(report, Broken):
                    raise RuntimeError(f"a fuzz worker failed in case {process.case}:\n{report.text}")
                if report.dying:
                    self.restarts += 1
                    process.reap()
                yield process, report
            elif process.is_stuck():
                process.stop()
                yield process, self._silent(process, None)

    def _silent(self, process: _Process, status: int | None) -> Judged:
        """What to think of a worker that ended with a wait status (None: it was stuck) and without a report."""
        self.restarts += 1
        if process.phase == JUDGING:
            raise PluginError(
                f"the decoder of {self._job.judge.spec.name} does not survive what its server replies",
                place=f"case {process.case}",
                remedy="Play that case in a debugger; a decoder must come to an end for any bytes",
            )
        if status is None:
            execution = Execution((), Ending.HUNG, Failure("no progress", f"for {STUCK_S:g} s"))
        elif os.WIFSIGNALED(status):
            execution = Execution((), Ending.CRASHED, Failure(signal.Signals(os.WTERMSIG(status)).name))
        else:
            execution = Execution((), Ending.CRASHED, Failure(f"exit status {os.waitstatus_to_exitcode(status)}"))
        return self._job.judge.judged(execution)

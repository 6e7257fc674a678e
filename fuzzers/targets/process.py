"""One worker as its parent sees it: started on demand, fed with orders, killed when it gets stuck, and what it started with it."""

import contextlib
import os
import select
import signal
import time
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from fuzzers.targets.board import JUDGING, WAITING, Board
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.orders import Order, SweepOrder
from fuzzers.targets.procstat import cpu_s, is_asleep, runnable_s
from fuzzers.targets.worker import Job, die_with_parent, serve

__all__ = ["STUCK_S", "Process"]

STUCK_S = 5.0
"""Seconds in one case after which a worker that says nothing is killed: on the clock when it does not compute (it blocks), of processor
time when it does (it loops where no signal gets in). A worker that merely waits for a busy processor is neither."""
CLOSE_S = 4.0
"""What an idle worker gets to end by itself: its server may take half of that."""
UNSEEN_S = 1.0
"""Seconds between two looks after which nothing is known about the time between them: whoever was kept from looking for so long (by a
machine that stood still, or by other work) cannot tell whether the worker was kept from playing as well."""
IDLE_SHARE = 0.02
"""Who wanted a processor for less of the time than this sleeps."""


class Process:
    """A worker with its place among `others`, which a fork of it must not keep alive. `core` is the processor it is bound to, if any."""

    def __init__(self, job: Job, number: int, core: int | None, others: "Sequence[Process]") -> None:
        self.pid = 0
        self.connection: Connection | None = None
        self.board = Board()
        self.order: SweepOrder | None = None
        """The range that is being played."""
        self.todo: deque[SweepOrder] = deque()
        self.calibration: Calibration | None = None
        """What is known about the target, for workers that are started from now on."""
        self._job = job
        self._number = number
        self._core = core
        self._others = others
        self._moved = (b"", 0.0, 0.0, 0.0)
        """What the board said last, since when, how much processor time the worker had used by then, and wanted."""
        self._looked = 0.0
        self._began = 0.0
        self._knows = 0
        """How much of what the pool has grown the worker has been told."""

    def send(self, order: Order) -> None:
        """Give the worker something to do."""
        if self.connection is None:
            self._start()
        assert self.connection is not None
        self.board.phase = 0
        self._began = time.monotonic()
        self._moved = (b"", self._began, cpu_s(self.pid), runnable_s(self.pid))
        self._looked = self._began
        if isinstance(order, SweepOrder):
            grown = self._job.cases.pool.grown
            order = replace(order, news=tuple(grown[self._knows :]))
            self._knows = len(grown)
        with contextlib.suppress(BrokenPipeError):  # it died while it had nothing to do: that shows when its report is waited for
            self.connection.send(order)

    def _start(self) -> None:
        self.board.clear()
        ours, theirs = Pipe()
        parent = os.getpid()
        with warnings.catch_warnings():
            # a campaign may run in a thread of the TUI; the child uses nothing but what this thread holds
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            try:
                die_with_parent(parent)
                if self._core is not None:
                    os.sched_setaffinity(0, {self._core})
                ours.close()
                for other in self._others:
                    if other.connection is not None:
                        other.connection.close()
                serve(self._job, theirs, self.board, self._number, self.calibration)
            finally:
                os._exit(0)
        theirs.close()
        self.connection = ours
        self._knows = len(self._job.cases.pool.grown)  # a fork knows what we know

    @property
    def seconds(self) -> float:
        """Time since the last order."""
        return time.monotonic() - self._began

    def is_stuck(self) -> bool:
        """Whether nothing has moved for too long. Whoever plays on a server elsewhere knows itself how long that may take."""
        if self.board.phase == WAITING or not (self._job.inside or self.board.phase == JUDGING):
            return False
        board, now = self.board.snapshot(), time.monotonic()
        computed, runnable = cpu_s(self.pid), runnable_s(self.pid)
        if board != self._moved[0]:
            self._moved = (board, now, computed, runnable)
        elif now - self._looked > UNSEEN_S:
            self._moved = (board, now, self._moved[2], runnable)
        self._looked = now
        if computed - self._moved[2] > STUCK_S:
            return True
        silent = now - self._moved[1]
        return silent > STUCK_S and runnable - self._moved[3] < IDLE_SHARE * silent and is_asleep(self.pid)

    def stop(self) -> int:
        """End the worker; gives its wait status (0 when it did not run)."""
        if self.connection is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.reap()

    def close(self) -> None:
        """Let an idle worker end its server as it should be; a busy one is stopped."""
        if self.connection is not None and self.order is None and not self._job.inside:
            self.connection.close()
            with contextlib.suppress(ProcessLookupError):
                pidfd = os.pidfd_open(self.pid)
                select.select([pidfd], [], [], CLOSE_S)
                os.close(pidfd)
        self.stop()

    def reap(self) -> int:
        """Wait for a worker that is ending, and end what it has left behind; gives its wait status."""
        assert self.connection is not None
        _, status = os.waitpid(self.pid, 0)
        self.connection.close()
        self.connection = None
        if self.board.group:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.board.group, signal.SIGKILL)
        return status

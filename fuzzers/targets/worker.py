"""The child process of an in-process target: makes, plays and judges cases by itself, so that a range of cases costs one exchange.

A forked copy of the campaign, so that any protocol object can be used as it is. It ends itself after a hang (the server's state cannot be
trusted any more, and its stack is known); the parent starts the next one in a few milliseconds. Where it dies without a word, the board
(shared memory) still says which case it was playing.
"""

import ctypes
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from fuzzers.cases import CaseSource
from fuzzers.fingerprints import frames_of, inside
from fuzzers.model import Ending, Execution, Failure
from fuzzers.oracles import Judge
from fuzzers.pool import LARGEST, Grown
from fuzzers.targets.budget import CpuBudget
from fuzzers.targets.executor import Judged, Novel, Suspect
from fuzzers.targets.play import Player
from workbench.api import PluginError

__all__ = [
    "BOARD_SIZE",
    "JUDGING",
    "Broken",
    "Job",
    "PlayDone",
    "PlayOrder",
    "SweepDone",
    "SweepOrder",
    "die_with_parent",
    "limit_memory",
    "serve",
]

BOARD_SIZE = 16
"""Bytes of the board: the number of the current case (8), what is being done (1)."""
IDLE, PLAYING, JUDGING = 0, 1, 2
HANG_S = 0.05
"""Processor seconds for one case of a range: a hundred times what a case of a small server takes."""
BYTE_S, BYTES = 30e-6, 64 * 1024
"""Processor seconds that each of the first so many bytes of a case may take on top of that: a message may hold thousands of small
requests, and a server written in Python takes a millisecond for every thirty bytes of them."""
PATIENT_S = 0.2
"""The same when a suspected hang is confirmed: four times as long, three times in a row."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker works with."""

    player: Player
    judge: Judge
    cases: CaseSource
    memory: int


@dataclass(frozen=True, slots=True)
class SweepOrder:
    """Play cases `[start, stop)`, after the pool has taken in `news`."""

    start: int
    stop: int
    news: tuple[Grown, ...] = ()


@dataclass(frozen=True, slots=True)
class PlayOrder:
    """Play these messages."""

    messages: tuple[bytes, ...]
    patient: bool


@dataclass(frozen=True, slots=True)
class SweepDone:
    """Cases `[start, stop)` were played; `dying` says that the worker ends after this report."""

    start: int
    stop: int
    suspects: tuple[Suspect, ...]
    novel: tuple[Novel, ...] = ()
    dying: bool = False


@dataclass(frozen=True, slots=True)
class PlayDone:
    """The answer to a `PlayOrder`."""

    judged: Judged
    dying: bool = False


@dataclass(frozen=True, slots=True)
class Broken:
    """The worker itself failed, not the target: by a plugin that breaks its contract (`plugin`), or by an error of this engine."""

    text: str
    plugin: bool = False


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, however that ends (PR_SET_PDEATHSIG of prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def serve(job: Job, orders: Connection, board: mmap) -> None:
    """The life of a worker: carry out orders until the parent closes the connection."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the campaign decides what to do about it
    sys.setrecursionlimit(1000)  # Python's own default, whatever the parent has
    limit_memory(job.memory)
    worker = _Worker(job, orders, board)
    while True:
        try:
            order = orders.recv()
        except (EOFError, OSError):
            return
        try:
            worker.carry_out(order)
        except PluginError as error:
            orders.send(Broken(str(error), plugin=True))
            return
        except Exception:  # reported instead of raised: this process has nobody above it
            orders.send(Broken(traceback.format_exc()))
            return


def limit_memory(limit: int) -> None:
    """Bound what the server may take on top of what this process holds already (private memory: RLIMIT_DATA)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limit:
        status = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        held = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmData"))
        soft = held + limit
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        resource.setrlimit(resource.RLIMIT_DATA, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


class _Worker:
    def __init__(self, job: Job, orders: Connection, board: mmap) -> None:
        self._job = job
        self._orders = orders
        self._board = board
        self._budget = CpuBudget(self._hung)
        self._report: Callable[[Judged], Any] = PlayDone
        self._told: set[int] = set()
        """Features that were reported; whether they are new is for the campaign to say."""

    def carry_out(self, order: SweepOrder | PlayOrder) -> None:
        if isinstance(order, SweepOrder):
            self._orders.send(self._sweep(order))
        else:
            self._report = lambda judged: PlayDone(judged, dying=True)
            self._orders.send(PlayDone(self._play(order.messages, PATIENT_S if order.patient else HANG_S)))

    def _sweep(self, order: SweepOrder) -> SweepDone:
        for found in order.news:
            self._job.cases.pool.offer(found)
        suspects: list[Suspect] = []
        novel: list[Novel] = []
        number = order.start

        def cut_short(judged: Judged) -> SweepDone:
            more = () if judged.verdict is None else (Suspect(number, judged.verdict),)
            return SweepDone(order.start, number + 1, (*suspects, *more), tuple(novel), dying=True)

        self._report = cut_short
        for number in range(order.start, order.stop):
            self._board[:8] = number.to_bytes(8, "little")
            case = self._job.cases.case_at(number)
            judged = self._play(case.messages, HANG_S)
            if judged.verdict is not None:
                suspects.append(Suspect(number, judged.verdict))
            elif case.size <= LARGEST and self._is_new(judged.features):
                novel.append(Novel(number, judged.features))
        return SweepDone(order.start, order.stop, tuple(suspects), tuple(novel))

    def _is_new(self, features: tuple[int, ...]) -> bool:
        """Whether there is a feature that neither the pool nor this worker has seen."""
        seen = self._job.cases.pool.seen
        fresh = [feature for feature in features if feature not in seen and feature not in self._told]
        self._told.update(fresh)
        return bool(fresh)

    def _play(self, messages: tuple[bytes, ...], seconds: float) -> Judged:
        self._board[8] = PLAYING
        self._budget.start(seconds + BYTE_S * min(BYTES, sum(map(len, messages))))
        execution = self._job.player.play(messages)
        self._budget.stop()
        self._board[8] = JUDGING
        judged = self._judged(execution)
        self._board[8] = IDLE
        return judged

    def _judged(self, execution: Execution) -> Judged:
        return self._job.judge.judged(execution)

    def _hung(self, frame: FrameType) -> None:
        """The server loops in `frame`: report and end, whatever its code would do about an exception."""
        names = inside(frames_of(frame))  # none where the loop is ours: so many messages that together they take too long
        place = names[-1] if names else "the exchange of messages"
        failure = Failure("endless loop", f"in {place}", names, "\n".join(names))
        self._orders.send(self._report(self._judged(self._job.player.ended(Ending.HUNG, failure))))
        os._exit(0)

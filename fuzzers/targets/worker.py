"""The child process of a campaign: makes, plays and judges cases by itself, so that a range of cases costs one exchange.

A forked copy of the campaign, so that any protocol object can be used as it is. It makes its own player, which plays on a server inside
this process or on one that it starts. Where the worker dies without a word, the board (shared memory) still says which case it was playing.
"""

import ctypes
import os
import resource
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from fuzzers.cases import CaseSource
from fuzzers.glancing import Glancing
from fuzzers.model import Case, Conduct, Execution
from fuzzers.oracles import Judge
from fuzzers.targets.board import IDLE, JUDGING, PLAYING, WAITING, Board
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.executor import Judged, Novel, Suspect
from fuzzers.targets.network import enter_network
from fuzzers.targets.orders import (
    Broken,
    CalibrateDone,
    Done,
    Order,
    PlayDone,
    PlayOrder,
    SweepDone,
    SweepOrder,
    broken_by,
)
from fuzzers.targets.pace import Pace
from fuzzers.targets.player import MakePlayer, Post
from fuzzers.tokens import words_of
from workbench.api import TargetError, WorkbenchError

__all__ = ["Job", "die_with_parent", "limit_memory", "serve"]

REMEMBERED = 256
"""Ranges that a server has met which are told with a suspect: twice as many cases as anybody plays again."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker works with.

    `inside` says that the target runs inside the worker, which then has `memory` bytes for it (0: no limit). `alone` says that there is
    only one target, for all workers: a range ends at a suspect, so that it is looked into while nothing else has happened. `calibrates`
    says that there are several ways to play on it; with `network` each worker has a network of its own. `distance_s` lies between two cases
    of a worker.
    """

    make: MakePlayer
    judge: Judge
    cases: CaseSource
    memory: int = 0
    inside: bool = False
    alone: bool = False
    calibrates: bool = False
    network: bool = False
    distance_s: float = 0.0


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent ends, however that ends (PR_SET_PDEATHSIG of prctl(2))."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def serve(job: Job, orders: Connection, board: Board, number: int = 0, calibration: Calibration | None = None) -> None:
    """The life of a worker: carry out orders until the parent closes the connection. `calibration` is what another one has found out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the campaign decides what to do about it
    if job.inside:
        sys.setrecursionlimit(1000)  # Python's own default, whatever the parent has
        limit_memory(job.memory)
    else:
        # Linux shares processors out among sessions first (sched(7), autogroups): a server in another one than ours would have to wait
        # for its turn each time that we wait for it. Ours is not the terminal's, which is no business of servers.
        os.setsid()
    if job.network:
        enter_network()
    worker = _Worker(job, orders, board, number, calibration)
    try:
        while True:
            try:
                order = orders.recv()
            except (EOFError, OSError):
                return
            try:
                worker.carry_out(order)
            except WorkbenchError as error:
                orders.send(broken_by(error))
                return
            except Exception:  # reported instead of raised: this process has nobody above it
                orders.send(Broken(traceback.format_exc()))
                return
    finally:
        worker.close()


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
    def __init__(self, job: Job, orders: Connection, board: Board, number: int, calibration: Calibration | None) -> None:
        self._job = job
        self._orders = orders
        self._board = board
        self._phase = PLAYING if job.inside else WAITING
        self._pace = Pace(job.distance_s)
        self._last_words: Callable[[Judged], Any] = PlayDone
        """What is reported when the worker has to end in the middle of a case."""
        self._told: set[int] = set()
        """Features that were reported; whether they are new is for the campaign to say."""
        self._met: deque[range] = deque(maxlen=REMEMBERED)
        """What the server remembers, if it does."""
        self._glancing = (
            None if job.inside else Glancing(job.judge, (piece.raw for entry in job.cases.corpus for piece in entry.pieces))
        )
        """For the sweep; in-process targets are judged in full, so that any division of the cases finds the same."""
        self._player = job.make(Post(number, board, self._abandon, calibration))

    def close(self) -> None:
        self._player.close()

    def carry_out(self, order: Order) -> None:
        before = self._player.restarts
        done: Done
        if isinstance(order, SweepOrder):
            done = self._sweep(order)
        elif isinstance(order, PlayOrder):
            done = self._single(order)
        else:
            self._board.phase = self._phase
            done = CalibrateDone(self._player.calibrate())
        self._orders.send(replace(done, restarts=self._player.restarts - before))

    def _single(self, order: PlayOrder) -> PlayDone:
        self._last_words = lambda judged: PlayDone(judged, dying=True)
        self._met.clear()
        if order.fresh:
            self._player.renew()
        return PlayDone(self._play(order.messages, order.conduct, patient=order.patient))

    def _sweep(self, order: SweepOrder) -> SweepDone:
        for found in order.news:
            self._job.cases.pool.offer(found)
        suspects: list[Suspect] = []
        novel: list[Novel] = []
        number = order.start
        walk = self._job.judge.walk
        walk.taken()  # what single cases showed is none of the sweep

        def cut_short(judged: Judged) -> SweepDone:
            more = () if judged.verdict is None else (Suspect(number, judged.verdict),)
            return SweepDone(order.start, number + 1, (*suspects, *more), tuple(novel), dying=True, steps=walk.taken())

        self._last_words = cut_short
        for number in range(order.start, order.stop):
            self._board.case = number
            case = self._job.cases.case_at(number)
            restarts = self._player.restarts
            try:
                judged = self._play(case.messages, case.conduct, number=number)
            except TargetError:
                if number == order.start:
                    raise
                number -= 1  # what was played is reported; the next order meets the same trouble
                break
            if judged.verdict is not None:
                suspects.append(Suspect(number, judged.verdict, tuple(self._met)))
            elif self._is_new(case, judged.features):
                novel.append(Novel(number, self._all_features(judged), words_of(judged.execution.turns)))
            if judged.verdict is not None or case.size > self._job.cases.pool.largest:
                self._player.disregard()
            if self._player.keeps:
                self._remember(number, restarted=self._player.restarts != restarts)
            if suspects and self._job.alone:
                break
        return SweepDone(order.start, number + 1, tuple(suspects), tuple(novel), steps=walk.taken())

    def _remember(self, number: int, *, restarted: bool) -> None:
        """The server has met a case, or died of it."""
        if restarted:
            self._met.clear()
        elif self._met and self._met[-1].stop == number:
            self._met[-1] = range(self._met[-1].start, number + 1)
        else:
            self._met.append(range(number, number + 1))

    def _is_new(self, case: Case, features: tuple[int, ...]) -> bool:
        """Whether there is a feature that neither the pool nor this worker has seen."""
        if not features or case.size > self._job.cases.pool.largest:
            return False
        seen = self._job.cases.pool.seen
        fresh = [feature for feature in features if feature not in seen and feature not in self._told]
        self._told.update(fresh)
        return bool(fresh)

    def _all_features(self, judged: Judged) -> tuple[int, ...]:
        """Also those of coverage that are new to nobody, when only the replies showed something new."""
        reached = () if judged.execution.coverage else self._player.reached()
        return (*reached, *judged.features)

    def _play(self, messages: tuple[bytes, ...], conduct: Conduct, *, patient: bool = False, number: int | None = None) -> Judged:
        self._board.phase = WAITING
        self._pace.keep()
        self._board.phase = self._phase
        execution = self._player.play(messages, conduct, patient=patient, number=number)
        if number is None or self._glancing is None:
            return self._judged(execution)
        self._board.phase = JUDGING
        judged = self._glancing.judged(execution)
        self._board.phase = IDLE
        return judged

    def _judged(self, execution: Execution) -> Judged:
        self._board.phase = JUDGING
        judged = self._job.judge.judged(execution)
        self._board.phase = IDLE
        return judged

    def _abandon(self, execution: Execution) -> NoReturn:
        """The player cannot go on: report what happened so far, and end."""
        self._orders.send(self._last_words(self._judged(execution)))
        os._exit(0)

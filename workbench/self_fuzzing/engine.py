"""Examines protocols, several at a time, and yields what happens as events.

What a case is depends on the seed and its number alone; how far a run comes, on its time.
"""

import contextlib
import os
import signal
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mmap import mmap
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path

from fuzzers.targets.procstat import cpu_s
from fuzzers.targets.worker import die_with_parent
from workbench.api import ProtocolSpec, UsageError
from workbench.self_fuzzing.breaches import Breach
from workbench.self_fuzzing.cases import Cases
from workbench.self_fuzzing.child import BOARD_SIZE, HANG_S, Assignment, breach_of, work
from workbench.self_fuzzing.shrinking import kind_of
from workbench.self_fuzzing.talks import talks_of

__all__ = ["Began", "Event", "Found", "Over", "Plan", "Progress", "examine"]

STUCK_S = 60.0
"""Seconds without a word after which a child is killed: on the clock when it does not compute (it blocks), of processor time when it does
(it loops where no signal gets in). One that merely waits for a busy processor is neither."""

IDLE_SHARE = 0.02
"""Who used less of the time than this did not compute."""

LOOK_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do: `seconds` (of processor time) and `cases` are for each protocol, None is no limit."""

    protocols: tuple[ProtocolSpec, ...]
    specs: tuple[ProtocolSpec, ...]
    captures: tuple[Path, ...] = ()
    seed: int = 0
    seconds: float | None = None
    cases: int | None = None
    jobs: int = 1
    hang_s: float = HANG_S
    """Processor seconds after which a case hangs."""


@dataclass(frozen=True, slots=True)
class Began:
    """A protocol is being examined, with so many conversations to spoil."""

    protocol: str
    talks: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a protocol is: cases and seconds of processor time."""

    protocol: str
    cases: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """Something does not hold."""

    breach: Breach


@dataclass(frozen=True, slots=True)
class Over:
    """A protocol is done."""

    protocol: str
    cases: int
    cpu_s: float
    breaches: int


Event = Began | Progress | Found | Over


def examine(plan: Plan) -> Iterator[Event]:
    """Carry out the plan. What was started is gone when the iterator ends or is closed.

    Raises UsageError for a protocol that has neither seeds nor conversations in the captures, CaptureError for a file that is none.
    """
    waiting = list(plan.protocols)
    running: list[_Examiner] = []
    try:
        while waiting or running:
            while waiting and len(running) < max(1, plan.jobs):
                examiner = _Examiner(waiting.pop(0), plan)
                yield Began(examiner.protocol, examiner.talks)
                examiner.start([other.connection for other in running])
                running.append(examiner)
            ready = wait([examiner.connection for examiner in running], LOOK_S)
            for examiner in list(running):
                others = [other.connection for other in running if other is not examiner]
                yield from examiner.hear(others) if examiner.connection in ready else examiner.look(others)
                if examiner.over:
                    running.remove(examiner)
    finally:
        for examiner in running:
            examiner.stop()


class _Examiner:
    """One protocol and its child, which is started again after the case that ended it."""

    connection: Connection

    def __init__(self, spec: ProtocolSpec, plan: Plan) -> None:
        talks = talks_of(spec, plan.specs, plan.captures)
        if not talks:
            raise UsageError(
                f"there is nothing to spoil: {spec.name} has no seeds",
                remedy="Give a capture with a session of this protocol (--corpus)",
            )
        self.protocol = spec.name
        self.talks = len(talks)
        self.over = False
        self._cases = Cases(spec, plan.specs, talks, plan.seed)
        self._plan = plan
        self._board = mmap(-1, BOARD_SIZE)
        self._known: set[str] = set()
        self._next = 0
        self._cpu_s = self._spent_s = 0.0
        """Of all children, and of those before the present one."""
        self._heard = self._heard_cpu_s = 0.0
        """When, and after how much of its processor time, the child said something."""
        self._pid = 0

    def start(self, others: Sequence[Connection]) -> None:
        """Fork a child that goes on where the last one ended. `others` are the connections to other children, which it must not hold."""
        plan = self._plan
        seconds = None if plan.seconds is None else max(0.0, plan.seconds - self._cpu_s)
        order = Assignment(
            self._cases, self.protocol, plan.seed, self._next, plan.cases, seconds, frozenset(self._known), plan.hang_s
        )
        ours, theirs = Pipe()
        parent = os.getpid()
        with warnings.catch_warnings():
            # whoever calls may have threads; the child uses nothing but what this thread holds
            warnings.simplefilter("ignore", DeprecationWarning)
            self._pid = os.fork()
        if self._pid == 0:
            try:
                die_with_parent(parent)
                for connection in (ours, *others):
                    connection.close()
                work(order, theirs, self._board)
            except Exception:  # reported instead of raised: this process has nobody above it
                theirs.send(traceback.format_exc())
            finally:
                os._exit(0)
        theirs.close()
        self.connection = ours
        self._spent_s = self._cpu_s
        self._note_word()

    def hear(self, others: Sequence[Connection]) -> Iterator[Event]:
        """What the child says next, which is there to be read."""
        self._note_word()
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            yield from self._lost(f"crash: {_cause(self._reap())}", others)
            return
        if isinstance(said, str):
            raise RuntimeError(f"examining {self.protocol} failed:\n{said}")
        if isinstance(said, Breach):
            self._next = said.case + 1
            yield from self._found(said)
        else:
            self._next, self._cpu_s = said.case, self._spent_s + said.cpu_s
            yield Progress(self.protocol, self._next, self._cpu_s)
            if said.over:
                self._reap()
                self.over = True
                yield Over(self.protocol, self._next, self._cpu_s, len(self._known))

    def look(self, others: Sequence[Connection]) -> Iterator[Event]:
        """Whether the child has been silent for too long."""
        silent, computed = time.monotonic() - self._heard, cpu_s(self._pid) - self._heard_cpu_s
        if silent > STUCK_S and (computed > STUCK_S or computed < IDLE_SHARE * silent):
            self.stop()
            yield from self._lost(f"hang: nothing was heard for {STUCK_S:g} s", others)

    def stop(self) -> None:
        """End the child, whatever it is doing; harmless when there is none."""
        if not self._pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        self._reap()

    def _lost(self, cause: str, others: Sequence[Connection]) -> Iterator[Event]:
        """The child is gone; the case on the board did it, unless it was told of already."""
        number = int.from_bytes(self._board[:], "little")
        if number >= self._next:
            self._next = number + 1
            yield from self._found(breach_of(self._cases, self.protocol, self._plan.seed, number, cause))
        self.start(others)

    def _note_word(self) -> None:
        self._heard, self._heard_cpu_s = time.monotonic(), cpu_s(self._pid)

    def _found(self, breach: Breach) -> Iterator[Event]:
        kind = kind_of(breach.text)
        if kind not in self._known:
            self._known.add(kind)
            yield Found(breach)

    def _reap(self) -> int:
        self.connection.close()
        pid, self._pid = self._pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _cause(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"

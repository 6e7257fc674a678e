"""The process that examines one protocol: a forked copy, so that a crash, a hang or a memory that runs over costs one case.

It tells what it finds over a connection; the board (shared memory) says which case it is at, should it end without a word.
"""

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from mmap import mmap
from multiprocessing.connection import Connection
from types import FrameType

from fuzzers.fingerprints import frames_of
from fuzzers.targets.budget import CpuBudget
from fuzzers.targets.worker import limit_memory
from workbench.self_fuzzing.breaches import Breach
from workbench.self_fuzzing.cases import Cases
from workbench.self_fuzzing.lying import Lying
from workbench.self_fuzzing.shrinking import kind_of, shrunk
from workbench.self_fuzzing.talks import Turn
from workbench.self_fuzzing.trials import tried

__all__ = ["BOARD_SIZE", "HANG_S", "MEMORY", "Assignment", "Reached", "breach_of", "work"]

BOARD_SIZE = 8

HANG_S = 10.0
"""Processor seconds for one case of at most 400 KB, read up to four times: what is slower would not keep up with a telephone line."""

MEMORY = 1 << 30
"""Bytes that examining a case may take on top of what the process holds already."""

SHRINKING_S = 20.0
"""Processor seconds for making one breach small; a slow case stays larger."""

TOLD_EVERY_S = 0.2
MOST_TRASH = 50_000
"""Objects between two looks for cycles, as in every command that dissects."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which cases: from `first`, until `stop` (None: on and on) or for `seconds` of this process's processor time."""

    cases: Cases
    protocol: str
    seed: int
    first: int
    stop: int | None
    seconds: float | None
    known: Collection[str]
    """Kinds of breaches that were told before."""
    hang_s: float = HANG_S


@dataclass(frozen=True, slots=True)
class Reached:
    """All cases before `case` are done, in `cpu_s` seconds of processor time; `over` says that these were all."""

    case: int
    cpu_s: float
    over: bool = False


def work(assignment: Assignment, connection: Connection, board: mmap) -> None:
    """Examine case after case; sends `Breach` and `Reached`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    sys.setrecursionlimit(1000)  # Python's own default, whatever the parent has
    gc.freeze()
    gc.set_threshold(MOST_TRASH, 20, 100)
    limit_memory(MEMORY)
    known = set(assignment.known)
    found: list[str] = []
    budget = CpuBudget(_hung(assignment, connection, board, found))
    told, number = time.process_time(), assignment.first
    while not _done(assignment, number):
        board[:] = number.to_bytes(BOARD_SIZE, "little")
        budget.start(assignment.hang_s)
        breach = _examined(assignment, number, known, budget, found)
        budget.stop()
        if breach is not None:
            connection.send(breach)
        number += 1
        now = time.process_time()
        if now - told >= TOLD_EVERY_S:
            told = now
            connection.send(Reached(number, now))
    connection.send(Reached(number, time.process_time(), over=True))


def _done(assignment: Assignment, number: int) -> bool:
    late = assignment.seconds is not None and time.process_time() >= assignment.seconds
    return late or (assignment.stop is not None and number >= assignment.stop)


def _examined(assignment: Assignment, number: int, known: set[str], budget: CpuBudget, found: list[str]) -> Breach | None:
    """A breach of a kind that is new, made small. `found` holds its text meanwhile: what is tried then may hang on its own account."""
    _, matter = assignment.cases.at(number)
    text = tried(matter)
    if not text or kind_of(text) in known:
        return None
    known.add(kind_of(text))
    budget.stop()
    found.append(text)
    budget.start(SHRINKING_S + assignment.hang_s)  # for hundreds of cases
    end = time.process_time() + SHRINKING_S
    turns = tuple(shrunk(matter, text, lambda: time.process_time() >= end).turns)
    found.clear()
    return breach_of(assignment.cases, assignment.protocol, assignment.seed, number, text, turns)


def breach_of(cases: Cases, protocol: str, seed: int, number: int, text: str, turns: tuple[Turn, ...] | None = None) -> Breach:
    """What a case showed, with the turns that are left of it (all of them where nothing was made smaller)."""
    talk, matter = cases.at(number)
    return Breach(
        protocol=protocol,
        speaks=talk.protocol,
        text=text,
        seed=seed,
        case=number,
        origin=talk.origin,
        turns=tuple(matter.turns) if turns is None else turns,
        pinned=matter.pinned,
        secrets=talk.secrets,
        lying=isinstance(matter.secrets, Lying),
    )


def _hung(assignment: Assignment, connection: Connection, board: mmap, found: Sequence[str]) -> Callable[[FrameType], None]:
    def hung(frame: FrameType) -> None:
        number = int.from_bytes(board[:], "little")
        text = found[0] if found else f"hang: more than {assignment.hang_s:g} s of processor time in {frames_of(frame)[-1]}"
        connection.send(breach_of(assignment.cases, assignment.protocol, assignment.seed, number, text))
        os._exit(0)

    return hung

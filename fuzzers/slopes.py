"""Does a target keep memory, files or sockets of the cases it was given?

Caches fill, allocators keep what they were given, so a single look proves nothing. A server that lives long is looked at now and then; only
where it grows on and on, cases are tried one after the other: the same one many times, and what it takes each time must be the same again
and again. That is what a finding says: so many bytes for each such case.
"""

import contextlib
import gc
import linecache
import os
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from fuzzers.fingerprints import normalised
from fuzzers.model import Growth

__all__ = ["SlopeWatch", "Usage", "traced_growth", "usage_of", "used_growth"]

EVERY = 256
"""Cases between two looks at a server that lives long: a look costs as much as a tenth of a case."""
LOOKS = 16
"""Looks that a suspicion takes: four thousand cases."""
SUSPICIOUS_BYTES, SUSPICIOUS_DESCRIPTORS = 1 << 20, 16
"""Growth over all these looks that is worth trying cases for; a heap in use comes and goes by some pages."""
TRIES = 200
"""Cases that are tried for one suspicion: one in a hundred that leaks is met nearly surely. Then it was a cache."""

WARM, ROUND, ROUNDS = 8, 64, 3
"""Times that a case is played before anything is measured, in one measurement, and measurements that must agree."""
LEAST_BYTES, LEAST_DESCRIPTORS = 4 * 4096, ROUND // 2
"""Growth in one measurement that counts: some pages, half a descriptor for each case."""
TRACED_WARM, TRACED_ROUND = 2, 8
LEAST_TRACED = 64 * TRACED_ROUND
"""The same where every single allocation is seen: fewer are enough, and less."""

_forget_attributes: Callable[[], None] = (
    getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache
)  # the latter is older
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes hold: bytes of memory of their own (not of files), open descriptors."""

    memory: int = 0
    descriptors: int = 0


def usage_of(pids: Iterable[int]) -> Usage:
    """Of all these processes together (proc(5)); those that are gone hold nothing."""
    memory = descriptors = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/statm", "rb") as file:  # noqa: PTH123 - between two cases
                _, resident, shared, *_ = file.read().split()
            descriptors += len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - names are enough
        except OSError:
            continue
        memory += (int(resident) - int(shared)) * _PAGE
    return Usage(memory, descriptors)


class SlopeWatch:
    """Looks at one long-lived server every `EVERY` cases."""

    def __init__(self) -> None:
        self._cases = 0
        self._looks: deque[Usage] = deque(maxlen=LOOKS + 1)
        self._tries = 0
        self._patience = 1

    def begin(self) -> None:
        """The server was started anew."""
        self._looks.clear()
        self._tries = 0

    def met(self, look: Callable[[], Usage]) -> bool:
        """The server has met one more case; whether this one is to be tried."""
        self._cases += 1
        if self._cases % EVERY == 0:
            self._looks.append(look())
            if not self._tries and self._is_suspicious():
                self._tries = TRIES
        if not self._tries:
            return False
        self._tries -= 1
        if not self._tries:  # nothing was found: it takes more to make us do that again
            self._patience *= 2
            self._looks.clear()
        return True

    def _is_suspicious(self) -> bool:
        """Whether it grew in every quarter of the time that was looked at, and by enough altogether."""
        if len(self._looks) <= LOOKS:
            return False
        quarters = [self._looks[place] for place in range(0, LOOKS + 1, LOOKS // 4)]
        for values, enough in (
            ([each.memory for each in quarters], SUSPICIOUS_BYTES),
            ([each.descriptors for each in quarters], SUSPICIOUS_DESCRIPTORS),
        ):
            steady = all(before < after for before, after in pairwise(values))
            if steady and values[-1] - values[0] >= enough * self._patience:
                return True
        return False


def used_growth(play: Callable[[], bool], look: Callable[[], Usage]) -> Growth | None:
    """What a server keeps of a case that `play` plays once more (false: it could not, and nothing is said)."""
    if not all(play() for _ in range(WARM)):
        return None
    looks = [look()]
    for _ in range(ROUNDS):
        if not all(play() for _ in range(ROUND)):
            return None
        looks.append(look())
        memory = [after.memory - before.memory for before, after in pairwise(looks)]
        descriptors = [after.descriptors - before.descriptors for before, after in pairwise(looks)]
        if not _is_linear(memory, LEAST_BYTES) and not _is_linear(descriptors, LEAST_DESCRIPTORS):
            return None
    kind, found = ("descriptors", descriptors) if _is_linear(descriptors, LEAST_DESCRIPTORS) else ("memory", memory)
    return Growth(kind, _each(found, ROUND), text=_told(found, ROUND, kind))


def traced_growth(play: Callable[[], object]) -> Growth | None:
    """What a server in this process keeps of a case that `play` plays once more."""
    with _counting():
        for _ in range(TRACED_WARM):
            play()
        if _traced(play) < LEAST_TRACED:
            return None
        before = tracemalloc.take_snapshot()
        found = [_traced(play) for _ in range(ROUNDS)]
        if not _is_linear(found, LEAST_TRACED):
            return None
        sites = [each for each in tracemalloc.take_snapshot().compare_to(before, "lineno") if each.size_diff > 0]
    lines = [f"{each.size_diff:>10} bytes by {_line(each.traceback[0])}" for each in sites[:5]]
    where = _line(sites[0].traceback[0]) if sites else ""
    return Growth("memory", _each(found, TRACED_ROUND), where, "\n".join([_told(found, TRACED_ROUND, "memory"), *lines]))


@contextlib.contextmanager
def _counting() -> Iterator[None]:
    """Let allocations be counted, and garbage be collected in no time: what is there already is not looked at."""
    ours, thawed = not tracemalloc.is_tracing(), gc.get_freeze_count() == 0
    gc.freeze()
    if ours:
        tracemalloc.start()
    try:
        yield
    finally:
        if ours:
            tracemalloc.stop()
        if thawed:
            gc.unfreeze()


def _traced(play: Callable[[], object]) -> int:
    """Bytes that are held after a round, and were not before."""
    before = _held()
    for _ in range(TRACED_ROUND):
        play()
    return _held() - before


def _held() -> int:
    """Bytes in use, without what will be given back sooner or later: what refers to itself in a circle, and the interpreter's cache of
    attributes, which keeps thousands of names and fills as steadily as any leak."""
    _forget_attributes()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def _is_linear(found: list[int], least: int) -> bool:
    """Whether each round took about as much as the others, and enough."""
    return min(found) >= least and max(found) <= 2 * min(found)


def _each(found: list[int], times: int) -> float:
    """For one case, by the round in the middle."""
    return sorted(found)[len(found) // 2] / times


def _told(found: list[int], times: int, kind: str) -> str:
    unit = "bytes" if kind == "memory" else "descriptors"
    return f"the case was played {times} times, {len(found)} times in a row; {unit} more each time: {', '.join(map(str, found))}"


def _line(frame: tracemalloc.Frame) -> str:
    """A line of code by its file and text: neither where the file lies nor what is above it matters."""
    return f"{Path(frame.filename).stem}: {normalised(linecache.getline(frame.filename, frame.lineno))}"

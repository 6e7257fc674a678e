"""Which places of a target's code a case reached, and how often: a map in shared memory that the target writes and we read.

One byte counts for each place, in a System V segment that the target finds by `__AFL_SHM_ID`, as all tools around AFL do. Whoever fills it
(afl-clang-fast, our own runtime, the probes in Python code) is all the same here. The hot path is a scan of the map by words, arithmetic on
the few that are not zero, and wiping it; Python numbers are made only when something is new.
"""

import ctypes
import os
import weakref
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.api import TargetError

__all__ = ["DEFAULT_SIZE", "MAX_SIZE", "CoverageMap"]

DEFAULT_SIZE = 1 << 16
"""Places of AFL's own map, which every instrumented program can use unless it says that it needs more."""
MAX_SIZE = 1 << 25
"""Places of the largest map: a browser has as many edges, and wiping more for each case would cost more than the case."""
ALIGNED = 64
"""Maps are a whole number of cache lines, as AFL's are."""

_PRIVATE, _CREATE, _REMOVE = 0, 0o1000, 0
_FAILED = ctypes.c_void_p(-1).value
_Words = NDArray[np.uint64]

_libc = ctypes.CDLL(None, use_errno=True)
_libc.shmget.argtypes = [ctypes.c_int, ctypes.c_size_t, ctypes.c_int]
_libc.shmat.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_int]
_libc.shmat.restype = ctypes.c_void_p
_libc.shmdt.argtypes = [ctypes.c_void_p]
_libc.shmctl.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_void_p]


def _bucket(count: int) -> int:
    """Which of AFL's eight steps a count lies in: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, more."""
    return next(step for step, last in enumerate((1, 2, 3, 7, 15, 31, 127, 255)) if count <= last)


_BIT = np.array([0, *(1 << _bucket(count) for count in range(1, 256))], np.uint8)
"""A count as one bit, so that what was seen of a place fits one byte, too."""
_STEP = np.array([max(0, bit.bit_length() - 1) for bit in range(256)], np.int64)
"""Which bucket a bit stands for."""


class CoverageMap:
    """A map of at least `size` places, and what of it was seen so far.

    A feature is `place * 8 + bucket` (see `fuzzers.novelty`). The segment is marked for removal as soon as it exists: Linux still lets
    targets attach it by its number (shmctl(2)), and it is gone with the last process that uses it, however that ends. A forked child
    shares the map. Raises `TargetError` where the system gives no shared memory.
    """

    def __init__(self, size: int = DEFAULT_SIZE) -> None:
        self.size = -(-min(max(size, ALIGNED), MAX_SIZE) // ALIGNED) * ALIGNED
        self._id, address = _segment(self.size)
        self._close = weakref.finalize(self, _libc.shmdt, address)
        self._close.atexit = False  # the system does it, after the last code that may count
        self._bytes = (ctypes.c_uint8 * self.size).from_address(address)
        self._counts: _Words = np.frombuffer(memoryview(self._bytes), np.uint64)
        self._seen: _Words = np.zeros(self.size // 8, np.uint64)
        self._kept: _Words | None = None
        """All ones but for masked places; None while there are none."""
        self._learnt: tuple[NDArray[np.intp], _Words] | None = None
        """Where the last `novel` changed what was seen, and what stood there."""

    def environment(self) -> dict[str, str]:
        """What a target must find in its environment to fill this map."""
        return {"__AFL_SHM_ID": str(self._id), "AFL_MAP_SIZE": str(self.size)}

    def counters(self) -> memoryview:
        """The map itself, for probes in this process; not to be used after `close`."""
        return memoryview(self._bytes).cast("B")

    def clear(self) -> None:
        """Before a case: nothing was reached."""
        self._counts.fill(0)

    def features(self) -> tuple[int, ...]:
        """Everything that was reached since `clear`, ascending."""
        return _numbers(*self._reached())

    def novel(self) -> tuple[int, ...]:
        """All features, when one of them is new to this object (which then knows them); else none."""
        at, bits = self._reached()
        seen = self._seen[at]
        if not (bits & ~seen).any():
            self._learnt = None
            return ()
        self._learnt = at, seen
        self._seen[at] = seen | bits
        return _numbers(at, bits)

    def take_back(self) -> None:
        """Forget what the last `novel` saw: its case does not count."""
        if self._learnt is not None:
            at, seen = self._learnt
            self._seen[at] = seen if self._kept is None else seen & self._kept[at]
            self._learnt = None

    def forget_novelty(self) -> None:
        """Everything is new again."""
        self._seen.fill(0)
        self._learnt = None

    def signature(self) -> int:
        """A number that is equal where the same was reached as often (by bucket)."""
        at, bits = self._reached()
        return int.from_bytes(blake2b(at.tobytes() + bits.tobytes(), digest_size=8).digest(), "big")

    def mask(self, places: Iterable[int]) -> None:
        """From now on these places count for nothing: what happens there differs from one play of a case to the next."""
        if self._kept is None:
            self._kept = np.full(self.size // 8, 2**64 - 1, np.uint64)
        wanted = [place for place in places if 0 <= place < self.size]
        self._kept.view(np.uint8)[wanted] = 0
        self._seen &= self._kept

    def edges(self) -> int:
        """How many places were in anything that `novel` saw."""
        return int(np.count_nonzero(self._seen.view(np.uint8)))

    def close(self) -> None:
        """Let go of the segment; the map is empty from now on. Safe to call twice."""
        self._bytes = (ctypes.c_uint8 * self.size)()
        self._counts = np.zeros(self.size // 8, np.uint64)
        self._close()

    def _reached(self) -> tuple[NDArray[np.intp], _Words]:
        """The words that are not zero: where they are, and their counts as bits of buckets."""
        at: NDArray[np.intp] = (self._counts != 0).nonzero()[0]
        bits: _Words = _BIT[self._counts[at].view(np.uint8)].view(np.uint64)
        if self._kept is not None:
            bits &= self._kept[at]
            left = bits.nonzero()[0]
            return at[left], bits[left]
        return at, bits


def _numbers(at: NDArray[np.intp], bits: _Words) -> tuple[int, ...]:
    """Features from words of the map; their bytes lie in memory as the places do, whatever the byte order."""
    each = bits.view(np.uint8)
    hit = each.nonzero()[0]
    numbers: NDArray[Any] = (at[hit >> 3] * 8 + (hit & 7)) * 8 + _STEP[each[hit]]
    return tuple(numbers.tolist())


def _segment(size: int) -> tuple[int, int]:
    """A new segment: its number and where it lies in this process. Nobody has to remove it."""
    number = _libc.shmget(_PRIVATE, size, _CREATE | 0o600)
    if number < 0:
        raise _refused(size)
    address = _libc.shmat(number, None, 0)
    refused = _refused(size) if address == _FAILED else None
    _libc.shmctl(number, _REMOVE, None)
    if refused is not None:
        raise refused
    return number, address


def _refused(size: int) -> TargetError:
    return TargetError(
        f"there is no shared memory of {size} bytes for a coverage map ({os.strerror(ctypes.get_errno())})",
        remedy="Raise kernel.shmmax or kernel.shmmni (sysctl), or fuzz with --coverage off",
    )

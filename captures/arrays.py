"""Columns that grow, and fields gathered from a byte buffer at many unaligned positions at once.

Nothing here knows a protocol or a file format.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bytes", "Gather", "Growing", "Ints", "Mask"]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_FIRST_ROWS = 1024
_MOST_EXPECTED = 4 << 20
"""Rows that a mere guess may make room for."""


class Gather:
    """Reads integers of any alignment from a buffer: `gather.u16(positions)` is one value per position, as int64.

    Positions must lie within the buffer, whole value included; `big` says which byte order.
    """

    def __init__(self, buffer: Bytes, *, big: bool = True) -> None:
        self.buffer = buffer
        order = ">" if big else "<"
        self._u16 = _sliding(buffer, f"{order}u2")
        self._u32 = _sliding(buffer, f"{order}u4")
        self._u64 = _sliding(buffer, f"{order}u8")

    def u8(self, at: Ints) -> Ints:
        """One byte at each position."""
        return self.buffer[at].astype(np.int64)

    def u16(self, at: Ints) -> Ints:
        """Two bytes at each position."""
        return self._u16[at].astype(np.int64)

    def u32(self, at: Ints) -> Ints:
        """Four bytes at each position."""
        return self._u32[at].astype(np.int64)

    def u64(self, at: Ints) -> NDArray[np.uint64]:
        """Eight bytes at each position, unsigned."""
        return self._u64[at].astype(np.uint64)


def _sliding(buffer: Bytes, dtype: str) -> NDArray[Any]:
    size = np.dtype(dtype).itemsize
    return np.ndarray((max(0, len(buffer) - size + 1),), dtype, buffer=buffer.data, strides=(1,))


class Growing:
    """Named columns of equal length. Appending doubles the room; pages that were never written cost no memory.

    A reader in another thread sees a consistent prefix: arrays are replaced before the length moves.
    """

    def __init__(self, dtypes: Mapping[str, str]) -> None:
        self._arrays: dict[str, NDArray[Any]] = {name: np.empty(_FIRST_ROWS, dtype) for name, dtype in dtypes.items()}
        self._room = _FIRST_ROWS
        self._length = 0
        self.expected = 0
        """How many rows there will probably be: room for them is made at once when more room is needed."""

    def __len__(self) -> int:
        return self._length

    def column(self, name: str) -> NDArray[Any]:
        """The filled part of one column: a view, valid for the rows there are now."""
        return self._arrays[name][: self._length]

    def append(self, count: int, values: Mapping[str, NDArray[Any]]) -> None:
        """Add `count` rows; `values` has one array of that length for every column."""
        end = self._length + count
        if end > self._room:
            self._make_room(max(2 * self._room, end, min(self.expected, _MOST_EXPECTED)))
        for name, array in self._arrays.items():
            array[self._length : end] = values[name]
        self._length = end

    def _make_room(self, rows: int) -> None:
        for name, old in self._arrays.items():
            grown = np.empty(rows, old.dtype)
            grown[: self._length] = old[: self._length]
            self._arrays[name] = grown
        self._room = rows

"""Which packet is on which row: all of them in order, or the ascending numbers that a filter let through, growing as it goes on."""

import numpy as np
import numpy.typing as npt

__all__ = ["RowMap"]

FIRST_ROOM = 1024


class RowMap:
    """Rows to packet numbers. Without a filter it is the identity over `total` packets; with one, the numbers added so far."""

    def __init__(self, *, filtered: bool = False, total: int = 0) -> None:
        self.filtered = filtered
        self.total = total
        """Packets looked at so far (shown or not)."""
        self._numbers: npt.NDArray[np.uint32] = np.empty(FIRST_ROOM if filtered else 0, dtype=np.uint32)
        self._length = 0

    def __len__(self) -> int:
        """Rows."""
        return self._length if self.filtered else self.total

    def add(self, numbers: npt.NDArray[np.int64], total: int) -> None:
        """More matching packet numbers, ascending and above the earlier ones; `total` packets were looked at by now."""
        need = self._length + len(numbers)
        if need > len(self._numbers):
            grown = np.empty(max(need, 2 * len(self._numbers)), dtype=np.uint32)
            grown[: self._length] = self._numbers[: self._length]
            self._numbers = grown
        self._numbers[self._length : need] = numbers
        self._length = need
        self.total = total

    def number(self, row: int) -> int:
        """The packet on a row."""
        return int(self._numbers[row]) if self.filtered else row + 1

    def row(self, number: int) -> int:
        """The row of a packet, or of the nearest one at or after it (the last row when there is none); -1 without rows."""
        if not self.filtered:
            return min(max(number - 1, 0), self.total - 1)
        if not self._length:
            return -1
        return min(int(np.searchsorted(self._numbers[: self._length], number)), self._length - 1)

    def numbers(self, start: int, stop: int) -> list[int]:
        """The packets on rows [start, stop)."""
        stop = min(stop, len(self))
        if not self.filtered:
            return list(range(start + 1, stop + 1))
        return [int(number) for number in self._numbers[start:stop]]

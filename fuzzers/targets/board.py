"""A few bytes that a worker and its parent share: what the worker is doing right now, also when it can say nothing any more."""

from mmap import mmap

__all__ = ["IDLE", "JUDGING", "PLAYING", "WAITING", "Board"]

IDLE, PLAYING, WAITING, JUDGING = 0, 1, 2, 3
"""Between two cases; inside a server of this process; for a server elsewhere, which has its own limits; deciding about replies."""

_CASE, _PHASE, _BEAT, _GROUP = slice(0, 8), 8, 9, slice(12, 16)
_SIZE = 16


class Board:
    """Made before the worker is forked."""

    def __init__(self) -> None:
        self._bytes = mmap(-1, _SIZE)

    def clear(self) -> None:
        """Nothing is being done."""
        self._bytes[:] = bytes(_SIZE)

    def snapshot(self) -> bytes:
        """Everything on it: equal as long as nothing moves."""
        return self._bytes[:]

    def beat(self) -> None:
        """The same case is played once more."""
        self._bytes[_BEAT] = (self._bytes[_BEAT] + 1) & 0xFF

    @property
    def case(self) -> int:
        """The case that is (or was) being played."""
        return int.from_bytes(self._bytes[_CASE], "little")

    @case.setter
    def case(self, number: int) -> None:
        self._bytes[_CASE] = number.to_bytes(8, "little")

    @property
    def phase(self) -> int:
        """What is being done with it."""
        return self._bytes[_PHASE]

    @phase.setter
    def phase(self, phase: int) -> None:
        self._bytes[_PHASE] = phase

    @property
    def group(self) -> int:
        """The process group of the server that the worker has started; 0 for none."""
        return int.from_bytes(self._bytes[_GROUP], "little")

    @group.setter
    def group(self, group: int) -> None:
        self._bytes[_GROUP] = group.to_bytes(4, "little")

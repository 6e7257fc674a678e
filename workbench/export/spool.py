"""Texts by packet, kept on disk until their packet is written.

Messages are complete in almost, but not quite the order of packets: some only show at the end of the capture that they ended earlier.
What is written packet by packet waits here for its turn; in memory stand 20 bytes for each text.
"""

import os
import tempfile
from array import array
from collections.abc import Iterator
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

__all__ = ["Spool"]

BUFFER = 1 << 20
"""Bytes that are collected before they are written."""


class Spool:
    """Add all texts first, then ask for those of each packet. A context manager: its file is gone afterwards."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(buffering=BUFFER)  # noqa: SIM115 - closed by __exit__
        self._packets = array("q")
        self._ends = array("q")
        self._order: NDArray[np.int64] | None = None
        self._sorted: NDArray[np.int64] = np.zeros(0, np.int64)

    def add(self, packet: int, text: bytes) -> None:
        """One more text for a packet. Raises OSError when the disk is full."""
        self._file.write(text)
        self._packets.append(packet)
        self._ends.append((self._ends[-1] if self._ends else 0) + len(text))

    def of(self, packet: int) -> list[bytes]:
        """The texts of a packet in the order in which they were added."""
        order = self._ordered()
        first, last = self._sorted.searchsorted((packet, packet + 1)).tolist()
        return [self._text(number) for number in order[first:last].tolist()]

    def all(self) -> Iterator[bytes]:
        """All texts by packet."""
        for number in self._ordered():
            yield self._text(int(number))

    def _ordered(self) -> NDArray[np.int64]:
        if self._order is None:
            self._file.flush()
            packets = np.frombuffer(self._packets, np.int64)
            self._order = np.argsort(packets, kind="stable").astype(np.int64)
            self._sorted = packets[self._order]
        return self._order

    def _text(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        return os.pread(self._file.fileno(), self._ends[number] - start, start)

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

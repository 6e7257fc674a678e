"""Which packets carried a message, and when was it complete? Remembered per direction until messages have covered the bytes."""

from collections import deque
from typing import NamedTuple

from workbench.api import Chunk

__all__ = ["MOST_CARRIERS", "MOST_KEPT", "Carried", "Carriers"]

MOST_CARRIERS = 65_536
"""Chunks remembered per direction: a message of 16 MiB in segments of 1448 bytes has 12 000; beyond, the middle is forgotten."""

MOST_KEPT = 1024 * 1024
"""Bytes kept per direction to report them should their decoder fail."""


class Carried(NamedTuple):
    """What is known about the bytes of a span."""

    packets: tuple[int, ...]
    """Packets that carried them, ascending."""
    packet: int
    """The packet with which the last of them became available."""
    time_ns: int


_Entry = tuple[int, int, int, tuple[int, ...], int, bytes]
"""(start, end, packet, carriers, time_ns, data); data is empty where it was not worth keeping."""


class Carriers:
    """The chunks of one direction that no message has covered yet."""

    __slots__ = ("_begun", "_entries", "_kept", "_last", "end", "start")

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._last: _Entry = (0, 0, 0, (0,), 0, b"")
        self._kept = 0
        self.start = 0
        """Stream position up to which messages cover everything."""
        self.end = 0
        """Stream position after the last chunk."""
        self._begun = False

    def add(self, chunk: Chunk) -> None:
        """Remember a chunk that is about to be decoded."""
        data = chunk.data
        start = chunk.offset
        if not self._begun:
            self._begun = True
            self.start = start - chunk.gap
        self.end = start + len(data)
        if self._kept + len(data) > MOST_KEPT:
            data = b""
        self._kept += len(data)
        self._last = (start, self.end, chunk.packet, chunk.carriers or (chunk.carrier,), chunk.time_ns, data)
        if len(self._entries) >= MOST_CARRIERS:
            self._kept -= len(self._entries.pop()[5])
        self._entries.append(self._last)

    def cover(self, start: int, end: int) -> Carried:
        """Who carried `[start, end)`; forgets everything before `end`. Bytes that were lost count as carried by what came last."""
        entries = self._entries
        while entries and entries[0][1] <= start:
            self._drop()
        if end > self.start:
            self.start = end
        if not entries or entries[0][0] >= end:
            _, _, packet, carriers, time_ns, _ = self._last
            return Carried(carriers, packet, time_ns)
        _, its_end, packet, carriers, time_ns, _ = entries[0]
        if its_end >= end:
            if its_end == end:
                self._drop()
            return Carried(carriers, packet, time_ns)
        return self._of_many(end)

    def _of_many(self, end: int) -> Carried:
        entries = self._entries
        packets: set[int] = set()
        latest = 0, 0
        while entries and entries[0][0] < end:
            _, its_end, packet, carriers, time_ns, _ = entries[0]
            packets.update(carriers)
            latest = max(latest, (packet, time_ns))
            if its_end > end:
                break
            self._drop()
        return Carried(tuple(sorted(packets)), *latest)

    @property
    def oldest(self) -> int:
        """The first packet that carried bytes which no message has covered yet; 0 when there are none."""
        return next((min(carriers) for _, end, _, carriers, _, _ in self._entries if end > self.start), 0)

    def uncovered(self) -> bytes:
        """Bytes from `start` on that are still at hand (not those that were lost or too many to keep)."""
        return b"".join(data[max(0, self.start - start) :] for start, _, _, _, _, data in self._entries)

    def _drop(self) -> None:
        self._kept -= len(self._entries.popleft()[5])

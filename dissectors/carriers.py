"""Which packets carried a message, and when was it complete? Remembered per direction until messages have covered the bytes."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from workbench.api import Chunk

__all__ = ["MOST_CARRIERS", "MOST_KEPT", "Carried", "Carriers", "Piece"]

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


Piece = tuple[bytes, Carried]
"""Bytes, and what carried them."""

_Entry = tuple[int, int, int, tuple[int, ...], int, bytes]
"""(start, end, packet, carriers, time_ns, data); data is empty where it was not worth keeping."""


_NOBODY = 0, (0,), 0

_SWEPT = 1_024
"""Entries that are done with stay in the list until there are so many of them and most are: a direction has none or one, nearly always,
and a deque of none takes ten times as much as a list of none."""


class Carriers:
    """The chunks of one direction that no message has covered yet."""

    __slots__ = ("_begun", "_entries", "_first", "_kept", "_last", "end", "start")

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._first = 0
        """The first entry that is not done with."""
        self._last: tuple[int, tuple[int, ...], int] = _NOBODY
        """Packet, carriers and time of the last chunk."""
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
        packet, carriers, time_ns = self._last = chunk.packet, chunk.carriers or (chunk.carrier,), chunk.time_ns
        if len(self._entries) - self._first >= MOST_CARRIERS:
            self._kept -= len(self._entries.pop()[5])
        self._entries.append((start, self.end, packet, carriers, time_ns, data))

    def extend(self, pieces: Sequence[Piece]) -> None:
        """`add` for the next bytes, which came in these pieces."""
        entries, kept, end = self._entries, self._kept, self.end
        most = self._first + MOST_CARRIERS
        for data, (packets, packet, time_ns) in pieces:
            start, end = end, end + len(data)
            if kept + len(data) > MOST_KEPT:
                data = b""
            kept += len(data)
            self._last = packet, packets, time_ns
            if len(entries) >= most:
                kept -= len(entries.pop()[5])
            entries.append((start, end, packet, packets, time_ns, data))
        self._kept, self.end = kept, end

    def pass_over(self, size: int, carried: Carried) -> None:
        """The next bytes, which a message covers exactly; nothing may be uncovered before them."""
        packets, packet, time_ns = carried
        self._begun = True
        self._last = packet, packets, time_ns
        self.start = self.end = self.end + size

    def cover(self, start: int, end: int) -> Carried:
        """Who carried `[start, end)`; forgets everything before `end`. Bytes that were lost count as carried by what came last."""
        entry = self._front()
        while entry is not None and entry[1] <= start:
            entry = self._next(entry)
        if end > self.start:
            self.start = end
        if entry is None or entry[0] >= end:
            packet, carriers, time_ns = self._last
            return Carried(carriers, packet, time_ns)
        _, its_end, packet, carriers, time_ns, _ = entry
        if its_end < end:
            return self._of_many(entry, end)
        if its_end == end:
            self._next(entry)
        return Carried(carriers, packet, time_ns)

    def _of_many(self, entry: _Entry | None, end: int) -> Carried:
        packets: set[int] = set()
        latest = 0, 0
        while entry is not None and entry[0] < end:
            _, its_end, packet, carriers, time_ns, _ = entry
            packets.update(carriers)
            latest = max(latest, (packet, time_ns))
            if its_end > end:
                break
            entry = self._next(entry)
        return Carried(tuple(sorted(packets)), *latest)

    @property
    def oldest(self) -> int:
        """The first packet that carried bytes which no message has covered yet; 0 when there are none."""
        return next((min(carriers) for _, end, _, carriers, _, _ in self._left() if end > self.start), 0)

    def uncovered(self) -> bytes:
        """Bytes from `start` on that are still at hand (not those that were lost or too many to keep)."""
        return b"".join(data[max(0, self.start - start) :] for start, _, _, _, _, data in self._left())

    def _left(self) -> Iterator[_Entry]:
        return islice(self._entries, self._first, None)

    def _front(self) -> _Entry | None:
        return self._entries[self._first] if self._entries else None

    def _next(self, entry: _Entry) -> _Entry | None:
        """Be done with the entry in front; gives the one behind it."""
        entries = self._entries
        self._kept -= len(entry[5])
        self._first = first = self._first + 1
        if first == len(entries):
            entries.clear()
            self._first = 0
            return None
        if first >= _SWEPT and 2 * first >= len(entries):
            del entries[:first]
            self._first = first = 0
        return entries[first]

"""Puts IP fragments together again (RFC 791 section 3.2, RFC 8200 section 4.5), in bounded memory.

Where fragments overlap, the one with the lower offset wins, as in tshark. Knows nothing about headers: a datagram is a key.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["MAX_BYTES", "MAX_PENDING", "Assembler", "Fragments", "Known", "Piece", "slice_pieces"]

Piece = tuple[int, int, int]
"""(row, start, end): bytes of a packet's data."""

MAX_PENDING = 4096
"""Incomplete datagrams remembered; the oldest is forgotten. Real hosts give up after a minute, with far fewer under way."""
MAX_BYTES = 64 << 20
"""Bytes of incomplete datagrams remembered, so that a flood of fragments stays harmless."""
MAX_DATAGRAM = 65_535 + 40
"""No fragment offset can express more."""


@dataclass(slots=True)
class _Part:
    start: int
    data: bytes
    pieces: tuple[Piece, ...]


@dataclass(slots=True)
class _Datagram:
    parts: list[_Part] = field(default_factory=list)
    covered: list[tuple[int, int]] = field(default_factory=list)
    """What the parts cover: spans in ascending order that neither touch nor overlap, so that no fragment costs a look at all others."""
    size: int = 0
    total: int | None = None


class Assembler(Protocol):
    """Takes fragments and may give a whole datagram back."""

    def add(
        self, key: Hashable, start: int, data: bytes, pieces: tuple[Piece, ...], *, more: bool
    ) -> tuple[bytes, tuple[Piece, ...]] | None:
        """See `Fragments.add`."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """An `Assembler` for a packet that is known to complete a datagram: it gives that datagram for any fragment."""

    datagram: bytes
    pieces: tuple[Piece, ...]

    def add(
        self, key: Hashable, start: int, data: bytes, pieces: tuple[Piece, ...], *, more: bool
    ) -> tuple[bytes, tuple[Piece, ...]] | None:
        """The datagram."""
        return self.datagram, self.pieces


class Fragments:
    """Datagrams that are waiting for their missing fragments."""

    def __init__(self) -> None:
        self._pending: dict[Hashable, _Datagram] = {}
        self._bytes = 0

    def add(
        self, key: Hashable, start: int, data: bytes, pieces: tuple[Piece, ...], *, more: bool
    ) -> tuple[bytes, tuple[Piece, ...]] | None:
        """Take one fragment; gives the datagram's payload and where its bytes came from once nothing is missing.

        `start` is the fragment's offset in bytes, `pieces` says which packet bytes `data` are, `more` is the flag of that name.
        """
        if start + len(data) > MAX_DATAGRAM:
            return None
        datagram = self._pending.get(key)
        if datagram is None:
            datagram = self._pending[key] = _Datagram()
        datagram.parts.append(_Part(start, data, pieces))
        _cover(datagram.covered, start, start + len(data))
        datagram.size += len(data)
        self._bytes += len(data)
        if not more:
            datagram.total = max(datagram.total or 0, start + len(data))
        begin, reached = datagram.covered[0]
        if datagram.total is not None and not begin and reached >= datagram.total:
            self._forget(key)
            return _assemble(datagram.parts, datagram.total)
        while len(self._pending) > MAX_PENDING or self._bytes > MAX_BYTES:
            self._forget(next(iter(self._pending)))
        return None

    def _forget(self, key: Hashable) -> None:
        self._bytes -= self._pending.pop(key).size


def slice_pieces(pieces: tuple[Piece, ...], start: int, end: int) -> tuple[Piece, ...]:
    """Which packet bytes make up `[start, end)` of a buffer that itself consists of `pieces`."""
    found: list[Piece] = []
    at = 0
    for row, first, last in pieces:
        low, high = max(start - at, 0), min(end - at, last - first)
        if low < high:
            found.append((row, first + low, first + high))
        at += last - first
    return tuple(found)


def _cover(spans: list[tuple[int, int]], start: int, end: int) -> None:
    """Add a span, merged with those it touches."""
    low, high = bisect_left(spans, start, key=_end), bisect_right(spans, end, key=_begin)
    if low < high:
        start, end = min(start, spans[low][0]), max(end, spans[high - 1][1])
    spans[low:high] = [(start, end)]


def _begin(span: tuple[int, int]) -> int:
    return span[0]


def _end(span: tuple[int, int]) -> int:
    return span[1]


def _assemble(parts: list[_Part], total: int) -> tuple[bytes, tuple[Piece, ...]]:
    data = bytearray()
    pieces: list[Piece] = []
    for part in sorted(parts, key=_start):
        low, high = len(data) - part.start, min(len(part.data), total - part.start)
        if low < high:
            data += part.data[low:high]
            pieces.extend(slice_pieces(part.pieces, low, high))
    return bytes(data), tuple(pieces)


def _start(part: _Part) -> int:
    return part.start

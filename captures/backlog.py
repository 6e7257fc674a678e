"""Segments of one direction that arrived before the bytes in front of them.

Offsets are 64-bit positions in the direction's byte stream; sequence numbers and decisions are `reassembly`'s.
"""

from bisect import bisect_right
from typing import NamedTuple

__all__ = ["PIECE_COST", "Backlog", "Piece"]

PIECE_COST = 200
"""Bytes of memory that a waiting piece takes beside its data: without counting them, a flood of one-byte segments would be for free."""


class Piece(NamedTuple):
    """Bytes `[offset, end)` of a stream out of packet `packet`, from `skip` bytes into its payload.

    `data` is shorter than `end - offset` where the snapshot length cut the packet.
    """

    offset: int
    end: int
    data: bytes
    packet: int
    skip: int = 0

    def cut(self, start: int, stop: int) -> "Piece":
        """The part of this piece inside `[start, stop)`, which must overlap it."""
        low, high = max(start, self.offset), min(stop, self.end)
        data = self.data[low - self.offset : high - self.offset]
        return Piece(low, high, data, self.packet, self.skip + low - self.offset)


class Backlog:
    """Waiting pieces, ascending and never overlapping: where two overlap, the first to arrive wins.

    `bytes` counts the captured bytes held.
    """

    __slots__ = ("bytes", "pieces")

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.bytes = 0

    @property
    def cost(self) -> int:
        """About how many bytes of memory the waiting pieces take."""
        return self.bytes + PIECE_COST * len(self.pieces)

    def insert(self, new: Piece) -> tuple[int, bool]:
        """Add what is new of a piece; returns how many bytes were, and whether those already here differ from it."""
        pieces = self.pieces
        at = bisect_right(pieces, new.offset, key=_offset)
        if at and pieces[at - 1].end > new.offset:
            at -= 1
        position, added, differs = new.offset, 0, False
        while position < new.end:
            stop = pieces[at].offset if at < len(pieces) else new.end
            if position < stop:
                fresh = new.cut(position, stop)
                pieces.insert(at, fresh)
                self.bytes += len(fresh.data)
                added += fresh.end - fresh.offset
                position = fresh.end
                at += 1
            else:
                there = pieces[at]
                differs = differs or _differ(there, new)
                position = there.end
                at += 1
        return added, differs

    def take(self, offset: int) -> list[Piece]:
        """Remove and return the unbroken run of pieces that starts at `offset`."""
        pieces = self.pieces
        count = 0
        while count < len(pieces) and pieces[count].offset == offset:
            offset = pieces[count].end
            self.bytes -= len(pieces[count].data)
            count += 1
        run = pieces[:count]
        del pieces[:count]
        return run


def _offset(piece: Piece) -> int:
    return piece.offset


def _differ(one: Piece, other: Piece) -> bool:
    low, high = max(one.offset, other.offset), min(one.end, other.end)
    first, second = one.cut(low, high).data, other.cut(low, high).data
    known = min(len(first), len(second))
    return first[:known] != second[:known]

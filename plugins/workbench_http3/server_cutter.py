"""Cutting one stream into frames as its bytes come (RFC 9114 7.1), without keeping more of them than somebody wants.

What is known of a frame before its payload, its type and length, is shown to `admit` first: it decides whether the payload is wanted
whole, in pieces as they come, or not at all, and raises where the frame must not come.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from workbench.api import read_varint

__all__ = ["Cutter", "Fate", "Piece"]


class Fate(Enum):
    """What becomes of a frame's payload."""

    WHOLE = "whole"
    PIECES = "pieces"
    SKIPPED = "skipped"


class Piece(NamedTuple):
    """A frame, or some of one whose payload comes in pieces: at least one, which is empty where the payload is."""

    type: int
    payload: bytes


class Cutter:
    """The frames of one stream; `feed` bytes, then ask for `next` until there is none."""

    def __init__(self, admit: Callable[[int, int], Fate]) -> None:
        self._admit = admit
        self._buffer = bytearray()
        self._type = 0
        self._left = 0
        self._fate: Fate | None = None

    def feed(self, data: bytes) -> None:
        """More bytes of the stream."""
        self._buffer += data

    @property
    def waiting(self) -> int:
        """Bytes that were not given out."""
        return len(self._buffer)

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._fate is not None or bool(self._buffer)

    def next(self) -> Piece | None:
        """The next frame or piece, None where more bytes are needed. Raises what `admit` raises."""
        while self._fate is not None or self._begin():
            if self._fate is Fate.WHOLE:
                return self._whole()
            taken = bytes(self._buffer[: self._left])
            if not taken and self._left:
                return None
            del self._buffer[: len(taken)]
            self._left -= len(taken)
            wanted = self._fate is Fate.PIECES
            if not self._left:
                self._fate = None
            if wanted:
                return Piece(self._type, taken)
        return None

    def _begin(self) -> bool:
        head = bytes(self._buffer[:16])
        kind = read_varint(head)
        size = None if kind is None else read_varint(head, kind[1])
        if kind is None or size is None:
            return False
        del self._buffer[: size[1]]
        self._type, self._left = kind[0], size[0]
        self._fate = self._admit(self._type, self._left)
        return True

    def _whole(self) -> Piece | None:
        if len(self._buffer) < self._left:
            return None
        payload = bytes(self._buffer[: self._left])
        del self._buffer[: self._left]
        self._fate = None
        return Piece(self._type, payload)

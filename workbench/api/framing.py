"""Where does the first message in a buffer end? Ready answers for `ProtocolSpec.frame`.

A framer maps a buffer to the length of its first message, to None (more bytes needed), or raises `FrameError` (no message can start
like this). It sees the buffer from the message's first byte and must give the same answer whatever follows the message.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from workbench.api.errors import FrameError

__all__ = ["MAX_FRAME", "Framer", "datagram", "delimited", "length_prefixed"]

Framer = Callable[[bytes], int | None]

MAX_FRAME = 16 * 1024 * 1024
"""Longest frame the ready framers accept: room for a large batch, and a corrupt length cannot make a reader wait for gigabytes."""


def length_prefixed(
    size: int,
    *,
    at: int = 0,
    counts_from: int | None = None,
    byteorder: Literal["big", "little"] = "big",
    longest: int = MAX_FRAME,
) -> Framer:
    """Frames that carry their length: an unsigned integer of `size` bytes at offset `at`.

    The integer counts the bytes from offset `counts_from` on (default: those after the length field itself; 0 when it counts the
    whole message). Raises `FrameError` where the length is shorter than its own header or makes the frame longer than `longest`.
    """
    header = at + size
    return _LengthPrefixed(header, at, header if counts_from is None else counts_from, byteorder, longest)


@dataclass(frozen=True, slots=True)
class _LengthPrefixed:
    header: int
    at: int
    base: int
    byteorder: Literal["big", "little"]
    longest: int

    def __call__(self, data: bytes) -> int | None:
        total = self.total(data)
        return total if total is not None and len(data) >= total else None

    def total(self, data: bytes) -> int | None:
        """Length of the frame as soon as its header is there; lets a reader wait for exactly that much, and skip what it cannot hold."""
        if len(data) < self.header:
            return None
        total = self.base + int.from_bytes(data[self.at : self.header], self.byteorder)
        if not self.header <= total <= self.longest:
            raise FrameError(f"the length field makes a frame of {total} bytes, outside {self.header}..{self.longest}")
        return total


def delimited(delimiter: bytes, *, longest: int = 65_536) -> Framer:
    """Frames that end with `delimiter` (included); raises `FrameError` after `longest` bytes without one."""
    if not delimiter:
        raise ValueError("the delimiter must not be empty")

    def frame(data: bytes) -> int | None:
        found = data.find(delimiter, 0, longest)
        if found >= 0:
            return found + len(delimiter)
        if len(data) >= longest:
            raise FrameError(f"no {delimiter!r} within {longest} bytes")
        return None

    return frame


def datagram(data: bytes) -> int | None:
    """One message per datagram (or per chunk that the transport delivers)."""
    return len(data) or None

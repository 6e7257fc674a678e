"""What a resource of the reference server gives out: bytes with a type and an entity tag, readable in parts without lying in memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["PIECE", "Representation", "pattern", "stored"]

PIECE = 16_384
"""Bytes per piece of a body: the unit of back-pressure, a fraction of a socket's buffer."""

_PATTERN = b"".join(b"%015d\n" % number for number in range(1024))


@dataclass(frozen=True, slots=True)
class Representation:
    """`read(start, stop)` yields the bytes of that range in pieces. `etag` is a strong validator with its quotes (RFC 9110 8.8.3)."""

    content_type: str
    length: int
    etag: str
    read: Callable[[int, int], Iterator[bytes]]

    def whole(self) -> bytes:
        """All of it at once; for what is known to be small."""
        return b"".join(self.read(0, self.length))


def stored(content: bytes, content_type: str) -> Representation:
    """Bytes in memory; the tag is a digest, so equal content has equal tags after every start."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        for begin in range(start, stop, PIECE):
            yield content[begin : min(begin + PIECE, stop)]

    return Representation(content_type, len(content), f'"{hashlib.sha256(content).hexdigest()[:16]}"', read)


def pattern(length: int) -> Representation:
    """`length` bytes of numbered 16-byte lines, made as they are read."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            phase = start % len(_PATTERN)
            size = min(PIECE, stop - start, len(_PATTERN) - phase)
            yield _PATTERN[phase : phase + size]
            start += size

    return Representation("application/octet-stream", length, f'"pattern-{length}"', read)

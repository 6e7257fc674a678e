"""What a resource of the reference servers gives out: bytes with a type and an entity tag, readable in parts without lying in memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["PIECE", "Content", "fixed", "pattern"]

PIECE = 16_384
"""Bytes per piece of a body, the unit of back-pressure: a fraction of a socket's buffer, and the frame size that everybody accepts in
HTTP/2. In HTTP/3 a piece becomes one DATA frame, whose head is then nothing beside it, and other streams need not wait long."""

_PATTERN = b"".join(b"%015d\n" % number for number in range(1024))


@dataclass(frozen=True, slots=True)
class Content:
    """`kind` is its media type, `read(start, stop)` yields the bytes of that range in pieces.

    `etag` is a strong validator with its quotes (RFC 9110 8.8.3).
    """

    kind: str
    length: int
    etag: str
    read: Callable[[int, int], Iterator[bytes]]

    def whole(self) -> bytes:
        """All of it at once; for what is known to be small."""
        return b"".join(self.read(0, self.length))


def fixed(data: bytes, kind: str) -> Content:
    """Bytes in memory; the tag is a digest, so equal content has equal tags after every start."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        for begin in range(start, stop, PIECE):
            yield data[begin : min(begin + PIECE, stop)]

    return Content(kind, len(data), f'"{hashlib.sha256(data).hexdigest()[:16]}"', read)


def pattern(length: int) -> Content:
    """`length` bytes of numbered 16-byte lines, made as they are read."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            phase = start % len(_PATTERN)
            size = min(PIECE, stop - start, len(_PATTERN) - phase)
            yield _PATTERN[phase : phase + size]
            start += size

    return Content("application/octet-stream", length, f'"pattern-{length}"', read)

"""Compressed capture files, gzip (RFC 1952) and Zstandard (RFC 8878), unpacked into a temporary file that can be read at any place.

Damage ends the unpacking with a warning after what precedes it. Knows no capture format.
"""

import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from workbench.api import CaptureError

__all__ = ["MAX_UNPACKED", "maybe_packed", "unpack"]

MAX_UNPACKED = 4 << 30
"""Bytes a compressed capture may unpack to: compression can inflate a thousandfold, and the result goes to a temporary file."""

MAX_WINDOW = 128 << 20
"""Bytes of history a Zstandard frame may ask for: what `zstd -d` grants without --memory (windowLog 27)."""

_STEP = 1 << 20
_SMALL_STEP = 1 << 10
"""Packed Zstandard bytes taken at once: what they unpack to comes in one piece, and a block of four bytes may hold 128 KiB."""
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + 15
"""zlib's way to ask for a gzip header and the largest window."""
_ZSTANDARD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""The last three bytes of a skippable frame's magic number, whose first is 0x50 to 0x5f (RFC 8878 3.1.2)."""

Unpacker = Callable[[int, Path], Iterator[bytes]]


class _DamageError(Exception):
    """The packed data ends early or makes no sense from here on."""


def maybe_packed(head: bytes) -> Unpacker | None:
    """What unpacks a file that begins with `head` (four bytes are enough); None when it is not compressed."""
    if head[:2] == _GZIP:
        return _gunzipped
    if head[:4] == _ZSTANDARD or (head[1:4] == _SKIPPABLE and head[0] >> 4 == 5):
        return _from_zstandard
    return None


def unpack(packed: int, path: Path, unpacker: Unpacker) -> tuple[int, str]:
    """Unpack an open file into an unlinked temporary one; returns its descriptor and a warning (or "").

    Raises CaptureError when it unpacks to more than MAX_UNPACKED, or where the library that it needs is missing.
    """
    import tempfile  # brings random and hashlib along, which few captures are worth

    with tempfile.TemporaryFile() as temporary:
        total, warning = 0, ""
        try:
            for data in unpacker(packed, path):
                total += len(data)
                if total > MAX_UNPACKED:
                    problem = f"it unpacks to more than {MAX_UNPACKED} bytes"
                    tool = "gunzip" if unpacker is _gunzipped else "unzstd"
                    raise CaptureError(problem, place=str(path), remedy=f"Unpack it yourself with {tool}")
                temporary.write(data)
        except _DamageError as error:
            warning = f"the compressed data is damaged after {total} unpacked bytes ({error})"
        temporary.flush()
        return os.dup(temporary.fileno()), warning


def _gunzipped(packed: int, path: Path) -> Iterator[bytes]:  # noqa: ARG001 - it needs no remedy
    """The content of a gzip file, member after member (RFC 1952 section 2.2)."""
    offset, member, rest = 0, zlib.decompressobj(_GZIP_WINDOW), b""
    while True:
        if not rest:
            rest = os.pread(packed, _STEP, offset)
            offset += len(rest)
            if not rest:
                raise _DamageError("it ends in the middle")
        try:
            data = member.decompress(rest, _STEP)
        except zlib.error as error:
            raise _DamageError(str(error)) from error
        yield data
        rest = member.unconsumed_tail
        if member.eof:
            rest = member.unused_data.lstrip(b"\0")  # zeros behind the last member are padding
            while not rest:
                more = os.pread(packed, _STEP, offset)
                if not more:
                    return
                offset += len(more)
                rest = more.lstrip(b"\0")
            member = zlib.decompressobj(_GZIP_WINDOW)


def _from_zstandard(packed: int, path: Path) -> Iterator[bytes]:
    """The content of a Zstandard file, frame after frame; skippable frames hold nothing (RFC 8878 section 3.1)."""
    try:
        import zstandard  # an extra: Python brings its own only from 3.14 on
    except ImportError:
        problem = "it is packed with Zstandard, which Python cannot read by itself"
        remedy = f"Install it with pip install 'protocol-workbench[zstd]', or unpack the file: unzstd {path.name}"
        raise CaptureError(problem, place=str(path), remedy=remedy) from None
    unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW)
    frame: Any = None
    for rest in _small_pieces(packed):
        while rest:
            frame = frame or unpacker.decompressobj()
            try:
                yield frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise _DamageError(str(error)) from error
            rest = frame.unused_data  # of a frame that goes on, nothing
            if frame.eof:
                frame = None
    if frame is not None:
        raise _DamageError("it ends in the middle")


def _small_pieces(packed: int) -> Iterator[bytes]:
    offset = 0
    while data := os.pread(packed, _STEP, offset):
        offset += len(data)
        for at in range(0, len(data), _SMALL_STEP):
            yield data[at : at + _SMALL_STEP]

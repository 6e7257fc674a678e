"""The same values as construct gives, at a bounded price: parses that hostile bytes could make slow or huge.

construct reads a terminated string byte by byte into a growing copy, adds up a variable-length integer without end, and decompresses
whatever a few bytes claim to hold. `bound` changes a copy of such a construct; it then differs from the original only in cost and limit.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from construct import Compressed, Construct, IntegerError, NullTerminated, PaddingError, StreamError, VarInt, ZigZag
from construct.core import BytesIOWithOffsets

__all__ = ["LONGEST_VARINT", "MOST_DECOMPRESSED", "bound", "needs_bound"]

LONGEST_VARINT = 4096
"""Bytes of one `VarInt`: five or ten in real protocols, and adding up a megabyte of them takes minutes."""

MOST_DECOMPRESSED = 16 * 1024 * 1024
"""Bytes one compressed field may grow to: as much as the longest message, so that a message never costs more than two of them."""

FIRST_WINDOW = 64
"""Bytes looked at first for the end of a terminated string: most end there, and a longer one doubles it."""


def needs_bound(construct: Construct) -> bool:
    """Whether `bound` has something to do for this construct."""
    return isinstance(construct, Compressed | NullTerminated | type(VarInt) | type(ZigZag))


def bound(duplicate: Construct) -> None:
    """Bound the cost of parsing `duplicate`, a copy that nobody else uses."""
    if isinstance(duplicate, Compressed) and duplicate.encoding in _DECOMPRESSORS:
        duplicate._decode = lambda data, _context, path: decompress(data, duplicate.encoding, path)
    elif isinstance(duplicate, NullTerminated):
        duplicate._parse = lambda stream, context, path: _terminated(duplicate, stream, context, path)
    elif isinstance(duplicate, type(VarInt)):
        duplicate._parse = _varint
    elif isinstance(duplicate, type(ZigZag)):
        duplicate._parse = _zigzag


def _varint(stream: Any, _context: Any, path: str) -> int:
    number = shift = 0
    while shift < 7 * LONGEST_VARINT:
        byte = stream.read(1)
        if not byte:
            raise StreamError("stream read less than specified amount, expected 1, found 0", path=path)
        number |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return int(number)
        shift += 7
    raise IntegerError(f"a variable-length integer of more than {LONGEST_VARINT} bytes", path=path)


def _zigzag(stream: Any, context: Any, path: str) -> int:
    number = _varint(stream, context, path)
    return -(number // 2 + 1) if number & 1 else number // 2


def _terminated(construct: NullTerminated, stream: Any, context: Any, path: str) -> Any:
    if not isinstance(stream, io.BytesIO):  # a stream of single bits: bounded by its own slowness, and it cannot look ahead
        return type(construct)._parse(construct, stream, context, path)
    term = construct.term
    if len(term) < 1:
        raise PaddingError("NullTerminated term must be at least 1 byte", path=path)
    offset = stream.tell()
    data, found = _up_to(term, stream)
    if found < 0:
        whole = len(data) - len(data) % len(term)
        if construct.require:
            left = len(data) - whole
            raise StreamError(f"stream read less than specified amount, expected {len(term)}, found {left}", path=path)
        data = data[:whole]
    else:
        stream.seek(offset + found + (len(term) if construct.consume else 0))
        data = data[: found + (len(term) if construct.include else 0)]
    return construct.subcon._parsereport(BytesIOWithOffsets(data, stream, offset), context, path)


def _up_to(term: bytes, stream: Any) -> tuple[bytes, int]:
    """Bytes from here on, and the position of the first terminator among them that lies on a multiple of its length (or -1)."""
    data = b""
    window = FIRST_WINDOW
    while True:
        more = stream.read(window)
        searched = max(0, len(data) - len(term))
        data += more
        found = data.find(term, searched)
        while found >= 0 and found % len(term):
            found = data.find(term, found + 1)
        if found >= 0 or len(more) < window:
            return data, found
        window = len(data)


def _inflate(data: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    out = stream.decompress(data, most)
    if not stream.eof and len(out) < most:
        raise EOFError("it is cut off")
    return out


def _gunzip(data: bytes, most: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        return file.read(most)


def _bunzip2(data: bytes, most: int) -> bytes:
    with bz2.BZ2File(io.BytesIO(data)) as file:
        return file.read(most)


def _unlzma(data: bytes, most: int) -> bytes:
    with lzma.LZMAFile(io.BytesIO(data)) as file:
        return file.read(most)


_DECOMPRESSORS: dict[str, Callable[[bytes, int], bytes]] = {
    "zlib": _inflate,
    "gzip": _gunzip,
    "bzip2": _bunzip2,
    "lzma": _unlzma,
}


def decompress(data: bytes, encoding: str, path: str = "", most: int = MOST_DECOMPRESSED) -> bytes:
    """The content of compressed bytes; raises `StreamError` where they are broken or hold more than `most`."""
    try:
        out = _DECOMPRESSORS[encoding](data, most + 1)
    except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
        raise StreamError(f"it is not {encoding} data ({error})", path=path) from error
    if len(out) > most:
        raise StreamError(f"it decompresses to more than {most} bytes", path=path)
    return out

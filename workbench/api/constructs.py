"""House constructs: what wire formats need and construct does not offer in a form that keeps spans and repairs itself.

Each parses and builds like any construct and survives tracing; each recomputes itself when built, so that a changed value yields a
valid message. To leave one broken on purpose, patch its bytes afterwards.
"""

import io
from collections.abc import Callable
from typing import Any

from construct import (
    ChecksumError,
    Construct,
    Container,
    IntegerError,
    SizeofError,
    Struct,
    Subconstruct,
    stream_read,
    stream_tell,
    stream_write,
)

__all__ = ["Crc", "Framed", "QuicVarint"]


class Crc(Subconstruct):
    """A checksum over everything before it in the message.

    `Crc(Int32ub, zlib.crc32)` reads an Int32ub and compares it with `function(bytes from the message's first byte up to here)`; a
    difference raises `ChecksumError` after the value was read, so a trace shows both. Building writes the right value whatever it
    is given. Use it directly in the outermost `Struct` of a grammar.
    """

    def __init__(self, subcon: Construct, function: Callable[[bytes], int]) -> None:
        super().__init__(subcon)
        self.function = function
        self.flagbuildnone = True

    def _covered(self, stream: Any, path: str) -> bytes:
        here = stream_tell(stream, path)
        stream.seek(0)
        return bytes(stream_read(stream, here, path))

    def _parse(self, stream: Any, context: Container, path: str) -> Any:
        expected = self.function(self._covered(stream, path))
        found = self.subcon._parsereport(stream, context, path)
        if found != expected:
            raise ChecksumError(f"checksum is {found:#x}, the bytes before it give {expected:#x}", path=path)
        return found

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        value = self.function(self._covered(stream, path))
        self.subcon._build(value, stream, context, path)
        return value


class Framed(Struct):
    """A `Struct` with one field that holds the message's own length.

    `Framed("length", *fields)` parses like `Struct(*fields)`. Built, it fills the field called `length` with the number of bytes
    from `counts_from` on (default: those after the field itself), whatever value it was given. The fields before it must have a
    fixed size.
    """

    def __init__(self, length: str, *subcons: Construct, counts_from: int | None = None) -> None:
        super().__init__(*subcons)
        names = [subcon.name for subcon in self.subcons]
        if length not in names:
            raise ValueError(f"there is no field named {length!r} to hold the length")
        self.length_name = length
        position = names.index(length)
        self.base = sum(subcon.sizeof() for subcon in self.subcons[: position + 1]) if counts_from is None else counts_from

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        given = dict(obj or {})
        # the length is known only after everything else was built once, and a checksum over it only after that: hence two passes
        given[self.length_name] = 0
        draft = io.BytesIO()
        super()._build(given, draft, context, path)
        given[self.length_name] = len(draft.getvalue()) - self.base
        final = io.BytesIO()
        built = super()._build(given, final, context, path)
        data = final.getvalue()
        stream_write(stream, data, len(data), path)
        return built


class _QuicVarint(Construct):
    """Variable-length integer of RFC 9000 section 16: the two top bits of the first byte give the length 1, 2, 4 or 8."""

    def _parse(self, stream: Any, context: Container, path: str) -> int:
        first = stream_read(stream, 1, path)
        length = 1 << (first[0] >> 6)
        rest = stream_read(stream, length - 1, path)
        return int.from_bytes(bytes([first[0] & 0x3F]) + rest, "big")

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> int:
        if not isinstance(obj, int) or not 0 <= obj < 1 << 62:
            raise IntegerError(f"{obj!r} is not an integer of 0..2^62-1", path=path)
        prefix = next(bits for bits in range(4) if obj < 1 << (8 * (1 << bits) - 2))
        length = 1 << prefix
        stream_write(stream, (obj | prefix << (8 * length - 2)).to_bytes(length, "big"), length, path)
        return obj

    def _sizeof(self, context: Container, path: str) -> int:
        raise SizeofError("a QUIC varint takes 1, 2, 4 or 8 bytes", path=path)


QuicVarint = _QuicVarint()

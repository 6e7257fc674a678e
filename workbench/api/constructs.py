"""House constructs: what wire formats need and construct does not offer in a form that keeps spans and repairs itself.

Each parses and builds like any construct and survives tracing; each recomputes itself when built, so that a changed value yields a
valid message. To leave one broken on purpose, patch its bytes afterwards.
"""

import io
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType
from typing import Any

from construct import (
    ChecksumError,
    Construct,
    Container,
    IfThenElse,
    IntegerError,
    LazyBound,
    Renamed,
    SizeofError,
    StopIf,
    Struct,
    Subconstruct,
    stream_read,
    stream_tell,
    stream_write,
)
from construct.expr import ExprMixin, Path

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
        once = _with_length_filled_in(self.subcons, position, self.base)
        self._build_once = None if once is None else once._build
        """Builds everything in one go; None where something needs to know the length before everything else has its size."""

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        given = dict(obj or {})
        given[self.length_name] = 0
        draft = io.BytesIO()
        if self._build_once is not None:
            built = self._build_once(given, draft, context, path)
        else:
            super()._build(given, draft, context, path)
            given[self.length_name] = len(draft.getvalue()) - self.base
            draft = io.BytesIO()
            built = super()._build(given, draft, context, path)
        data = draft.getvalue()
        stream_write(stream, data, len(data), path)
        return built


class _FillIn(Construct):
    """Stands in a struct where only `tail` bytes are to follow: goes back and writes the length, which is known now."""

    def __init__(self, field: Construct, at: int, tail: int, base: int) -> None:
        super().__init__()
        self.field, self.at, self.tail, self.base = field, at, tail, base
        self.flagbuildnone = True

    def _build(self, obj: Any, stream: Any, context: Container, path: str) -> Any:
        here = stream_tell(stream, path)
        length = here + self.tail - self.base
        stream.seek(self.at)
        self.field._build(length, stream, context, path)
        stream.seek(here)
        context[self.field.name] = length


def _with_length_filled_in(subcons: Sequence[Construct], position: int, base: int) -> Struct | None:
    """The struct that fills in its length in front of the fields of fixed size at its end; None where that would be too late.

    It is too late for a field whose layout or value depends on the length, and for a checksum further in front.
    """
    split, tail = len(subcons), 0
    while split > position + 1 and (size := _fixed_size(subcons[split - 1])) is not None:
        split, tail = split - 1, tail + size
    field = subcons[position]
    if any(_depends(subcon, field.name, set()) for subcon in subcons) or any(map(_is_crc, subcons[:split])):
        return None
    at = sum(subcon.sizeof() for subcon in subcons[:position])
    return Struct(*subcons[:split], _FillIn(field, at, tail, base), *subcons[split:])


def _fixed_size(construct: Construct) -> int | None:
    try:
        return int(construct.sizeof())
    except Exception:  # a size may be any function of a context that is not there
        return None


def _is_crc(construct: Construct) -> bool:
    while isinstance(construct, Renamed):
        construct = construct.subcon
    return isinstance(construct, Crc)


def _depends(value: Any, name: str, seen: set[int]) -> bool:
    """Whether building with this construct (or anything among its attributes) may look at the field `name`, or stop early."""
    if id(value) in seen:
        return False
    seen.add(id(value))
    if isinstance(value, ExprMixin):
        return f"[{name!r}]" in repr(value) or _calls(value)
    if isinstance(value, Construct):
        if isinstance(value, StopIf | LazyBound):
            return True
        parts = vars(value)
        if isinstance(value, IfThenElse) and isinstance(value.condfunc, Path) and repr(value.condfunc) == "this['_parsing']":
            parts = {"only": value.elsesubcon}
        return any(
            _depends(part, name, seen) for key, part in parts.items() if key not in _UNASKED and not key.startswith("_emit")
        )
    if isinstance(value, list | tuple):
        return any(_depends(part, name, seen) for part in value)
    if isinstance(value, dict):
        return any(_depends(part, name, seen) for part in value.values())
    return callable(value) and not isinstance(value, type | BuiltinFunctionType)


def _calls(value: Any) -> bool:
    """Whether an expression calls a function that may look at anything."""
    operands = [part for key, part in vars(value).items() if key not in ("op", "_FuncPath__func")]
    return any(_calls(part) if isinstance(part, ExprMixin) else callable(part) for part in operands)


_UNASKED = (
    "function",
    "hashfunc",
    "decodefunc",
    "encodefunc",
    "decoder",
    "encoder",
    "sizecomputer",
    "parsed",
    "_actualsize",
    "_build_once",
)
"""Attributes of constructs that are functions of bytes or sizes, or are not called while building."""


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

"""Sized parts of a message that was cut off: what is there of them is parsed before the parse fails.

construct reads the whole of a `Prefixed` or `FixedSized` part before it looks into it, so that a cut inside would hide every field. The
parses here differ only then: they look into what is left, and fail with the field in which it ends.
"""

from typing import Any

from construct import Construct, FixedSized, PaddingError, Prefixed, StreamError
from construct.core import BytesIOWithOffsets, evaluate

from dissectors.recording import Parse

__all__ = ["narrowed_parse"]


def narrowed_parse(construct: Construct) -> Parse | None:
    """The parse for a copy of a sized construct; None for any other."""
    if type(construct)._parse is Prefixed._parse:
        return lambda stream, context, path: _prefixed(construct, stream, context, path)
    if type(construct)._parse is FixedSized._parse:
        return lambda stream, context, path: _fixed(construct, stream, context, path)
    return None


def _prefixed(construct: Prefixed, stream: Any, context: Any, path: str) -> Any:
    length = construct.lengthfield._parsereport(stream, context, path)
    if construct.includelength:
        length -= construct.lengthfield._sizeof(context, path)
    return _inside(construct.subcon, stream, length, context, path)


def _fixed(construct: FixedSized, stream: Any, context: Any, path: str) -> Any:
    length = evaluate(construct.length, context)
    if length < 0:
        raise PaddingError("length cannot be negative", path=path)
    return _inside(construct.subcon, stream, length, context, path)


def _inside(subcon: Construct, stream: Any, length: int, context: Any, path: str) -> Any:
    if length < 0:
        raise StreamError(f"length must be non-negative, found {length}", path=path)
    offset = stream.tell()
    try:
        data = stream.read(length)
    except OverflowError:  # a length beyond what Python can count
        data = stream.read()
    value = subcon._parsereport(BytesIOWithOffsets(data, stream, offset), context, path)
    if len(data) < length:
        # whatever it found in the rest, it is not all
        raise StreamError(f"stream read less than specified amount, expected {length}, found {len(data)}", path=path)
    return value

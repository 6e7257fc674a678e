"""What generated code calls while it runs."""

import io
from collections.abc import Mapping
from typing import Any

from construct import Construct, Container, ListContainer

from dissectors.bounded import LONGEST_VARINT
from dissectors.values import plain
from workbench.api import Field

__all__ = [
    "Doubt",
    "RefusedError",
    "find_aligned",
    "inner_context",
    "leaf",
    "quic_varint",
    "shown_branch",
    "shown_leaf",
    "stripped",
    "top_context",
    "varint",
    "zigzag",
]

_SCALARS = frozenset((int, bytes, str, bool, float, type(None)))
_STRUCTURES = frozenset((Container, ListContainer))


class Doubt(BaseException):
    """Generated code cannot know what the interpreter would do. No `Exception`: alternatives and greedy ranges swallow those."""


class RefusedError(ValueError):
    """These bytes do not fit the grammar; the interpreter says how."""


class _NoStream:
    """In a context's `_io`: whoever looks at the stream needs the interpreter."""

    def __getattr__(self, name: str) -> Any:
        raise Doubt(name)


_NO_STREAM = _NoStream()


def top_context(parameters: Mapping[str, Any]) -> Container:
    """The context around the whole parse, as `trace` makes it."""
    context = Container(parameters, _parsing=True, _building=False, _sizing=False)
    context["_params"] = context
    return context


def inner_context(outer: Container, subcons: Container, index: int | None, names: Mapping[str, Any]) -> Container:
    """The context inside a structure whose members so far are `names`; `outer` is None for that around the parse."""
    context = Container(
        _=outer,
        _params=outer["_params"],
        _root=None,
        _parsing=True,
        _building=False,
        _sizing=False,
        _subcons=subcons,
        _io=_NO_STREAM,
        _index=index,
    )
    context["_root"] = outer.get("_root", context)
    dict.update(context, names)
    return context


def leaf(construct: Construct, data: bytes, start: int, context: Container) -> tuple[Any, int]:
    """Value and end of a field that only construct itself can parse."""
    stream = io.BytesIO(data)
    stream.seek(start)
    value = construct._parsereport(stream, context, "")
    return value, stream.tell()


def shown_leaf(value: Any) -> tuple[Any, str]:
    """What a field without children shows: value and text."""
    if type(value) in _SCALARS:
        return value, ""
    if isinstance(value, dict) or callable(value):
        raise Doubt("a value that a tree shows in a way of its own")
    return plain(value)


def shown_branch(value: Any) -> tuple[Any, str]:
    """What a field with children shows."""
    return (None, "") if type(value) in _STRUCTURES else plain(value)


def varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A `VarInt` and where it ends."""
    number = shift = 0
    for place in range(at, min(end, at + LONGEST_VARINT)):
        byte = data[place]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place + 1
        shift += 7
    raise RefusedError("the integer does not end")


def zigzag(data: bytes, at: int, end: int) -> tuple[int, int]:
    """A `ZigZag` and where it ends."""
    number, at = varint(data, at, end)
    return (-(number // 2 + 1) if number & 1 else number // 2), at


def quic_varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An integer of RFC 9000 section 16 and where it ends."""
    if at >= end:
        raise RefusedError("no byte is left")
    size = 1 << (data[at] >> 6)
    last = at + size
    if last > end:
        raise RefusedError("the integer is cut off")
    return int.from_bytes(data[at:last], "big") & ((1 << (8 * size - 2)) - 1), last


def find_aligned(data: bytes, term: bytes, at: int, end: int) -> int:
    """Where `term` begins first, a multiple of its length behind `at`; -1 where it does not."""
    unit = len(term)
    found = data.find(term, at, end)
    while found >= 0 and (found - at) % unit:
        found = data.find(term, found + 1, end)
    return found


def stripped(data: bytes, pad: bytes) -> bytes:
    """`NullStripped`'s content of `data`."""
    unit = len(pad)
    if unit == 1:
        return data.rstrip(pad)
    end = len(data)
    tail = end % unit
    if tail and data[-tail:] == pad[:tail]:
        end -= tail
    while end - unit >= 0 and data[end - unit : end] == pad:
        end -= unit
    return data[:end]


class PlainField:
    """A `Field` in the making, without anything that most fields do not have; its class is changed once it is filled."""

    __slots__ = tuple(Field.__slots__)

    def __init__(self, name: str, start: int, end: int, value: Any, abbrev: str) -> None:
        self.name = name
        self.start = start
        self.end = end
        self.value = value
        self.children: tuple[Field, ...] = ()
        self.abbrev = abbrev
        self.text = ""
        self.error = ""
        self.view = 0
        self.bits: tuple[int, int] | None = None
        self.generated = False

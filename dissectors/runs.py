"""Structures parsed in strides: neighbouring members of fixed size are read and unpacked together.

`struct_parse` does what `Struct._parse` does, for the struct of a watched copy, and leaves the same records as watching its members one by
one. Where the bytes do not suffice, or the stream is one of single bits, it does go one by one, so that the failing member is named.
"""

import io
import struct
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

from construct import (
    Bytes,
    BytesInteger,
    Construct,
    Container,
    Enum,
    EnumInteger,
    Flag,
    FormatField,
    StopFieldError,
    Struct,
)
from construct.core import BytesIOWithOffsets

from dissectors.recording import Node, Parse, Recorder, Watched

__all__ = ["struct_parse"]

_Post = Callable[[Any], Any]


class _Fixed(NamedTuple):
    """How a member of fixed size is unpacked: byte order ("" = any), code of the `struct` module, size, what follows unpacking."""

    order: str
    code: str
    size: int
    post: _Post | None


class _Member(NamedTuple):
    name: str | None
    parse: Parse
    node: Node | None
    fixed: _Fixed | None


class _Stride(NamedTuple):
    """Members read together; one without `unpack` is a single member of any kind."""

    unpack: Callable[[bytes], tuple[Any, ...]] | None
    size: int
    places: tuple[tuple[str | None, Node | None, int, int, _Post | None], ...]
    members: tuple[tuple[str | None, Parse], ...]


def struct_parse(copied: Struct, recorder: Recorder) -> Callable[[Any, Any, str], Container]:
    """The parse of a watched struct; it does not leave the stream in its result, as the original does."""
    strides = _strides([_member(member) for member in copied.subcons])
    subcons = copied._subcons

    def parse(stream: Any, context: Any, path: str) -> Container:
        result = Container()
        inner = Container(
            _=context,
            _params=context["_params"],
            _root=None,
            _parsing=context["_parsing"],
            _building=context["_building"],
            _sizing=context["_sizing"],
            _subcons=subcons,
            _io=stream,
            _index=context.get("_index"),
        )
        inner["_root"] = context.get("_root", inner)
        whole_bytes = type(stream) in (io.BytesIO, BytesIOWithOffsets)
        try:
            for unpack, size, places, members in strides:
                if unpack is not None and whole_bytes:
                    start = stream.tell()
                    data = stream.read(size)
                    if len(data) == size:
                        note = recorder.items.append
                        for (name, node, first, last, post), value in zip(places, unpack(data), strict=True):
                            if post is not None:
                                value = post(value)
                            if name:
                                result[name] = inner[name] = value
                            note((node, start + first, start + last, value, (), stream, None))
                        continue
                    stream.seek(start)
                for name, parse_member in members:
                    value = parse_member(stream, inner, path)
                    if name:
                        result[name] = inner[name] = value
        except StopFieldError:
            return result
        return result

    return parse


def _member(watched: Construct) -> _Member:
    leaf = watched.leaf if isinstance(watched, Watched) else None
    return _Member(watched.name, watched._parsereport, getattr(watched, "node", None), _fixed(leaf) if leaf is not None else None)


def _fixed(leaf: Construct) -> _Fixed | None:
    if leaf.parsed is not None:
        return None
    if type(leaf) is FormatField and leaf.fmtstr[0] != "=":
        return _Fixed("" if leaf.length == 1 else leaf.fmtstr[0], leaf.fmtstr[1], leaf.length, None)
    if type(leaf) is Bytes and type(leaf.length) is int and leaf.length >= 0:
        return _Fixed("", f"{leaf.length}s", leaf.length, None)
    if leaf is Flag:
        return _Fixed("", "?", 1, None)
    if type(leaf) is BytesInteger and type(leaf.length) is int and leaf.length > 0 and not callable(leaf.swapped):
        return _Fixed("", f"{leaf.length}s", leaf.length, _integer("little" if leaf.swapped else "big", bool(leaf.signed)))
    if type(leaf) is Enum and (inside := _fixed(leaf.subcon)) is not None and inside.post is None:
        return inside._replace(post=_enum_value(leaf.decmapping))
    return None


def _integer(order: Literal["little", "big"], signed: bool) -> _Post:
    return lambda data: int.from_bytes(data, order, signed=signed)


def _enum_value(names: dict[Any, Any]) -> _Post:
    known = names.get
    return lambda number: EnumInteger(number) if (value := known(number)) is None else value


def _strides(members: Sequence[_Member]) -> list[_Stride]:
    strides: list[_Stride] = []
    run: list[_Member] = []
    for member in members:
        fixed = member.fixed
        if run and (fixed is None or len({fixed.order, *(each.fixed.order for each in run if each.fixed)} - {""}) > 1):
            strides.append(_stride(run))
            run = []
        if fixed is None:
            strides.append(_Stride(None, 0, (), ((member.name, member.parse),)))
        else:
            run.append(member)
    return [*strides, _stride(run)] if run else strides


def _stride(run: Sequence[_Member]) -> _Stride:
    order, codes, places, at = "", "", [], 0
    for name, _, node, fixed in run:
        assert fixed is not None
        order = order or fixed.order
        codes += fixed.code
        places.append((name, node, at, at + fixed.size, fixed.post))
        at += fixed.size
    unpack = struct.Struct((order or ">") + codes).unpack
    return _Stride(unpack, at, tuple(places), tuple((member.name, member.parse) for member in run))

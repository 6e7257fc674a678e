"""Grammars nobody would think of, from the constructs that code is generated for, and a few that it is not."""

import zlib
from typing import Any

import construct as c
from hypothesis import strategies as st

from workbench.api import Crc, QuicVarint

this = c.this

NUMBERS = (
    *(c.Int8ub, c.Int16ub, c.Int16ul, c.Int24ub, c.Int24ul, c.Int32sb, c.Int64ub, c.Int16un, c.VarInt, c.ZigZag, QuicVarint),
    *(c.BytesInteger(5), c.BytesInteger(3, signed=True, swapped=True)),
)
LEAVES = (
    *NUMBERS,
    *(c.Flag, c.Float32b, c.Bytes(0), c.Bytes(3), c.Pass, c.Tell, c.Padding(2), c.Terminated, c.Index),
    *(
        c.Const(b"\x01"),
        c.Const(2, c.Int8ub),
        c.Hex(c.Int16ub),
        c.OneOf(c.Int8ub, [0, 1, 2]),
        c.Mapping(c.Int8ub, {"zero": 0, "one": 1}),
    ),
    *(
        c.Enum(c.Int8ub, none=0, one=1, two=2),
        c.Enum(c.Int16ul, none=0, one=256),
        c.FlagsEnum(c.Int8ub, a=1, b=2, both=3, high=128),
    ),
    *(
        c.PascalString(c.Int8ub, "utf8"),
        c.CString("ascii"),
        c.CString("utf16"),
        c.PaddedString(4, "utf8"),
        c.GreedyString("utf8"),
    ),
    *(c.GreedyBytes, c.Prefixed(c.VarInt, c.GreedyBytes), c.Prefixed(c.Int8ub, c.GreedyBytes, includelength=True)),
    *(
        c.NullTerminated(c.GreedyBytes, term=b"\x01\x00", include=True),
        c.NullTerminated(c.GreedyBytes, consume=False, require=False),
    ),
    *(c.NullStripped(c.GreedyBytes, pad=b"\x00\x01"), c.ProcessXor(5, c.Bytes(2)), c.Peek(c.Int8ub), c.Struct(), c.Sequence()),
    *(Crc(c.Int8ub, lambda data: sum(data) % 4), Crc(c.Int32ub, zlib.crc32)),
    c.BitStruct("a" / c.BitsInteger(3), "f" / c.Flag, c.Padding(2), "e" / c.Enum(c.BitsInteger(2), none=0, one=1)),
    c.BitStruct("a" / c.BitsInteger(11), "in" / c.Struct("x" / c.Flag, "y" / c.Nibble)),
)


def _expression(draw: st.DrawFn, names: list[str]) -> Any:
    """A small number out of what was read before."""
    if not names:
        return draw(st.integers(0, 3))
    field = this[draw(st.sampled_from(names))] if draw(st.booleans()) else getattr(this, draw(st.sampled_from(names)))
    name = draw(st.sampled_from(names))
    return draw(
        st.sampled_from((field, field % 4, (field & 3) + 1, 2 - field % 4, lambda context: context[name] % 3, field == 1))
    )


def _sized(draw: st.DrawFn, names: list[str], inner: Any) -> Any:
    length = _expression(draw, names)
    choice = draw(st.integers(0, 9))
    makers = (
        lambda: c.FixedSized(length, inner),
        lambda: c.Prefixed(c.Int8ub, inner),
        lambda: c.Padded(length, inner),
        lambda: c.Aligned(4, inner),
        lambda: c.NullTerminated(inner),
        lambda: c.Array(length, inner),
        lambda: c.PrefixedArray(c.Int8ub, inner),
        lambda: c.GreedyRange(inner),
        lambda: c.RawCopy(inner),
        lambda: c.FocusedSeq("v", c.Const(b"\0"), "v" / inner, c.Padding(1)),
    )
    return makers[choice]()


def _chosen(draw: st.DrawFn, names: list[str], depth: int, inner: Any) -> Any:
    other = _field(draw, names, depth - 1)
    condition = _expression(draw, names)
    choice = draw(st.integers(0, 6))
    makers = (
        lambda: c.If(condition, inner),
        lambda: c.IfThenElse(condition, inner, other),
        lambda: c.Switch(condition, {0: inner, 1: other, "one": inner}, default=c.Int8ub),
        lambda: c.Select(inner, other),
        lambda: c.Optional(inner),
        lambda: c.Select(c.Struct("s" / inner, c.Terminated), c.GreedyBytes),
        lambda: c.ExprAdapter(inner, lambda value, _: value, lambda value, _: value),
    )
    return makers[choice]()


def _field(draw: st.DrawFn, names: list[str], depth: int) -> Any:
    kind = draw(st.integers(0, 5)) if depth > 0 else 0
    if kind <= 1:
        return draw(st.sampled_from(LEAVES))
    if kind == 2:
        return _struct(draw, depth - 1, [])
    if kind == 3:
        return _sized(draw, names, _field(draw, [], depth - 1))
    if kind == 4:
        return _chosen(draw, names, depth, _field(draw, names, depth - 1))
    value = _expression(draw, names)
    return draw(
        st.sampled_from((c.Computed(value), c.Check(value), c.Bytes(value), c.BytesInteger(value), c.Rebuild(c.Int8ub, value)))
    )


def _struct(draw: st.DrawFn, depth: int, names: list[str]) -> Any:
    members = []
    for number in range(draw(st.integers(1, 4))):
        name = f"m{number}"
        if draw(st.integers(0, 2)) == 0:
            members.append(name / draw(st.sampled_from((c.Int8ub, c.Int16ul, c.Enum(c.Int8ub, one=1)))))
            names = [*names, name]
        elif draw(st.integers(0, 3)):
            members.append(name / _field(draw, names, depth))
        else:
            members.append(_field(draw, names, depth))
    return draw(st.sampled_from((c.Struct, c.Struct, c.Struct, c.Sequence)))(*members)


@st.composite
def grammars(draw: st.DrawFn) -> Any:
    """A structure of anything."""
    return _struct(draw, 3, [])

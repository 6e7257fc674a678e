"""Reading neighbours together gives the same as reading them one by one."""

import io
from typing import Any

import pytest
from construct import (
    Array,
    BitStruct,
    Byte,
    Bytes,
    BytesInteger,
    Construct,
    Container,
    Enum,
    Flag,
    Float64l,
    Int8sb,
    Int16ub,
    Int16ul,
    Int24ub,
    Int32sl,
    Int64ub,
    Nibble,
    Octet,
    StopIf,
    Struct,
    this,
)
from hypothesis import given
from hypothesis import strategies as st

from dissectors.copies import GrammarCopy
from dissectors.runs import struct_parse

FIXED = (
    *(Byte, Int8sb, Int16ub, Int16ul, Int32sl, Int64ub, Float64l, Int24ub, BytesInteger(5, signed=True, swapped=True)),
    *(Bytes(3), Bytes(0), Flag, Enum(Byte, A=1, B=2), Enum(Int16ub, X=0), Array(2, Byte)),
)


def _records(copied: GrammarCopy, data: bytes) -> tuple[Any, Any]:
    copied.recorder.start(1000, len(data))
    try:
        value = copied.root.parse(data)
    except Exception as error:
        value = type(error)
    return value, [_plain(record) for record in copied.recorder.items]


def _plain(record: Any) -> Any:
    node, start, end, value, inner, _, error = record
    return node.name, start, end, repr(value), [_plain(child) for child in inner], type(error)


def _one_by_one(grammar: Struct) -> GrammarCopy:
    """A copy whose members are parsed by construct's own loop."""
    copied = GrammarCopy(grammar)
    inside = copied.root.subcon
    duplicate = next(made for original, made in copied._done.values() if original is inside)
    plain = type(duplicate)(*duplicate.subcons)
    copied.root._parsereport = copied.recorder.watch(grammar, plain._parse, copied.root.node)._parsereport
    return copied


@given(st.lists(st.sampled_from(FIXED), min_size=1, max_size=6), st.binary(max_size=40), st.booleans())
def test_same_values_records_and_errors(members: list[Construct], data: bytes, named: bool):
    grammar = Struct(*(f"m{place}" / member if named or place % 2 else member for place, member in enumerate(members)))
    assert _records(GrammarCopy(grammar), data) == _records(_one_by_one(grammar), data)


def test_neighbours_are_read_at_once():
    reads = []

    class Stream(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            reads.append(size)
            return super().read(size)

    grammar = Struct("a" / Byte, "b" / Int16ub, "c" / Int64ub, "d" / Int16ul, "e" / Byte)
    copied = GrammarCopy(grammar)
    copied.recorder.start(100, 14)
    context = Container(_params=None, _parsing=True, _building=False, _sizing=False)
    stream = Stream(bytes(14))
    # a stream of another class is read member by member: it may not be one of whole bytes
    copied.root._parsereport(stream, context, "")
    assert reads == [1, 2, 8, 2, 1]
    strides = struct_parse(next(made for original, made in copied._done.values() if original is grammar), copied.recorder)
    assert strides(io.BytesIO(bytes(range(14))), context, "") == grammar.parse(bytes(range(14)))


@pytest.mark.parametrize("size", range(14))
def test_a_cut_names_the_member_it_hits(size: int):
    grammar = Struct("a" / Byte, "b" / Int16ub, "c" / Int64ub, "d" / Int16ul, "e" / Byte)
    ends = {"a": 1, "b": 3, "c": 11, "d": 13, "e": 14}
    expected = next(name for name, end in ends.items() if size < end)
    value, (root,) = _records(GrammarCopy(grammar), bytes(size))
    assert isinstance(value, type)
    assert root[4][-1][0] == expected
    assert [child[0] for child in root[4]] == list("abcde")[: len(root[4])]


def test_bits_are_read_one_by_one():
    grammar = BitStruct("a" / Nibble, "b" / Octet, "c" / Nibble)
    value, _ = _records(GrammarCopy(grammar), b"\x12\x34")
    assert value == Container(a=1, b=0x23, c=4)


def test_the_context_is_there_between_strides():
    grammar = Struct(
        "n" / Byte, "data" / Bytes(this.n), "again" / Struct("m" / Byte, "up" / Bytes(this._.n), "root" / Bytes(this._root.n))
    )
    data = b"\2ab\1cdef"
    value, _ = _records(GrammarCopy(grammar), data)
    assert value == grammar.parse(data)


def test_a_stop_keeps_what_came_before():
    grammar = Struct("a" / Byte, "b" / Byte, StopIf(this.b == 0), "c" / Byte)
    value, (root,) = _records(GrammarCopy(grammar), b"\1\0")
    assert value == Container(a=1, b=0)
    assert [child[0] for child in root[4]] == ["a", "b"]

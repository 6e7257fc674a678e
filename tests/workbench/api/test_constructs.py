"""The house constructs build what they parse, and repair what was changed."""

import zlib

import pytest
from construct import (
    Byte,
    Bytes,
    ChecksumError,
    Const,
    Construct,
    ConstructError,
    FixedSized,
    GreedyBytes,
    IfThenElse,
    Int8ub,
    Int16ub,
    Int32ub,
    Padded,
    Prefixed,
    Rebuild,
    SizeofError,
    StopIf,
    StreamError,
    Struct,
    len_,
    this,
)
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Crc, Framed, QuicVarint

SUMMED = Struct("a" / Byte, "data" / Prefixed(Byte, GreedyBytes), "crc" / Crc(Int32ub, zlib.crc32))


@given(st.integers(0, 255), st.binary(max_size=50))
def test_a_crc_is_written_and_checked(number: int, data: bytes):
    wire = SUMMED.build({"a": number, "data": data})
    assert wire[-4:] == zlib.crc32(wire[:-4]).to_bytes(4, "big")
    assert SUMMED.parse(wire).crc == zlib.crc32(wire[:-4])


@given(st.binary(min_size=1, max_size=20), st.integers(0), st.integers(1, 255))
def test_a_crc_notices_a_changed_byte(data: bytes, at: int, flip: int):
    wire = bytearray(SUMMED.build({"a": 1, "data": data}))
    place = at % len(wire)
    if place == 1:  # the length: then it is another message altogether
        return
    wire[place] ^= flip
    with pytest.raises(ChecksumError, match="the bytes before it give"):
        SUMMED.parse(bytes(wire))


def test_a_crc_is_rebuilt_whatever_it_is_given():
    value = SUMMED.parse(SUMMED.build({"a": 1, "data": b"x"}))
    value.crc = 0
    value.data = b"other"
    assert SUMMED.parse(SUMMED.build(value)).data == b"other"


def test_a_frame_holds_its_own_length():
    grammar = Framed("length", Const(b"M"), "length" / Int16ub, "kind" / Byte, "body" / GreedyBytes)
    wire = grammar.build({"kind": 1, "body": b"abc"})
    assert wire == b"M\0\x04\1abc"
    assert grammar.parse(wire) == {"length": 4, "kind": 1, "body": b"abc"}
    assert grammar.build({"length": 999, "kind": 1, "body": b""}) == b"M\0\1\1"


@pytest.mark.parametrize(("counts_from", "length"), [(0, 7), (1, 6), (None, 4)])
def test_what_the_length_counts(counts_from: int | None, length: int):
    grammar = Framed("length", Const(b"M"), "length" / Int16ub, "body" / GreedyBytes, counts_from=counts_from)
    assert grammar.parse(grammar.build({"body": b"abcd"})).length == length


@given(st.binary(max_size=100))
def test_a_frame_with_a_checksum_is_right_in_both(body: bytes):
    grammar = Framed("length", "length" / Int8ub, "body" / Prefixed(Byte, GreedyBytes), "crc" / Crc(Int32ub, zlib.crc32))
    wire = grammar.build({"body": body})
    found = grammar.parse(wire)
    assert (found.length, found.body) == (len(wire) - 1, body)
    assert grammar.build(found) == wire


def _two_passes(grammar: Framed) -> Framed:
    """The same, built twice to know its length: the oracle."""
    twice = Framed(grammar.length_name, *grammar.subcons)
    twice._build_once = None
    return twice


BODY = "body" / Prefixed(Byte, GreedyBytes)
LENGTH = "length" / Int16ub
CRC = "crc" / Crc(Int32ub, zlib.crc32)


@pytest.mark.parametrize(
    ("grammar", "once"),
    [
        (Framed("length", Const(b"M"), LENGTH, BODY, CRC), True),
        (Framed("length", LENGTH, BODY, "kind" / Byte, CRC, "end" / Const(b"!")), True),
        (Framed("length", LENGTH, BODY, "double" / Struct("size" / Rebuild(Byte, len_(this._.body))), CRC), True),
        (Framed("length", LENGTH, BODY, "again" / Rebuild(Int16ub, this.length), CRC), False),
        (Framed("length", LENGTH, BODY, "again" / Struct("x" / Rebuild(Int16ub, this._.length + 1)), CRC), False),
        (Framed("length", LENGTH, BODY, "again" / Rebuild(Int16ub, lambda context: context.length), CRC), False),
        (Framed("length", LENGTH, "early" / Crc(Int32ub, zlib.crc32), BODY, CRC), False),
        (Framed("length", LENGTH, BODY, StopIf(len_(this.body) > 3), CRC), False),
        (Framed("length", LENGTH, "pad" / Padded(this.length + 4, BODY), CRC), False),
        (
            Framed("length", LENGTH, "b" / IfThenElse(this._parsing, FixedSized(this.length - 4, GreedyBytes), GreedyBytes), CRC),
            True,
        ),
    ],
)
@given(body=st.binary(max_size=9), kind=st.integers(0, 255))
def test_building_once_is_building_twice(grammar: Framed, once: bool, body: bytes, kind: int):
    assert (grammar._build_once is not None) == once
    value = {"body": body, "b": body, "kind": kind, "again": {}, "double": {}, "early": None, "pad": body}
    assert _outcome(grammar, value) == _outcome(_two_passes(grammar), value)


def _outcome(grammar: Construct, value: dict[str, object]) -> object:
    try:
        return grammar.build(value)
    except ConstructError as error:
        return type(error)


def test_a_length_that_does_not_fit_its_field_is_refused():
    grammar = Framed("length", "length" / Int8ub, "body" / GreedyBytes)
    with pytest.raises(ConstructError):
        grammar.build({"body": bytes(256)})


def test_who_uses_a_built_frame_sees_its_length():
    inner = Framed("length", "length" / Int8ub, "body" / GreedyBytes)
    grammar = Struct("inner" / inner, "size" / Rebuild(Int8ub, this.inner.length))
    assert grammar.build({"inner": {"body": b"abc"}}) == b"\3abc\3"


def test_a_frame_needs_a_field_for_its_length():
    with pytest.raises(ValueError, match="no field named 'size'"):
        Framed("size", "length" / Byte)


def test_the_fields_before_the_length_have_a_fixed_size():
    with pytest.raises(SizeofError):
        Framed("length", "any" / GreedyBytes, "length" / Byte)


@pytest.mark.parametrize(
    ("wire", "value"),
    [  # RFC 9000 appendix A.1
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
        ("4025", 37),
    ],
)
def test_quic_varints_of_the_rfc(wire: str, value: int):
    assert QuicVarint.parse(bytes.fromhex(wire)) == value


@given(st.integers(0, (1 << 62) - 1))
def test_quic_varints_are_as_short_as_can_be(value: int):
    wire = QuicVarint.build(value)
    assert QuicVarint.parse(wire) == value
    assert len(wire) == next(size for size in (1, 2, 4, 8) if value < 1 << (8 * size - 2))


@pytest.mark.parametrize("value", [-1, 1 << 62, "5", None])
def test_what_no_varint_holds(value: object):
    with pytest.raises(ConstructError):
        QuicVarint.build(value)


def test_a_cut_varint():
    for wire in (b"", b"\x40", b"\xc0" + bytes(6)):
        with pytest.raises(StreamError):
            QuicVarint.parse(wire)
    with pytest.raises(SizeofError):
        QuicVarint.sizeof()
    assert Struct("v" / QuicVarint, "rest" / Bytes(1)).parse(b"\x25x").rest == b"x"

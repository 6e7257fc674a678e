"""Bit structures: one number, a shift and a mask for each field."""

import pytest
from construct import BitsInteger, BitStruct, Bitwise, Bytes, Construct, Enum, Flag, GreedyRange, Int8ub, Nibble, Padding, Struct
from hypothesis import given
from hypothesis import strategies as st

from dissectors.codegen.parsing import tracer_of
from support.generated import same_parse

WIDE = BitStruct("a" / BitsInteger(7), Padding(3), "b" / BitsInteger(13), "c" / Flag)
DEEP = BitStruct("version" / Nibble, "in" / Struct("kind" / Enum(BitsInteger(2), one=1), "x" / BitsInteger(2)))


@given(st.binary(min_size=8, max_size=8))
def test_bits_of_any_bytes(data: bytes):
    assert same_parse(Struct("head" / Int8ub, "bits" / WIDE, "deep" / DEEP), data, {})


def test_bits_at_a_place_that_is_only_known_then():
    grammar = Struct("all" / GreedyRange(Struct("bits" / DEEP)))
    assert same_parse(grammar, b"\x11\x22\x33", {})


@pytest.mark.parametrize(
    "grammar",
    [BitStruct("a" / BitsInteger(8, signed=True)), BitStruct("a" / BitsInteger(16, swapped=True)), Bitwise(Bytes(8))],
)
def test_the_interpreter_does_the_rest(grammar: Construct):
    assert tracer_of(grammar, "x") is None

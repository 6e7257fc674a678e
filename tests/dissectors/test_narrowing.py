"""Sized parts: construct's values where they are whole, their beginning where they are not."""

import pytest
from construct import (
    Byte,
    Bytes,
    FixedSized,
    GreedyRange,
    Int16ub,
    Int64sb,
    Int64ub,
    PaddingError,
    Prefixed,
    StreamError,
    Struct,
    this,
)
from hypothesis import given
from hypothesis import strategies as st

from dissectors.copies import GrammarCopy
from dissectors.tracing import trace

PAIR = Struct("a" / Byte, "b" / Int16ub)
GRAMMARS = (
    Struct("p" / Prefixed(Byte, PAIR), "rest" / Bytes(1)),
    Struct("p" / Prefixed(Byte, PAIR, includelength=True), "rest" / Bytes(1)),
    Struct("n" / Byte, "p" / FixedSized(this.n, PAIR), "rest" / Bytes(1)),
    Struct("p" / Prefixed(Byte, GreedyRange(PAIR)), "rest" / Bytes(1)),
    Struct("p" / Prefixed(Byte, Prefixed(Byte, PAIR))),
)


@given(st.sampled_from(GRAMMARS), st.binary(max_size=12))
def test_same_values_and_refusals_as_construct(grammar: Struct, data: bytes):
    copied = GrammarCopy(grammar)
    copied.recorder.start(100, len(data))
    try:
        expected = grammar.parse(data)
    except (StreamError, PaddingError):
        with pytest.raises((StreamError, PaddingError)):
            copied.root.parse(data)
        return
    assert copied.root.parse(data) == expected


def test_the_inside_of_a_cut_part_is_shown():
    traced = trace(Struct("p" / Prefixed(Byte, GreedyRange(PAIR))), b"\x0a\1\0\2\3", "x")
    assert traced.error == "p: it needs 10 bytes, only 4 are left"
    part = traced.root.children[0]
    assert [(node.name, node.start, node.end) for node in part.children] == [("length", 0, 1), ("[0]", 1, 4), ("[1]", 4, 5)]


def test_a_cut_inside_a_field_of_the_part_names_that_field():
    assert trace(GRAMMARS[4], b"\5\4\1\0", "x").error == "p.b: it needs 2 bytes, only 1 is left"


@pytest.mark.parametrize("length", [Int64ub, Int64sb])
def test_lengths_that_cannot_be(length: object):
    traced = trace(Struct("p" / Prefixed(length, PAIR)), b"\xff" * 8 + b"\1\0\2", "x")
    assert traced.value is None
    assert traced.error.startswith("p: ")


def test_a_negative_size():
    assert trace(Struct("p" / FixedSized(-1, PAIR)), b"abc", "x").error == "p: length cannot be negative"

"""Sentences for people: no path, no class name, no megabyte."""

import pytest
from construct import (
    Array,
    Byte,
    Bytes,
    Check,
    Const,
    Construct,
    GreedyString,
    Int32ub,
    Int64ub,
    OneOf,
    Select,
    Struct,
    Terminated,
    this,
)

from dissectors.explain import LONGEST_SENTENCE, explain


def _why(grammar: Construct, data: bytes) -> str:
    with pytest.raises(Exception) as caught:
        grammar.parse(data)
    return explain(caught.value)


@pytest.mark.parametrize(
    ("grammar", "data", "sentence"),
    [
        (Struct("a" / Int32ub), b"ab", "it needs 4 bytes, only 2 are left"),
        (Struct("a" / Int32ub), b"abc", "it needs 4 bytes, only 3 are left"),
        (Byte, b"", "it needs 1 byte, none are left"),
        (Bytes(2), b"a", "it needs 2 bytes, only 1 is left"),
        (Struct("m" / Const(b"GET")), b"PUT", "it is b'PUT', and must be b'GET'"),
        (GreedyString("utf8"), b"\xff", "it is not valid utf8 text"),
        (Struct("a" / Byte, Terminated), b"ab", "more bytes follow where the message must end"),
        (Select(Const(b"a"), Const(b"b")), b"c", "none of its possible forms fits"),
        (Struct("a" / Byte, Check(this.a > 5)), b"\1", "check failed during parsing"),
        (OneOf(Byte, [1]), b"\2", "object failed validation: 2"),
        (Struct("a" / Byte, "b" / Bytes(this.nothing)), b"a", "it cannot be computed (KeyError: 'nothing')"),
        (Struct("n" / Int64ub, "b" / Bytes(this.n)), b"\xff" * 9, "it needs 18446744073709551615 bytes, more than can be"),
        (Array(-1, Byte), b"", "invalid count -1"),
    ],
)
def test_sentence(grammar: Construct, data: bytes, sentence: str):
    assert _why(grammar, data) == sentence


def test_bits_are_called_bits():
    with pytest.raises(Exception) as caught:
        Int32ub.parse(b"a")
    assert explain(caught.value, "bit") == "it needs 4 bits, only 1 is left"


def test_a_quoted_megabyte_is_cut():
    sentence = _why(Const(bytes(1_000_000)), b"x" * 1_000_000)
    assert len(sentence) == LONGEST_SENTENCE
    assert sentence.endswith("…")


def test_an_exception_without_words_gives_its_name():
    assert explain(MemoryError()) == "MemoryError"

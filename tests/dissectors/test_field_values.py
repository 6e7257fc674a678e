"""Slices, functions and arithmetic, value by value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.field_catalog import Kind
from dissectors.field_values import (
    LARGEST_BITS,
    Called,
    Computed,
    Constant,
    HeaderBytes,
    HeaderField,
    MessageBytes,
    MessageField,
    Sliced,
    calculate,
    slices,
)
from dissectors.filter_view import Found, View
from dissectors.term_error import TermError
from support.messages import message
from workbench.api import Direction, Field

HEADERS = {
    "tcp.len": [Found(7)],
    "ip.src": [Found("10.0.0.1", "", lambda: b"\x0a\0\0\x01")],
    "tcp": [Found(None, "", lambda: b"0123456789", 4)],
}
ROOT = Field("toy", 0, 5, None, (Field("a", 0, 3, "abc", abbrev="toy.a"), Field("b", 3, 5, b"\1\2", abbrev="toy.b")), "toy")
VIEW = View(HEADERS, (message(Direction.TO_SERVER, b"abc\1\2", root=ROOT),))


def values(source) -> list:
    """What a source gives."""
    return [found.value for found in source.values(VIEW)]


def test_fields():
    assert values(HeaderField(("tcp.len", "nothing"), Kind.NUMBER)) == [7]
    assert values(MessageField("toy.a")) == ["abc"]
    assert values(MessageField("toy")) == []  # it is there, but has no value
    assert values(MessageField("workbench.protocol")) == ["toy"]
    assert values(MessageBytes(frozenset({"toy"}))) == [b"abc\1\2"]
    assert HeaderBytes("tcp").values(VIEW)[0].bytes == b"0123456789"


def test_functions():
    assert values(Called("len", (HeaderBytes("tcp"),), Kind.NUMBER)) == [4]
    assert values(Called("len", (HeaderField(("ip.src",), Kind.IP),), Kind.NUMBER)) == [4]
    assert values(Called("len", (MessageField("toy.a"),), Kind.NUMBER)) == [3]
    assert values(Called("count", (MessageField("toy.a"),), Kind.NUMBER)) == [1]
    assert values(Called("count", (MessageField("toy.x"),), Kind.NUMBER)) == []
    assert values(Called("upper", (MessageField("toy.a"),), Kind.TEXT)) == ["ABC"]
    assert values(Called("string", (HeaderField(("tcp.len",), Kind.NUMBER),), Kind.TEXT)) == ["7"]
    assert values(Called("max", (HeaderField(("tcp.len",), Kind.NUMBER), Constant(9)), Kind.NUMBER)) == [9]
    assert values(Called("abs", (Computed(Constant(0), "-", Constant(3)),), Kind.NUMBER)) == [3]


def test_slices_and_arithmetic():
    assert values(Sliced(HeaderBytes("tcp"), slices("1:2", 0))) == [b"12"]
    assert values(Sliced(HeaderBytes("tcp"), slices("0,-1:1", 0))) == [b"09"]
    assert values(Sliced(MessageField("toy.a"), slices("0:9", 0))) == []  # as in Wireshark: it is not long enough
    assert values(Computed(Sliced(MessageField("toy.b"), slices("1", 0)), "&", Constant(3))) == [2]
    assert values(Computed(MessageField("toy.a"), "+", Constant(1))) == []


@given(st.binary(max_size=12), st.integers(-14, 14), st.integers(1, 14))
def test_a_slice_is_there_whole_or_not_at_all(data, first, size):
    (cut,) = slices(f"{first}:{size}", 0)
    found = cut(data)
    assert found == b"" or (len(found) == size and found in data)


@pytest.mark.parametrize("text", ["x", "", ":", "1:0", "3-2", "1;2", "9999999999"])
def test_no_slices(text):
    with pytest.raises(TermError):
        slices(text, 0)


@given(st.integers(-(1 << 40), 1 << 40), st.integers(-(1 << 20), 1 << 20))
def test_division_is_as_in_c(first, second):
    quotient, rest = calculate("/", first, second), calculate("%", first, second)
    if not second:
        assert quotient is rest is None
    else:
        assert quotient == int(abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1))
        assert first == quotient * second + rest


def test_numbers_stay_bounded():
    assert calculate("*", 1 << LARGEST_BITS, 2) is None
    assert calculate("&", 1.5, 2) is None
    assert calculate("+", None, 2) is None

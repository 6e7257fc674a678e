"""What generated code calls, compared with what it stands for."""

import pytest
from construct import Container, ListContainer, NullStripped, VarInt, ZigZag
from construct import GreedyBytes as Rest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.codegen.helpers import (
    Doubt,
    find_aligned,
    inner_context,
    quic_varint,
    shown_branch,
    shown_leaf,
    stripped,
    top_context,
    varint,
    zigzag,
)
from workbench.api import QuicVarint


@pytest.mark.parametrize(("helper", "construct"), [(varint, VarInt), (zigzag, ZigZag), (quic_varint, QuicVarint)])
@given(data=st.binary(max_size=10))
def test_integers_of_variable_size(helper, construct, data: bytes):
    try:
        wanted = construct.parse(data)
    except Exception:
        with pytest.raises(ValueError):
            helper(data, 0, len(data))
    else:
        value, end = helper(b"xx" + data, 2, 2 + len(data))
        assert value == wanted
        assert construct.parse(data[: end - 2]) == wanted


@given(st.lists(st.integers(0, 2), max_size=12).map(bytes), st.sampled_from((b"\0", b"\0\1", b"\0\0", b"\1\2\0")))
def test_stripped_as_construct_does(data: bytes, pad: bytes):
    assert stripped(data, pad) == NullStripped(Rest, pad=pad).parse(data)


def test_a_mark_lies_on_a_multiple_of_its_length():
    assert find_aligned(b"xaabbaabb", b"bb", 1, 9) == 3
    assert find_aligned(b"abba", b"bb", 0, 4) == -1


def test_contexts_say_who_is_around():
    top = top_context({"size": 3})
    outer = inner_context(top, Container(), None, {"a": 1})
    inner = inner_context(outer, Container(), 4, {"b": 2})
    assert (inner._.a, inner._params.size, inner._root.a, inner._index, inner.b) == (1, 3, 1, 4, 2)
    with pytest.raises(Doubt):
        inner._io.tell()


def test_what_is_shown():
    assert shown_leaf(5) == (5, "")
    assert shown_branch(ListContainer([1])) == (None, "")
    with pytest.raises(Doubt):
        shown_leaf(Container(a=1))

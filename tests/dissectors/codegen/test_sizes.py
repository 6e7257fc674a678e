"""A lower bound is never above what a parse takes."""

import pytest
from construct import Byte, Bytes, Construct, Enum, GreedyBytes, Int16ub, Int24ub, Optional, PascalString, Struct, this
from hypothesis import given
from hypothesis import strategies as st

from dissectors.codegen.sizes import least
from dissectors.tracing import interpret
from support.any_grammar import grammars


@pytest.mark.parametrize(
    ("grammar", "size"),
    [
        (Byte, 1),
        (Struct("a" / Int16ub, "b" / Enum(Int24ub, x=1), "c" / PascalString(Int16ub, "utf8"), "d" / Bytes(3)), 10),
        (Struct("a" / Bytes(this.b), "r" / GreedyBytes, "o" / Optional(Byte)), 0),
    ],
)
def test_least(grammar: Construct, size: int):
    assert least(grammar) == size


@given(grammars(), st.lists(st.integers(0, 3), max_size=16).map(bytes))
def test_nothing_takes_less(grammar: Construct, data: bytes):
    traced = interpret(grammar, data, "x", {}, 1000)
    assert traced.error or least(grammar) <= traced.consumed

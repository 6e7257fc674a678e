"""Arrays: loops with a budget."""

import pytest
from construct import Array, Byte, Bytes, Construct, GreedyRange, Index, Int16ub, Pass, PrefixedArray, Struct, this

from dissectors.codegen.helpers import Doubt
from dissectors.codegen.parsing import tracer_of
from support.generated import same_parse


@pytest.mark.parametrize("data", [b"", b"\1", b"\1\2\3", b"\1\2\3\4"])
def test_as_many_as_there_are(data: bytes):
    assert same_parse(Struct("items" / GreedyRange(Int16ub), "rest" / GreedyRange(Byte)), data, {})


def test_a_count_below_zero():
    assert not same_parse(Struct("n" / Byte, "items" / Array(this.n - 2, Byte)), b"\1\1", {})


def test_arrays_of_arrays_know_their_index():
    grammar = Struct("rows" / PrefixedArray(Byte, Struct("i" / Index, "cells" / Array(2, Struct("j" / Index, "v" / Bytes(1))))))
    assert same_parse(grammar, b"\2abcd", {})


def test_the_index_of_the_last_item_stays_behind():
    grammar = Struct("items" / Array(3, Byte), "after" / Struct("i" / Index), "none" / Array(this.items[0], Byte), "same" / Index)
    assert same_parse(grammar, b"\0\1\2", {})
    assert same_parse(grammar, b"\1\1\2\3", {})


@pytest.mark.parametrize("grammar", [Array(this._params.n, Byte), GreedyRange(Byte), GreedyRange(Array(2, Pass))])
def test_the_interpreter_leaves_out_what_is_too_much(grammar: Construct):
    tracer = tracer_of(Struct("items" / grammar), "x")
    assert tracer is not None
    with pytest.raises(Doubt):
        tracer(bytes(60), {"n": 60}, 100)

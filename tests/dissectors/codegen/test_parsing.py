"""Invariant: generated code gives exactly what the interpreter gives, or raises; it never accepts what the interpreter refuses."""

import struct

import pytest
from construct import Array, Byte, Construct, ConstructError, GreedyRange, Int16ub, Pass, Struct, this
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.codegen.helpers import Doubt
from dissectors.codegen.parsing import code_of, parser_of, tracer_of
from support.any_grammar import grammars
from support.generated import same_parse
from support.grammars import EXAMPLES, Example
from workbench.api import Limits
from workbench_streambus.grammar import REQUEST, RESPONSE
from workbench_streambus.seeds import SEEDS

MOST = Limits().fields
INTERPRETED = {
    *("repeat until", "union", "peek and pointer", "bits of any length", "bytes in bits", "bit array", "swapped", "compressed"),
    *("masked", "rotated", "restreamed", "lazy recursion", "stopped", "seeking"),
}
"""Examples with a construct that no code is generated for."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_the_examples_build(example: Example):
    for wire in example.wires():
        assert same_parse(example.grammar, wire, {}) == (example.name not in INTERPRETED)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
@settings(max_examples=25, deadline=None)
@given(noise=st.binary(max_size=40), cut=st.integers(0, 60), at=st.integers(0, 60), value=st.integers(0, 255))
def test_damaged_bytes(example: Example, noise: bytes, cut: int, at: int, value: int):
    for wire in example.wires():
        damaged = bytearray(wire)
        if damaged:
            damaged[at % len(damaged)] = value
        for data in (noise, wire[: cut % (len(wire) + 1)], bytes(damaged), wire + noise):
            same_parse(example.grammar, data, {})


@settings(max_examples=400, deadline=None)
@given(grammars(), st.lists(st.binary(max_size=24) | st.lists(st.integers(0, 3), max_size=24).map(bytes), min_size=1, max_size=8))
def test_any_grammar_and_any_bytes(grammar: Construct, inputs: list[bytes]):
    for data in inputs:
        same_parse(grammar, data, {})


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_streambus(data: st.DataObject):
    wire = data.draw(st.sampled_from([message for seed in SEEDS for message in seed.messages]))
    assert same_parse(REQUEST, wire, {"surplus": 0})
    damaged = bytearray(wire)
    damaged[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.integers(0, 255))
    for spoilt in (bytes(damaged), wire[: data.draw(st.integers(0, len(wire)))]):
        same_parse(REQUEST, spoilt, {"surplus": data.draw(st.sampled_from((0, 4)))})
        same_parse(RESPONSE, spoilt, {"surplus": 0, "request_type": data.draw(st.integers(-1, 8))})


def test_a_missing_parameter_is_the_interpreters_to_explain():
    with pytest.raises(KeyError):
        tracer_of(REQUEST, "streambus")(SEEDS[0].messages[0], {}, MOST)


def test_more_fields_than_are_shown_are_the_interpreters_to_leave_out():
    grammar = Struct("items" / Array(this._params.count, Byte))
    assert same_parse(grammar, bytes(90), {"count": 40}, 100)
    with pytest.raises(Doubt):
        tracer_of(grammar, "x")(bytes(90), {"count": 90}, 100)


@pytest.mark.parametrize("grammar", [Struct("items" / Array(1 << 40, Pass)), Struct("items" / GreedyRange(Pass))])
def test_items_without_bytes_end_somewhere(grammar: Construct):
    with pytest.raises(Doubt):
        tracer_of(grammar, "x")(b"ab", {}, 1000)


def test_a_count_that_cannot_be_is_refused_at_once():
    with pytest.raises(ValueError):
        tracer_of(Struct("items" / Array(1 << 40, Byte)), "x")(b"ab", {}, 1000)


def test_neighbours_of_fixed_size_are_read_at_once():
    text, _ = code_of(Struct("a" / Byte, "b" / Int16ub, "c" / Struct("d" / Byte, "e" / Int16ub))) or ("", {})
    assert text.count("(d, 0)") == 1
    assert "if " not in text.split("(d, 0)")[1]


def test_no_code_for_a_grammar_that_is_nested_deeper_than_python():
    grammar: Construct = Struct("x" / Byte)
    for _ in range(30):
        grammar = GreedyRange(grammar)
    assert parser_of(grammar) is None
    assert tracer_of(grammar, "x") is None


def test_construct_agrees_about_the_values():
    parse = parser_of(REQUEST)
    assert parse is not None
    for message in (message for seed in SEEDS for message in seed.messages):
        value, consumed = parse(message, {"surplus": 0}, MOST)
        assert (value, consumed) == (REQUEST.parse(message, surplus=0), len(message))
        with pytest.raises(ConstructError):
            REQUEST.parse(message[:-1], surplus=0)
        with pytest.raises((Doubt, ValueError, struct.error)):
            parse(message[:-1], {"surplus": 0}, MOST)

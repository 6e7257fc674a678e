"""Invariant: generated code builds exactly the bytes that construct builds, or raises; it never builds what construct refuses."""

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from construct import Byte, Construct, ConstructError, GreedyBytes, GreedyRange, Int16ub, Rebuild, Select, Struct, this
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors import converse
from dissectors.codegen.building import build, builder_of, code_of
from dissectors.tracing import interpret
from support.any_grammar import grammars
from support.generated import same_build
from support.grammars import EXAMPLES, Example
from workbench.api import Direction
from workbench_streambus import PROTOCOL
from workbench_streambus.grammar import REQUEST, RESPONSE
from workbench_streambus.seeds import SEEDS

BY_CONSTRUCT = {
    *("sequence", "repeat until", "union", "peek and pointer", "constants", "bit struct", "bits of any length", "bytes in bits"),
    *("bit array", "swapped", "computed", "compressed", "masked", "rotated", "restreamed", "raw copy", "raw copy of a leaf"),
    *("lazy recursion", "stopped", "checked", "adapted", "seeking"),
}
"""Examples with a construct that no code is generated for."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_the_examples_build(example: Example):
    for value in example.values:
        expected = example.name not in BY_CONSTRUCT
        assert same_build(example.grammar, value, {}) == expected
        assert same_build(example.grammar, example.grammar.parse(example.grammar.build(value)), {}) == expected


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 300),
    st.sampled_from((1 << 40, 0.5, "", "one", "ä", b"", b"abc", bytearray(b"ab"), [], [1], {}, {"m0": 1}, ("x",), "none")),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    inside = [(*path, key) for key, _ in items if not str(key).startswith("_")]
    return [*inside, *(deeper for place in inside for deeper in _places(_at(value, place[len(path) :]), place))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _spoilt(draw: st.DrawFn, value: Any) -> Any:
    """The value with something odd somewhere inside, or without something."""
    changed = deepcopy(value)
    places = _places(changed)
    if not places:
        return draw(ODD)
    *way, last = draw(st.sampled_from(places))
    parent = _at(changed, tuple(way))
    if draw(st.integers(0, 4)):
        parent[last] = draw(ODD)
    else:
        del parent[last]
    return changed


@settings(max_examples=400, deadline=None)
@given(grammars(), st.data())
def test_any_grammar_and_any_value(grammar: Construct, data: st.DataObject):
    wires = data.draw(st.lists(st.binary(max_size=20) | st.lists(st.integers(0, 3), max_size=20).map(bytes), max_size=4))
    traced = [interpret(grammar, wire, "", {}, 200) for wire in wires]
    values = [_bare(each.value) for each in traced if not each.error]
    for value in [*values, {f"m{number}": data.draw(ODD) for number in range(4)}]:
        same_build(grammar, value, {})
        same_build(grammar, _spoilt(data.draw, value), {})


def _bare(value: Any) -> Any:
    """Without the streams that construct leaves in structures: they cannot be copied."""
    if isinstance(value, dict):
        for key in [key for key in value if key == "_io"]:
            del value[key]
        for each in value.values():
            _bare(each)
    if isinstance(value, list):
        for each in value:
            _bare(each)
    return value


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_streambus(data: st.DataObject):
    wire = data.draw(st.sampled_from([message for seed in SEEDS for message in seed.messages]))
    value = _bare(REQUEST.parse(wire, surplus=0))
    assert same_build(REQUEST, value, {"surplus": 0})
    same_build(REQUEST, _spoilt(data.draw, value), {"surplus": 0})
    reply = {"request_id": 1, "status": data.draw(ODD), "error_code": data.draw(ODD), "payload": value.payload}
    same_build(RESPONSE, reply, {"request_type": data.draw(ODD)})


def test_messages_are_built_like_the_protocol_builds_them():
    for seed in SEEDS:
        for message in converse(PROTOCOL, [(Direction.TO_SERVER, data) for data in seed.messages]):
            assert build(PROTOCOL, message) == message.raw
            changed = replace(message, value=message.value | {"payload": b"opaque"})
            assert build(PROTOCOL, changed) == PROTOCOL.build(changed)
            with pytest.raises(ConstructError):
                build(PROTOCOL, replace(message, value=message.value | {"flags": 1 << 16}))


def test_an_encode_slot_goes_before_the_grammar():
    spec = replace(PROTOCOL, encode=lambda _: b"mine")
    (message,) = converse(PROTOCOL, [(Direction.TO_SERVER, SEEDS[0].messages[0])])
    assert build(spec, message) == b"mine"


def test_numbers_beside_each_other_are_packed_at_once():
    text, _ = code_of(Struct("a" / Byte, "b" / Int16ub, "c" / Struct("d" / Byte))) or ("", {})
    assert text.count("K") == 1


def test_an_alternative_is_a_message_of_its_own_with_the_context_as_parameters():
    inner = Struct("n" / Rebuild(Byte, this._.a), "m" / Rebuild(Byte, this._params.a))
    assert same_build(Struct("a" / Byte, "s" / Select(inner, GreedyBytes)), {"a": 7, "s": {}}, {})
    assert same_build(Struct("a" / Byte, "s" / Select(inner, GreedyBytes)), {"a": 7, "s": b"xy"}, {})


def test_no_code_for_a_grammar_that_is_nested_deeper_than_python():
    grammar: Construct = Struct("x" / Byte)
    for _ in range(30):
        grammar = GreedyRange(grammar)
    assert builder_of(grammar) is None

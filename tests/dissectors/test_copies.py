"""A copy parses like the grammar, and the grammar never learns of it."""

import copy
import io
from typing import Any

import pytest
from construct import (
    Array,
    Byte,
    Bytes,
    Construct,
    Container,
    GreedyBytes,
    Int16ub,
    LazyArray,
    LazyBound,
    LazyStruct,
    Prefixed,
    RestreamData,
    Select,
    Struct,
    Subconstruct,
    Switch,
    this,
)

from dissectors.copies import MOST_LAZY, GrammarCopy
from dissectors.tracing import trace
from support.grammars import EXAMPLES, Example


def _snapshot(construct: Any, seen: dict[int, Any]) -> Any:
    """Everything a construct holds, deeply."""
    if isinstance(construct, Construct):
        if id(construct) not in seen:
            seen[id(construct)] = None
            seen[id(construct)] = {name: _snapshot(value, seen) for name, value in vars(construct).items()}
        return id(construct), seen[id(construct)]
    if isinstance(construct, list | tuple):
        return [_snapshot(item, seen) for item in construct]
    if isinstance(construct, dict):
        return {key: _snapshot(value, seen) for key, value in construct.items()}
    return id(construct)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_grammar_stays_as_it_is(example: Example):
    before = _snapshot(example.grammar, {})
    gate = Construct._parsereport
    for wire in example.wires():
        trace(example.grammar, wire, "x")
    assert _snapshot(example.grammar, {}) == before
    assert Construct._parsereport is gate


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_copy_still_builds_and_measures_like_the_grammar(example: Example):
    copied = GrammarCopy(example.grammar)
    for value, wire in zip(example.values, example.wires(), strict=True):
        assert copied.root.build(copy.deepcopy(value)) == wire
        copied.recorder.start(1000, len(wire))
        assert copied.root.parse(wire) == example.grammar.parse(wire)


class Doubled(Subconstruct):
    """A stranger's construct: parses its child twice and swallows what goes wrong the second time."""

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        first = self.subcon._parsereport(stream, context, path)
        try:
            return [first, self.subcon._parsereport(stream, context, path)]
        except Exception:
            return [first]


class Hidden(Construct):
    """Another stranger's: its child lies where nobody looks."""

    def __init__(self, subcon: Construct) -> None:
        super().__init__()
        self.parse_child = lambda stream, context, path: subcon._parsereport(stream, context, path)

    def _parse(self, stream: Any, context: Any, path: str) -> Any:
        return self.parse_child(stream, context, path)


def _names(grammar: Construct, data: bytes) -> list[str]:
    return [node.name for _, node in trace(grammar, data, "x").root.walk()][1:]


def test_a_strangers_construct_is_looked_into():
    grammar = Struct("d" / Doubled(Struct("a" / Int16ub)), "n" / Byte)
    assert _names(grammar, b"\0\1\0\2\3") == ["d", "a", "a", "n"]
    traced = trace(grammar, b"\0\1\0", "x")
    # what it swallowed is no field
    assert [node.name for node in traced.root.children[0].children] == ["a"]


def test_what_a_stranger_hides_parses_and_is_one_field():
    grammar = Struct("h" / Hidden(Struct("a" / Int16ub)), "n" / Byte)
    traced = trace(grammar, b"\0\1\2", "x")
    assert traced.value == Container(h=Container(a=1), n=2)
    assert [(node.name, node.start, node.end) for node in traced.root.children] == [("h", 0, 2), ("n", 2, 3)]


@pytest.mark.parametrize("lazy", [LazyStruct("a" / Byte, "b" / Byte), LazyArray(2, Byte)])
def test_lazy_constructs_are_one_field(lazy: Construct):
    traced = trace(Struct("lazy" / lazy, "n" / Byte), b"\1\2\3", "x")
    assert traced.error == ""
    assert traced.value.n == 3
    assert [(node.name, node.start, node.end) for node in traced.root.children] == [("lazy", 0, 2), ("n", 2, 3)]


def test_parsed_hooks_are_called_once():
    seen: list[Any] = []
    note = seen.append
    grammar = Struct("a" / Byte * (lambda value, _: note(value)), "b" / Struct("c" / Byte) * (lambda value, _: note(value.c)))
    trace(grammar, b"\1\2", "x")
    grammar.parse(b"\1\2")
    assert seen == [1, 2, 1, 2]


def test_a_construct_in_an_unusual_attribute_is_found():
    grammar = Struct(
        "a" / Bytes(2),
        "b" / RestreamData(this.a, Struct("x" / Byte)),
        "c" / Switch(this.b.x, {1: Struct("one" / Byte)}, default=Struct("other" / Byte)),
    )
    assert _names(grammar, b"\1\1\7") == ["a", "b", "x", "c", "one"]
    assert _names(grammar, b"\2\1\7") == ["a", "b", "x", "c", "other"]


def test_a_lazy_bound_that_makes_new_constructs_does_not_fill_memory():
    grammar = Struct("items" / Array(MOST_LAZY * 3, LazyBound(lambda: Struct("x" / Byte))))
    copied = GrammarCopy(grammar)
    copied.recorder.start(100, MOST_LAZY * 3)
    copied.root.parse(bytes(MOST_LAZY * 3))
    assert len(copied._done) < 2 * MOST_LAZY


def test_only_wandering_grammars_are_careful():
    assert not GrammarCopy(Struct("a" / Prefixed(Byte, Select(Int16ub, GreedyBytes)))).careful
    careful = {example.name for example in EXAMPLES if GrammarCopy(example.grammar).careful}
    assert careful == {"union", "peek and pointer", "seeking"}


def test_a_copy_is_ready_for_the_next_parse_after_a_failure():
    grammar = Struct("a" / Int16ub, "b" / GreedyBytes)
    assert trace(grammar, b"\1", "x").error
    traced = trace(grammar, b"\1\2x", "x")
    assert traced.error == ""
    assert [node.name for node in traced.root.children] == ["a", "b"]
    stream = io.BytesIO(b"\1\2x")
    assert grammar.parse_stream(stream).b == b"x"

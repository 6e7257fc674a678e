"""Invariant: whatever the bytes, tracing gives the value that construct gives, and each field where construct read it."""

import threading
from typing import Any

import pytest
from construct import (
    Array,
    Byte,
    Bytes,
    Computed,
    Const,
    Construct,
    GreedyBytes,
    GreedyRange,
    Int8ub,
    Int16ub,
    LazyBound,
    Pass,
    Prefixed,
    Select,
    Struct,
    this,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.tracing import trace
from support.grammars import EXAMPLES, Example
from support.hook_trace import Spot, hooked_parse, spots
from workbench.api import Field, Traced

NOT_CONSTRUCTS = {"length"}


def _bytes_of(traced: Traced, data: bytes, view: int) -> bytes:
    return traced.views[view].data if traced.views else data


def _spots(traced: Traced, data: bytes, node: Field, path: str = "") -> list[Spot]:
    found = []
    for child in node.children:
        if child.name.startswith("["):
            below = f"{path}{child.name}"
        elif child.abbrev:
            below = f"{path}.{child.name}"
        else:
            found += _spots(traced, data, child, path)
            continue
        is_flags = (
            child.children and all(isinstance(flag.value, bool) for flag in child.children) and isinstance(child.value, int)
        )
        value = "flags" if is_flags else child.value
        view = _bytes_of(traced, data, child.view)
        found.append(Spot(below, value, (child.bits, view) if child.bits else (child.start, child.end, view)))
        if not is_flags:
            found += _spots(traced, data, child, below)
    return found


def _assert_same_tree(grammar: Construct, data: bytes) -> None:
    value, node = hooked_parse(grammar, data)
    traced = trace(grammar, data, "x")
    assert traced.error == ""
    assert traced.value == value
    assert _spots(traced, data, traced.root) == spots(data, node)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_same_fields_as_the_hook_on_what_the_grammar_builds(example: Example):
    for wire in example.wires():
        _assert_same_tree(example.grammar, wire)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
@settings(max_examples=25, deadline=None)
@given(noise=st.binary(max_size=40), cut=st.integers(0, 60), at=st.integers(0, 60), value=st.integers(0, 255))
def test_same_fields_as_the_hook_on_damaged_bytes(example: Example, noise: bytes, cut: int, at: int, value: int):
    for wire in example.wires()[:1]:
        damaged = bytearray(wire)
        if damaged:
            damaged[at % len(damaged)] = value
        for data in (noise, wire[: cut % (len(wire) + 1)], bytes(damaged), wire + noise):
            _assert_faithful(example.grammar, data)


def _assert_faithful(grammar: Construct, data: bytes) -> None:
    try:
        grammar.parse(data)
    except Exception:
        traced = trace(grammar, data, "x")
        assert traced.value is None
        assert traced.error
        assert any(node.error for _, node in traced.root.walk())
    else:
        _assert_same_tree(grammar, data)
    _assert_nested(trace(grammar, data, "x"), data)


def _assert_nested(traced: Traced, data: bytes) -> None:
    for _, node in traced.root.walk():
        assert 0 <= node.start <= node.end <= len(_bytes_of(traced, data, node.view))
        if node.bits:
            assert 8 * node.start <= node.bits[0] <= node.bits[1] <= 8 * node.end
        for child in node.children:
            assert child.view != node.view or node.start <= child.start <= child.end <= node.end


def _line(node: Field) -> tuple[Any, ...]:
    return node.name, node.start, node.end, node.value, node.abbrev


def test_names_filter_names_and_values():
    grammar = Struct("count" / Int8ub, "items" / Array(this.count, Struct("key" / Int8ub, "value" / Bytes(1))))
    root = trace(grammar, b"\x02\x01a\x02b", "demo").root
    assert [_line(node) for _, node in root.walk()] == [
        ("demo", 0, 5, None, "demo"),
        ("count", 0, 1, 2, "demo.count"),
        ("items", 1, 5, None, "demo.items"),
        ("[0]", 1, 3, None, "demo.items"),
        ("key", 1, 2, 1, "demo.items.key"),
        ("value", 2, 3, b"a", "demo.items.value"),
        ("[1]", 3, 5, None, "demo.items"),
        ("key", 3, 4, 2, "demo.items.key"),
        ("value", 4, 5, b"b", "demo.items.value"),
    ]


def test_a_length_prefix_is_structure_without_a_filter_name():
    root = trace(Struct("body" / Prefixed(Int16ub, Struct("a" / Int8ub))), b"\0\1\7", "x").root
    assert [_line(node) for node in root.children[0].children] == [("length", 0, 2, 1, ""), ("a", 2, 3, 7, "x.body.a")]


def test_parameters_reach_the_grammar():
    grammar = Struct("n" / Computed(this._params.wanted))
    traced = trace(grammar, b"", "x", {"wanted": 5})
    assert traced.value.n == 5
    assert traced.root.children[0].generated


def test_truncation_names_the_field_and_keeps_what_was_read():
    grammar = Struct("a" / Int8ub, "b" / Struct("c" / Int16ub, "d" / Int16ub))
    traced = trace(grammar, b"\1\0\2\0", "x")
    assert traced.value is None
    assert traced.error == "b.d: it needs 2 bytes, only 1 is left"
    assert [_line(node) for node in traced.root.children[1].children] == [("c", 1, 3, 2, "x.b.c"), ("d", 3, 4, None, "x.b.d")]


def test_a_cut_inside_a_sized_part_shows_its_beginning():
    grammar = Struct("body" / Prefixed(Int8ub, Struct("a" / Int8ub, "b" / Int16ub)))
    traced = trace(grammar, b"\x03\x07\x01", "x")
    assert traced.error == "body.b: it needs 2 bytes, only 1 is left"
    assert traced.root.find("x.body.a") is not None


def test_a_failed_check_shows_the_value_it_refused():
    example = next(example for example in EXAMPLES if example.name == "own framing")
    wire = bytearray(example.wires()[0])
    wire[-1] ^= 1
    traced = trace(example.grammar, bytes(wire), "x")
    crc = traced.root.find("x.crc")
    assert crc is not None
    assert crc.value == int.from_bytes(wire[-4:], "big")
    assert crc.error.startswith("checksum is 0x")


def test_a_million_items_are_parsed_and_the_first_are_shown():
    traced = trace(Struct("items" / Array(50_000, Byte), "after" / Byte), bytes(50_001), "x", max_fields=100)
    assert traced.error == ""
    assert len(traced.value["items"]) == 50_000
    items, after = traced.root.children
    assert len(items.children) == 100
    assert items.children[-1].text == "more items than are shown"
    assert (after.start, after.end) == (50_000, 50_001)


def test_items_without_bytes_end_somewhere():
    traced = trace(Struct("items" / Array(1 << 40, Pass)), b"ab", "x", max_fields=50)
    assert traced.value is None
    assert traced.error.endswith("it has far too many items for its size")


def _nest() -> Construct:
    grammar = Struct("kind" / Byte, "inner" / GreedyRange(LazyBound(lambda: grammar)))
    return grammar


def test_endless_nesting_ends():
    traced = trace(_nest(), bytes(100_000), "x")
    assert traced.value is None
    assert traced.error.endswith("it nests too deeply")


def test_a_deep_path_is_cut_and_array_items_read_naturally():
    assert trace(_nest(), bytes(100_000), "x").error.startswith("…")
    grammar = Struct("rows" / Array(2, Struct("a" / Int16ub)))
    assert trace(grammar, b"\0\1\0", "x").error == "rows[1].a: it needs 2 bytes, only 1 is left"


def test_alternatives_that_failed_before_are_not_the_failure():
    grammar = Struct("choice" / Select(Struct("z" / Const(b"z")), Struct("a" / Byte, "more" / Array(1 << 40, Pass))))
    traced = trace(grammar, b"a", "x")
    assert traced.error.endswith("it has far too many items for its size")
    assert traced.root.find("x.choice.z") is None
    assert traced.root.find("x.choice.a") is not None


def test_a_deep_but_honest_message_is_no_bomb():
    grammar = Struct("inner" / Prefixed(Int8ub, GreedyRange(LazyBound(lambda: grammar))))
    wire = b""
    for _ in range(20):
        wire = bytes([len(wire)]) + wire
    assert trace(grammar, wire, "x").error == ""


def test_the_same_grammar_in_two_threads():
    example = next(example for example in EXAMPLES if example.name == "lazy recursion")
    wire = example.wires()[0]
    expected = trace(example.grammar, wire, "x")
    wrong: list[Traced] = []

    def work() -> None:
        for _ in range(50):
            found = trace(example.grammar, wire, "x")
            if (found.root, found.value) != (expected.root, expected.value):
                wrong.append(found)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_grammar_that_traces_itself_while_it_is_traced():
    grammar = Struct(
        "data" / GreedyBytes,
        "again" / Computed(lambda context: len(trace(grammar, b"", "y").root.children) if context.data else 0),
    )
    traced = trace(grammar, b"abc", "x")
    assert traced.value.again == 2


def test_derived_bytes_are_views():
    example = next(example for example in EXAMPLES if example.name == "compressed")
    traced = trace(example.grammar, example.wires()[0], "x")
    field = traced.root.find("x.z.s")
    assert field is not None
    assert [view.name for view in traced.views] == ["wire", "decompressed"]
    assert traced.views[field.view].data[field.start : field.end] == b"hi there hi there\0"

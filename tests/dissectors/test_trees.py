"""What the tree of fields looks like, where that is a matter of taste. Places and values are held against an oracle in `test_tracing`."""

from construct import (
    Array,
    BitStruct,
    Byte,
    Bytes,
    Check,
    Computed,
    Const,
    Construct,
    FocusedSeq,
    If,
    Int16ub,
    Nibble,
    Optional,
    Padding,
    Pass,
    Peek,
    Prefixed,
    PrefixedArray,
    RepeatUntil,
    Select,
    Sequence,
    StopIf,
    Struct,
    Terminated,
)

from dissectors.tracing import trace
from dissectors.trees import MOST_NAMES, Tree
from workbench.api import Field


def _outline(grammar: Construct, data: bytes) -> list[str]:
    """One line a field below the root: depth as dots, name, filter name where it has one."""
    return [
        f"{'.' * (depth - 1)}{node.name} {node.abbrev}".rstrip() for depth, node in trace(grammar, data, "p").root.walk() if depth
    ]


def test_unnamed_members_are_structure():
    grammar = Struct(Const(b"\1"), Padding(1), Bytes(1), Struct("a" / Byte), BitStruct("b" / Nibble, Padding(4)))
    assert _outline(grammar, bytes([1, 0, 0, 5, 0x70])) == [
        "constant",
        "padding",
        "bytes",
        "group",
        ".a p.a",
        "bits",
        ".b p.b",
        ".padding",
    ]


def test_what_is_not_on_the_wire_is_left_out():
    grammar = Struct("a" / If(False, Byte), "b" / Optional(Const(b"x")), Check(True), Pass, "n" / Byte, Terminated)
    assert _outline(grammar, b"\1") == ["n p.n"]


def test_what_is_computed_or_empty_is_there():
    root = trace(Struct("sum" / Computed(5), "data" / Bytes(0), "list" / Array(0, Byte), "inside" / Struct()), b"", "p").root
    assert [(node.name, node.value, node.generated) for node in root.children] == [
        ("sum", 5, True),
        ("data", b"", False),
        ("list", None, False),
        ("inside", None, False),
    ]


def test_array_items_have_numbers_and_the_filter_name_of_the_array():
    assert _outline(Struct("rows" / Array(2, Array(1, Byte))), b"\1\2") == [
        "rows p.rows",
        ".[0] p.rows",
        "..[0] p.rows",
        ".[1] p.rows",
        "..[0] p.rows",
    ]
    assert _outline(Sequence("a" / Byte, Byte), b"\1\2") == ["a p.a", "number"]


def test_counts_and_lengths():
    assert _outline(Struct("items" / PrefixedArray(Byte, Struct("k" / Byte))), b"\1\2") == [
        "items p.items",
        ".count p.items.count",
        ".[0] p.items",
        "..k p.items.k",
    ]
    assert _outline(Struct("part" / Prefixed(Byte, Struct("k" / Byte))), b"\1\2") == ["part p.part", ".length", ".k p.part.k"]
    assert _outline(Struct("leaf" / Prefixed(Byte, Bytes(1))), b"\1\2") == ["leaf p.leaf"]


def test_a_focused_value_stands_beside_what_surrounds_it():
    assert _outline(Struct("f" / FocusedSeq("v", Const(b"#"), "v" / Byte)), b"#\5") == ["f p.f", ".constant", ".v p.f.v"]


def test_a_look_ahead_lies_where_it_looked():
    root = trace(Struct("a" / Peek(Int16ub), "b" / Byte, "c" / Byte), b"\1\2", "p").root
    assert [(node.name, node.start, node.end, node.value) for node in root.children] == [
        ("a", 0, 2, 258),
        ("b", 0, 1, 1),
        ("c", 1, 2, 2),
    ]


def test_a_failed_choice_has_its_error_in_the_tree():
    root = trace(Struct("s" / Select(Struct("x" / Const(b"A")), Struct("y" / Const(b"B")))), b"C", "p").root
    assert [node.error for _, node in root.walk() if node.error] == ["none of its possible forms fits"]


def test_a_failure_of_the_array_itself_is_shown_beside_its_items():
    grammar = Struct("f" / FocusedSeq("v", "n" / Byte, "v" / RepeatUntil(lambda _item, _items, context: context.nothing, Byte)))
    traced = trace(grammar, b"\1\2", "p")
    assert traced.error == "f.v: it cannot be computed (AttributeError: nothing)"
    assert [node.name for node in traced.root.children[0].children] == ["n", "[0]", "v"]


def test_a_grammar_that_only_stops():
    assert trace(StopIf(True), b"", "p").root.error == "StopFieldError"


def test_the_root_of_a_leaf():
    assert trace(Int16ub, b"\1\2", "p").root == Field("p", 0, 2, 258, abbrev="p")
    assert trace("named" / Int16ub, b"\1\2").root.name == "named"
    assert trace(Int16ub, b"\1\2").root.name == "message"


def test_an_empty_parse_has_a_root():
    assert trace(Pass, b"", "p").root == Field("p", 0, 0, abbrev="p")


def test_remembered_names_are_bounded():
    names = {("", str(number)): "x" for number in range(MOST_NAMES + 1)}
    Tree(b"", names)
    assert names == {}

"""One child after the other."""

from construct import Array, Byte, FocusedSeq, Int8ub, Padding, PrefixedArray, Sequence, Struct, this

from dissectors.codegen.parsing import parser_of
from support.generated import same_parse


def test_names_given_twice():
    assert same_parse(Struct("a" / Byte, "b" / Byte, "a" / Byte), b"\1\2\3", {})


def test_members_of_structures_around():
    inner = Struct("b" / Array(this._.n, Byte), "c" / Array(this._root.n, Byte), "d" / Struct("e" / Array(this._._.n, Byte)))
    assert same_parse(Struct("n" / Byte, "in" / inner), b"\1\2\3\4", {})


def test_sequences_are_lists_whose_members_have_names():
    assert same_parse(Sequence("n" / Byte, Byte, "x" / Array(this.n, Byte)), b"\1\2\3", {})


def test_the_focus_stands_for_all():
    grammar = Struct("f" / FocusedSeq("v", Byte, "v" / Struct("a" / Byte), Padding(1)), "g" / FocusedSeq("v", "v" / Byte, Byte))
    assert same_parse(grammar, bytes(5), {})


def test_an_empty_array_with_a_count():
    grammar = Struct("items" / PrefixedArray(Int8ub, Byte))
    assert same_parse(grammar, b"\0", {})
    assert same_parse(grammar, b"\2\1\1", {})


def test_a_focus_that_only_a_function_knows_is_left_to_the_interpreter():
    assert parser_of(FocusedSeq(lambda _: "v", "v" / Byte)) is None

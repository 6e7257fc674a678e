"""Alternatives: whatever branch is taken, what follows finds its place."""

import pytest
from construct import (
    Array,
    Byte,
    Bytes,
    Const,
    GreedyBytes,
    If,
    IfThenElse,
    Int8ub,
    Int16ub,
    Optional,
    Pass,
    Select,
    Struct,
    Switch,
    Terminated,
    this,
)

from dissectors.codegen.parsing import code_of
from support.generated import same_parse


@pytest.mark.parametrize("data", [b"\0\7\7", b"\1\7\7\7", b"\2\7ab\7", b"\3\7"])
def test_every_case_of_a_switch(data: bytes):
    cases = {0: Byte, 1: Int16ub, 2: Struct("s" / Byte, "t" / Bytes(2))}
    grammar = Struct("kind" / Byte, "body" / Switch(this.kind, cases, default=Pass), "end" / Byte)
    assert same_parse(grammar, data, {})


def test_cases_that_share_a_construct_share_its_code():
    shared = Struct("x" / Bytes(77))
    text, _ = code_of(Struct("kind" / Byte, "body" / Switch(this.kind, {1: shared, 2: shared, 3: shared}))) or ("", {})
    assert text.count("for") + text.count("Container({'x'") == 1


def test_a_condition_that_is_known_leaves_no_trace():
    text, _ = code_of(Struct("a" / IfThenElse(this._parsing, Byte, Int16ub))) or ("", {})
    assert "if True" not in text
    assert "else" not in text


@pytest.mark.parametrize("data", [b"\1\7ab", b"\1\7abc", b"\0ab", b""])
def test_the_first_alternative_that_fits(data: bytes):
    grammar = Struct(
        "a" / Select(Struct(Const(b"\1"), "x" / Int8ub, "y" / Bytes(2), Terminated), Struct("z" / Byte), GreedyBytes)
    )
    assert same_parse(grammar, data, {})


def test_none_fits():
    assert not same_parse(Select(Const(b"a"), Const(b"b")), b"c", {})


def test_an_optional_part_that_is_cut_off_is_not_there():
    assert same_parse(Struct("a" / Optional(Int16ub), "b" / Byte), b"\1", {})


def test_fields_of_no_width_are_not_shown():
    assert same_parse(Struct("n" / Byte, "a" / If(this.n, Byte), "b" / If(this.n, Array(this.n, Pass))), b"\0", {})
    assert same_parse(Struct("n" / Byte, "a" / If(this.n, Byte), "b" / If(this.n, Array(this.n, Pass))), b"\2\1", {})

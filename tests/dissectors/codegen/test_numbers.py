"""Numbers, byte strings and what is made of them one to one (that all agree with the interpreter: `test_parsing`)."""

from typing import Any

import pytest
from construct import (
    BytesInteger,
    CString,
    Enum,
    EnumInteger,
    ExprAdapter,
    FlagsEnum,
    Int8ub,
    Int16ub,
    Int16un,
    Prefixed,
    Struct,
    VarInt,
    this,
)

from dissectors.codegen.parsing import parser_of
from support.generated import MOST, same_parse

KIND = Enum(Int8ub, ask=1)


def _value(grammar: Any, data: bytes) -> Any:
    parse = parser_of(grammar)
    assert parse is not None
    return parse(data, {}, MOST)[0]


def test_an_unknown_enum_value_is_a_number_that_says_so():
    assert _value(KIND, b"\1") == "ask"
    assert type(_value(KIND, b"\7")) is EnumInteger


def test_the_machines_own_byte_order():
    assert same_parse(Int16un, b"\1\2", {})


@pytest.mark.parametrize("size", [-1, 0])
def test_an_integer_has_a_size(size: int):
    grammar = Struct("size" / Int8ub, "number" / BytesInteger(this.size + size))
    assert not same_parse(grammar, b"\0\1\2", {})
    assert same_parse(grammar, b"\2\1\2", {})


def test_flags_lie_in_the_bytes_of_their_field():
    grammar = Struct("a" / Int8ub, "flags" / FlagsEnum(Int16ub, low=1, high=0x8000))
    assert same_parse(grammar, b"\0\x80\1", {})


def test_text_that_is_none_is_refused():
    assert not same_parse(CString("utf8"), b"\xff\0", {})
    assert same_parse(CString("utf8"), "ä\0".encode(), {})


def test_an_adapter_sees_the_context():
    grammar = Struct("a" / Int8ub, "b" / ExprAdapter(Int8ub, lambda value, context: value + context.a, lambda value, _: value))
    assert _value(grammar, b"\1\2").b == 3
    assert same_parse(grammar, b"\1\2", {})


def test_a_length_of_variable_size():
    assert same_parse(Prefixed(VarInt, Int8ub), b"\x81\0\7", {})

"""Expressions as source."""

from typing import Any

import pytest
from construct import Byte, Computed, Struct, len_, this

from dissectors.codegen.expressions import expression
from dissectors.codegen.scopes import Scope, UnknownError
from dissectors.codegen.source import Source
from support.generated import same_parse


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (this.a, "v1"),
        (this.a + 1, "(v1 + 1)"),
        (-this.a * 2, "((-v1) * 2)"),
        (~(this.a == b"x"), "(not (v1 == b'x'))"),
        (this.a.b["c"], "v1['b']['c']"),
        (this._params.size // 2, "(P['size'] // 2)"),
        (-5, "(-5)"),
        (None, "None"),
    ],
)
def test_source_of_an_expression(value: Any, wanted: str):
    scope = Scope(Scope())
    scope.names["a"] = "v1"
    assert expression(value, scope, Source()) == wanted


def test_a_long_constant_gets_a_name():
    source = Source()
    name = expression(bytes(99), Scope(), source)
    assert source.names == {name: bytes(99)}


def test_functions_are_called_with_what_is_known():
    grammar = Struct(
        "a" / Byte,
        "b" / Struct("c" / Computed(lambda context: (context._.a, context._params.x, context._root.a, context._parsing))),
        "d" / Computed(len_(this.b.c)),
    )
    assert same_parse(grammar, b"\1", {"x": 5})


def test_a_function_that_looks_at_the_stream_needs_the_interpreter():
    assert not same_parse(Struct("a" / Computed(lambda context: context._io.tell())), b"\1", {})


def test_the_whole_context_is_no_value():
    with pytest.raises(UnknownError):
        expression(this, Scope(), Source())

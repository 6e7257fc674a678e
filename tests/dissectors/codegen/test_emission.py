"""What is treated how: by the function that parses it."""

import pytest
from construct import (
    Byte,
    Bytes,
    Construct,
    GreedyBytes,
    GreedyRange,
    LazyBound,
    Prefixed,
    ProcessXor,
    StopIf,
    Struct,
    Subconstruct,
    this,
)

from dissectors.codegen.emission import parse_of
from dissectors.codegen.parsing import parser_of
from support.generated import same_parse


class OnlyBuilds(Subconstruct):
    """Builds in its own way; parsed, it is what is inside."""

    def _build(self, obj, stream, context, path):
        return self.subcon._build(obj, stream, context, path)


class Doubled(Subconstruct):
    """Parses in its own way."""

    def _parse(self, stream, context, path):
        return 2 * self.subcon._parsereport(stream, context, path)


def test_a_subclass_that_parses_like_its_parent_is_treated_like_it():
    assert parse_of(OnlyBuilds(Byte)) is Subconstruct._parse
    assert same_parse(Struct("a" / OnlyBuilds(Byte)), b"\1", {})


@pytest.mark.parametrize(
    "grammar", [Doubled(Byte), Doubled(Struct("a" / Byte)), LazyBound(lambda: Byte), Struct(StopIf(this._parsing))]
)
def test_what_nobody_here_knows_is_left_to_the_interpreter(grammar: Construct):
    assert parser_of(grammar) is None


def test_a_hook_on_a_construct_is_left_to_the_interpreter():
    assert parse_of(Byte * (lambda *_: None)) is None


def test_a_field_that_only_construct_can_parse_is_parsed_by_it():
    assert same_parse(Struct("n" / Byte, "x" / ProcessXor(5, Bytes(this.n)), "after" / GreedyBytes), b"\2abc", {})
    assert not same_parse(Struct("n" / Byte, "x" / ProcessXor(5, Bytes(this.n))), b"\2a", {})
    assert parser_of(Prefixed(Byte, GreedyRange(ProcessXor(5, Bytes(1))))) is None

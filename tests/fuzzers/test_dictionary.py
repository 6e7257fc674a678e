from dataclasses import replace

from construct import Const, GreedyBytes, GreedyRange, LazyBound, Struct, Switch, this

from fuzzers.dictionary import computed_names, tokens_of
from support.tiny import PACKET, TINY
from workbench.api import Hints, PerDirection


def test_hints_come_first_and_enums_follow():
    assert tokens_of(TINY) == (b"token", b"\x01", b"\x02", b"\x03")


def test_constants_of_both_directions_once():
    request = Struct("magic" / Const(b"MAGIC"), "body" / Switch(this.x, {1: Const(b"one")}, default=Const(b"MAGIC")))
    spec = replace(TINY, grammar=PerDirection(request, Struct(Const(b"reply"))), hints=Hints())
    assert tokens_of(spec) == (b"MAGIC", b"one", b"reply")


def test_a_recursive_grammar_ends():
    inner = Struct("more" / GreedyRange(LazyBound(lambda: inner)), "mark" / Const(b"!"))
    assert tokens_of(replace(TINY, grammar=inner, hints=Hints())) == (b"!",)


def test_no_grammar_no_tokens():
    assert tokens_of(replace(TINY, grammar=None, hints=Hints())) == ()


def test_computed_fields():
    assert computed_names(PACKET) == {"length", "count", "size", "crc"}
    assert computed_names(None) == frozenset()
    assert computed_names("all" / GreedyBytes) == frozenset()

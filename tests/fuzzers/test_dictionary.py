from dataclasses import replace

import pytest
from construct import Const, GreedyBytes, GreedyRange, LazyBound, Struct, Switch, this

from fuzzers.dictionary import computed_names, read_dictionary, tokens_of, with_tokens
from support.tiny import PACKET, TINY
from workbench.api import Hints, PerDirection, UsageError
from workbench.registry import load


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


def test_a_dictionary_in_afls_format(tmp_path):
    path = tmp_path / "words.dict"
    path.write_text('# a comment\n\nverb="GET"\n"plain"\n  k@2 = "\\x00\\\\\\"\\xff"\n', encoding="ascii")
    assert read_dictionary(path) == (b"GET", b"plain", b'\x00\\"\xff')
    assert tokens_of(with_tokens(TINY, read_dictionary(path)))[:4] == (b"token", b"GET", b"plain", b'\x00\\"\xff')
    assert with_tokens(TINY, ()) is TINY


@pytest.mark.parametrize("line", ["GET", '""', 'a="', 'a="\\x4"', 'a="\\n"', 'a="b" c', f'"{"x" * 200}"'])
def test_what_is_no_entry_is_named(tmp_path, line):
    path = tmp_path / "words.dict"
    path.write_text(f'"good"\n{line}\n', encoding="ascii")
    with pytest.raises(UsageError, match=r"words.dict:2: is no entry"):
        read_dictionary(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_dictionary(tmp_path / "none")


def test_hints_that_are_loaded_on_demand_take_tokens_too():
    spec = load().get("streambus")
    assert with_tokens(spec, (b"mine",)).hints.tokens == (*spec.hints.tokens, b"mine")

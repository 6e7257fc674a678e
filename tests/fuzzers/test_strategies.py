import zlib

import construct as c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dissectors.engine import converse
from fuzzers.strategies import from_construct, messages, sessions
from support.any_grammar import grammars
from support.toy import TOY, answer, changed
from workbench.api import Crc, Direction, Framed, QuicVarint, UsageError
from workbench.registry import load

STREAMBUS = load().get("streambus")

RECORD = Framed(
    "length",
    "length" / c.Int16ub,
    "kind" / c.Enum(c.Int8ub, text=1, numbers=2),
    "body"
    / c.Switch(
        c.this.kind,
        {"text": c.PascalString(c.Int8ub, "utf8"), "numbers": c.PrefixedArray(c.Int8ub, QuicVarint)},
    ),
    "flags" / c.FlagsEnum(c.Int8ub, a=1, b=2),
    "even" / c.ExprValidator(c.Int8ub, lambda value, _: value % 2 == 0),
    "size" / c.Rebuild(c.Int8ub, c.len_(c.this.rest)),
    "rest" / c.Bytes(c.this.size),
    "crc" / Crc(c.Int32ub, zlib.crc32),
)


@given(st.data())
def test_parts_of_a_sequence_know_those_before_them(data):
    sequence = c.Sequence("count" / c.Int8ub, "body" / c.Bytes(c.this.count))
    value = data.draw(from_construct(sequence))
    assert list(sequence.parse(sequence.build(value))) == value


@given(st.data())
def test_what_is_drawn_is_built_and_parsed(data):
    value = data.draw(from_construct(RECORD))
    parsed = RECORD.parse(RECORD.build(value))
    assert (str(parsed.kind), parsed.even, parsed.rest) == (value.kind, value.even, value.rest)
    assert list(parsed.body) == list(value.body)
    assert parsed.even % 2 == 0


@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_grammar_builds_what_is_drawn_for_it(data):
    grammar = data.draw(grammars())
    value = data.draw(from_construct(grammar))
    grammar.build(value)


@given(st.data())
def test_a_strategy_may_stand_in_for_a_field(data):
    value = data.draw(from_construct(RECORD, instead={"body": st.just("x"), "kind": st.just("text")}))
    assert value.body == "x"


def test_parameters_are_known_to_expressions():
    grammar = c.Struct("data" / c.Bytes(c.this._params.size))
    value = from_construct(grammar, parameters={"size": 3})

    @given(value)
    def right(drawn):
        assert len(drawn.data) == 3

    right()


def test_a_construct_of_a_stranger_is_named():
    class Odd(c.Construct):
        pass

    @given(from_construct(c.Struct("a" / c.Struct("b" / Odd()))))
    def drawn(_):
        raise AssertionError("nothing can be drawn")

    with pytest.raises(UsageError, match=r"a\.b: nobody knows what values a Odd takes"):
        drawn()


@given(messages(STREAMBUS))
def test_messages_of_a_protocol_decode_clean(raw):
    (message,) = converse(STREAMBUS, [(Direction.TO_SERVER, raw)])
    assert (message.protocol, message.errors) == ("streambus", ())


@given(sessions(TOY))
def test_sessions_are_answered(said):
    assert 1 <= len(said) <= 8
    assert all(answer(message) for message in said)


def test_small_things_are_what_is_left_of_a_failure():
    from hypothesis import find

    smallest = find(from_construct(RECORD), lambda value: len(value.rest) > 2)
    assert smallest.rest == b"\0\0\0"


def test_protocols_that_offer_nothing():
    empty = changed(seeds=(), grammar=None, frame=None, decoder=lambda _: None)
    with pytest.raises(UsageError, match="no grammar"):
        messages(empty)
    with pytest.raises(UsageError, match="neither seeds nor a grammar"):
        sessions(empty)

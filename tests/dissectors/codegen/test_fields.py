"""Names and filter names of fields in generated trees."""

from construct import Byte, Computed, Const, GreedyBytes, Pass, Struct

from dissectors.codegen.fields import child, named
from dissectors.codegen.parsing import tracer_of
from support.generated import MOST, same_parse


def test_filter_names():
    assert child("tcp", "port") == "tcp.port"
    assert child("", "port") == "port"
    assert named("port" / Byte, "tcp") == ("'port'", "'tcp.port'", "tcp.port")
    assert named(Byte, "tcp") == ("'number'", "''", "tcp")


def test_members_without_names_and_without_bytes():
    assert same_parse(
        Struct(Const(b"M"), Pass, Struct("x" / Byte), "none" / Pass, "empty" / Struct(), "rest" / GreedyBytes), b"M\1", {}
    )


def test_a_message_that_says_nothing_is_an_empty_root():
    assert same_parse(Pass, b"", {})


def test_computed_fields_are_marked():
    tracer = tracer_of(Struct("a" / Computed(5)), "x")
    assert tracer is not None
    (field,) = tracer(b"", {}, MOST)[1].children
    assert (field.value, field.generated, field.abbrev) == (5, True, "x.a")

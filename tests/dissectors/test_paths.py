"""Fields by name, by byte, and as JSON."""

import json
import math

import pytest
from construct import Array, BitStruct, Byte, Bytes, Compressed, Enum, GreedyBytes, Int16ub, Nibble, Prefixed, Struct

from dissectors.paths import flatten, innermost, json_value, message_object
from dissectors.tracing import trace
from workbench.api import Direction, Field, Message, Note, Severity

GRAMMAR = Struct(
    "type" / Enum(Byte, GET=1),
    "pairs" / Array(2, Struct("key" / Byte, "value" / Bytes(1))),
    "bits" / BitStruct("high" / Nibble, "low" / Nibble),
    "packed" / Prefixed(Int16ub, Compressed(Struct("inside" / GreedyBytes), "zlib")),
)
VALUE = {
    "type": "GET",
    "pairs": [{"key": 1, "value": b"a"}, {"key": 2, "value": b"\xff"}],
    "bits": {"high": 3, "low": 4},
    "packed": {"inside": b"hello"},
}


@pytest.fixture
def message() -> Message:
    raw = GRAMMAR.build(VALUE)
    traced = trace(GRAMMAR, raw, "p")
    return Message(
        protocol="proto",
        direction=Direction.TO_CLIENT,
        start=0,
        end=len(raw),
        raw=raw,
        root=traced.root,
        views=traced.views,
        label="L",
        summary="S",
        notes=(Note(Severity.WARN, "odd", 1, 2, "RFC 1 2"),),
        stream=3,
        packet=9,
        packets=(7, 9),
        time_ns=5,
    )


def test_flatten(message: Message):
    flat = flatten(message)
    assert flat == {
        "p.type": 1,
        "p.pairs.key": [1, 2],
        "p.pairs.value": ["61", "ff"],
        "p.bits.high": 3,
        "p.bits.low": 4,
        "p.packed.inside": "68656c6c6f",
    }
    assert list(flat) == ["p.type", "p.pairs.key", "p.pairs.value", "p.bits.high", "p.bits.low", "p.packed.inside"]


def test_the_object_of_a_message(message: Message):
    found = json.loads(json.dumps(message_object(message)))
    assert found["fields"]["p.pairs.key"] == [1, 2]
    del found["fields"]
    assert found == {
        "packet": 9,
        "packets": [7, 9],
        "time_ns": 5,
        "stream": 3,
        "protocol": "proto",
        "direction": "to_client",
        "label": "L",
        "summary": "S",
        "notes": [{"severity": "warn", "text": "odd", "start": 1, "end": 2, "section": "RFC 1 2"}],
    }


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x00\xff", "00ff"),
        (5, 5),
        (True, True),
        ("x", "x"),
        (0.5, 0.5),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (1 << 5000, hex(1 << 5000)),
    ],
)
def test_json_values(value: object, expected: object):
    found = json_value(value)
    assert found == expected
    assert type(found) is type(expected)
    json.dumps(found, allow_nan=False)


def _names(path: tuple[Field, ...]) -> list[str]:
    return [node.name for node in path]


def test_innermost(message: Message):
    assert _names(innermost(message, 0)) == ["p", "type"]
    assert _names(innermost(message, 4)) == ["p", "pairs", "[1]", "value"]
    assert _names(innermost(message, 5)) == ["p", "bits", "high"]
    assert _names(innermost(message, 6)) == ["p", "packed", "length"]
    assert _names(innermost(message, 10)) == ["p", "packed"]
    assert innermost(message, 1000) == ()


def test_innermost_in_a_derived_view(message: Message):
    assert _names(innermost(message, 2, view=1)) == ["p", "packed", "inside"]
    assert innermost(message, 5, view=1) == ()
    assert innermost(message, 0, view=7) == ()


def test_innermost_takes_the_shortest_of_several():
    fields = (Field("union", 0, 4, children=(Field("whole", 0, 4), Field("first", 0, 1))),)
    assert _names(innermost(fields, 0)) == ["union", "first"]
    assert _names(innermost(fields, 3)) == ["union", "whole"]
    assert _names(innermost(fields[0], 3)) == ["union", "whole"]


def test_every_byte_of_a_packed_message_has_a_field(message: Message):
    assert all(innermost(message, offset) for offset in range(len(message.raw)))

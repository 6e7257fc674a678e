"""Invariant: messages of a direction tile it, whatever is on the wire and however it arrives."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from construct import Array, Byte, Bytes, Computed, Enum, GreedyBytes, Int16ub, Int32ub, Prefixed, Struct, this
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors.grammar import GrammarDecoder
from dissectors.tracing import trace
from workbench.api import (
    UNDECODED,
    Chunk,
    Crc,
    Direction,
    Endpoint,
    FlowContext,
    FlowKey,
    Framed,
    Limits,
    Memory,
    Message,
    Note,
    PerDirection,
    ProtocolSpec,
    Severity,
    datagram,
    length_prefixed,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
GRAMMAR = Framed(
    "length",
    "length" / Int16ub,
    "id" / Byte,
    "type" / Enum(Byte, GET=1, PUT=2),
    "body" / Prefixed(Byte, GreedyBytes),
    "crc" / Crc(Int32ub, zlib.crc32),
)
SPEC = ProtocolSpec(
    name="demo",
    title="Demo",
    grammar=GRAMMAR,
    frame=length_prefixed(2, longest=2000),
    limits=Limits(bad_frames=4, message=500),
)


def _wire(number: int = 1, body: bytes = b"hi", kind: str = "GET") -> bytes:
    return bytes(GRAMMAR.build({"id": number, "type": kind, "body": body}))


def _context(spec: ProtocolSpec) -> FlowContext:
    flow = FlowKey("tcp", Endpoint("10.0.0.1", 1), Endpoint("10.0.0.2", 2))
    return FlowContext(stream=0, flow=flow, limits=spec.limits, trace=trace, memory=Memory(8))


def _decode(chunks: Iterable[tuple[Direction, bytes] | tuple[Direction, bytes, int]], spec: ProtocolSpec = SPEC) -> list[Message]:
    """Messages in chunks of (direction, bytes, lost bytes before them)."""
    decoder = GrammarDecoder(spec, _context(spec))
    at = {UP: 0, DOWN: 0}
    found: list[Message] = []
    for direction, data, *lost in chunks:
        gap = lost[0] if lost else 0
        found += decoder.receive(Chunk(direction, at[direction] + gap, data, gap=gap))
        at[direction] += gap + len(data)
    return [*found, *decoder.finish(UP), *decoder.finish(DOWN)]


def _pieces(data: bytes, sizes: list[int]) -> Iterator[tuple[Direction, bytes]]:
    at, turn = 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        yield UP, data[at : at + size]
        at, turn = at + size, turn + 1


def _facts(messages: list[Message]) -> list[Any]:
    return [(m.protocol, m.start, m.end, m.raw, m.root, m.label, m.summary, m.notes, m.value) for m in messages]


DAMAGED = st.lists(
    st.one_of(
        st.binary(max_size=20).map(lambda body: _wire(body=body)),
        st.binary(max_size=20),
        st.builds(lambda body, at: _wire(body=body)[:at], st.binary(max_size=9), st.integers(0, 15)),
        st.builds(lambda at: bytes(byte ^ (at == place) for place, byte in enumerate(_wire(7))), st.integers(0, 12)),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=100, deadline=None)
@given(DAMAGED, st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_split_anywhere_and_tiled(data: bytes, sizes: list[int]):
    whole = _decode([(UP, data)])
    assert _facts(_decode(_pieces(data, sizes))) == _facts(whole)
    assert [m.start for m in whole] == [0, *(m.end for m in whole)][: len(whole)]
    assert b"".join(m.raw for m in whole) == data


def test_a_sound_message():
    (message,) = _decode([(UP, _wire(5, b"abc", "PUT"))])
    assert (message.protocol, message.direction, message.start, message.end) == ("demo", UP, 0, len(_wire(5, b"abc")))
    assert message.errors == ()
    assert message.label == "to_server"
    assert message.summary == "to_server length=10 id=5 type=PUT body=616263"
    assert message.value.id == 5
    assert SPEC.build(message) == message.raw
    field = message.root.find("demo.type")
    assert field is not None
    assert (field.value, field.text, message.bytes_of(field)) == (2, "PUT", b"\2")


def test_the_specs_words_are_used():
    spec = replace(
        SPEC,
        label=lambda message: str(message.value.type),
        summary=lambda message: f"{message.label}!",
        check=lambda message: [Note(Severity.WARN, f"id {message.value.id}")],
        exchange=lambda message: message.value.id,
    )
    (message,) = _decode([(UP, _wire(9))], spec)
    assert (message.label, message.summary, message.exchange) == ("GET", "GET!", 9)
    assert [note.text for note in message.notes] == ["id 9"]


def test_a_broken_message_is_one_with_errors_and_no_label():
    wire = bytearray(_wire(3))
    wire[3] ^= 1
    broken, sound = _decode([(UP, bytes(wire) + _wire(4))])
    assert broken.protocol == "demo"
    assert broken.errors[0].startswith("crc: checksum is")
    assert (broken.label, broken.value) == ("", None)
    assert broken.summary.startswith("broken: crc: checksum is")
    assert sound.errors == ()


def test_after_enough_broken_messages_the_direction_is_given_up():
    wire = bytearray(_wire(3))
    wire[-1] ^= 1
    found = _decode([(UP, bytes(wire) * 4 + _wire(5)), (DOWN, _wire(6))])
    assert [(m.protocol, bool(m.errors)) for m in found] == [("demo", True)] * 4 + [("demo", False), (UNDECODED, True)]
    assert found[-1].raw == _wire(5)
    assert found[-1].notes[0].text == "given up after 4 broken messages in a row"


def test_a_sound_message_forgives_broken_ones():
    wire = bytearray(_wire(3))
    wire[-1] ^= 1
    found = _decode([(UP, (bytes(wire) * 3 + _wire(5)) * 5)])
    assert {m.protocol for m in found} == {"demo"}


def test_noise_is_skipped_to_the_next_message():
    found = _decode([(UP, b"\xff\xff\xff\xff" + _wire(1))])
    assert [(m.protocol, m.start) for m in found] == [(UNDECODED, 0), ("demo", 4)]
    assert found[0].notes[0].severity is Severity.ERROR


def test_an_unfinished_message_says_what_there_is():
    (message,) = _decode([(UP, _wire(7, b"abcdef")[:8])])
    assert message.value is None
    assert message.root.find("demo.id").value == 7
    assert message.errors == ("body: it needs 6 bytes, only 3 are left", "the stream ends before the message does")


def test_lost_bytes_inside_a_message():
    wire = _wire(7, b"abcdef")
    found = _decode([(UP, wire[:6]), (UP, wire[9:] + _wire(8), 3)])
    assert [(m.start, m.end, m.errors != ()) for m in found] == [
        (0, len(wire), True),
        (len(wire), len(wire) + len(_wire(8)), False),
    ]
    assert found[0].raw == wire[:6]
    assert "3 bytes before stream offset 9 were not captured" in found[0].errors


def test_a_message_beyond_the_limit_is_cut_and_the_next_one_found():
    big = (1000).to_bytes(2, "big") + bytes(1000)
    found = _decode([(UP, big + _wire(8))])
    assert [(m.start, m.end, len(m.raw)) for m in found] == [(0, 1002, 500), (1002, 1002 + len(_wire(8)), len(_wire(8)))]
    assert "the message is longer than 500 bytes; the rest was not kept" in found[0].errors


def test_bytes_after_the_last_field_are_shown_and_remarked():
    spec = ProtocolSpec(name="s", title="S", grammar=Struct("n" / Byte), frame=length_prefixed(1))
    (message,) = _decode([(UP, b"\3abc")], spec)
    assert message.errors == ()
    assert [(note.severity, note.text, note.start, note.end) for note in message.notes] == [
        (Severity.WARN, "3 bytes follow the last field", 1, 4)
    ]
    assert [(node.name, node.start, node.end, node.value) for node in message.root.children] == [
        ("n", 0, 1, 3),
        ("unread", 1, 4, b"abc"),
    ]
    assert (message.root.start, message.root.end) == (0, 4)


def test_datagrams_do_not_flow_into_each_other():
    spec = ProtocolSpec(
        name="u", title="U", transport="udp", grammar=Struct("body" / Prefixed(Byte, GreedyBytes)), frame=length_prefixed(1)
    )
    found = _decode([(UP, b"\5abc"), (UP, b"\1x"), (UP, b"\1y\1z")], spec)
    assert [(m.start, m.end, m.errors != ()) for m in found] == [(0, 4, True), (4, 6, False), (6, 8, False), (8, 10, False)]


def test_datagrams_are_given_up_together():
    spec = ProtocolSpec(
        name="u", title="U", transport="udp", grammar=Struct("n" / Int16ub), frame=datagram, limits=Limits(bad_frames=2)
    )
    found = _decode([(UP, b"x")] * 4, spec)
    assert [m.protocol for m in found] == ["u", "u", UNDECODED, UNDECODED]


def test_parameters_come_from_memory_and_are_kept_with_the_message():
    def parameters(memory: Memory, direction: Direction, frame: bytes) -> dict[str, Any]:
        if direction is UP:
            memory[frame[1]] = frame[2]
            return {}
        return {"size": memory.get(frame[1], 0)}

    request = Struct("length" / Byte, "id" / Byte, "size" / Byte)
    reply = Struct("length" / Byte, "id" / Byte, "items" / Array(this._params.size, Byte))
    spec = ProtocolSpec(
        name="rpc", title="R", grammar=PerDirection(request, reply), frame=length_prefixed(1), parameters=parameters
    )
    found = _decode([(UP, b"\2\7\3"), (DOWN, b"\4\7abc")], spec)
    assert found[1].errors == ()
    assert found[1].parameters == {"size": 3}
    assert spec.build(found[1]) == b"\4\7abc"


def test_searching_leaves_memory_alone():
    def parameters(memory: Memory, direction: Direction, frame: bytes) -> dict[str, Any]:
        memory["seen"] = memory.get("seen", 0) + 1
        return {"seen": memory["seen"]}

    grammar = Struct("length" / Byte, "magic" / Bytes(1), "seen" / Computed(this._params.seen))
    spec = ProtocolSpec(name="m", title="M", grammar=grammar, frame=length_prefixed(1, longest=100), parameters=parameters)
    found = _decode([(UP, b"\xff\x01a\x01b")], spec)
    assert [m.value.seen for m in found if m.value] == [1, 2]


def test_a_message_that_waited_is_given_before_its_reply():
    frame = length_prefixed(4)
    spec = ProtocolSpec(
        name="big", title="B", grammar=Struct("body" / Prefixed(Int32ub, GreedyBytes)), frame=lambda data: frame(data)
    )
    body = bytes(200_000)
    wire = len(body).to_bytes(4, "big") + body
    found = _decode([*((UP, wire[at : at + 1000]) for at in range(0, len(wire), 1000)), (DOWN, b"\0\0\0\1x")], spec)
    assert [m.direction for m in found] == [UP, DOWN]


def test_a_large_message_in_small_pieces():
    body = bytes(200_000)
    spec = ProtocolSpec(name="big", title="B", grammar=Struct("body" / Prefixed(Int32ub, GreedyBytes)), frame=length_prefixed(4))
    wire = len(body).to_bytes(4, "big") + body
    (message,) = _decode([(UP, wire[at : at + 10]) for at in range(0, len(wire), 10)], spec)
    assert message.errors == ()


def test_limits_on_fields_reach_the_tree():
    (message,) = _decode([(UP, _wire())])
    assert len(list(message.root.walk())) == 6


def test_without_grammar_or_frame_there_is_nothing_to_decode_with():
    with pytest.raises(TypeError, match="demo has no grammar and frame"):
        GrammarDecoder(replace(SPEC, frame=None), _context(SPEC))

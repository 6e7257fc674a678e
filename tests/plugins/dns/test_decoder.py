import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors import converse
from dissectors.flow_state import Guide, decoder_of
from support.dns import fields_of
from workbench import registry
from workbench.api import Chunk, Direction, Endpoint, FlowKey, Severity
from workbench_dns import PROTOCOL, PROTOCOL_TCP
from workbench_dns.queries import framed, query

UP = Direction.TO_SERVER
FIRST, SECOND = framed(query("one.test.", number=1)), framed(query("two.test.", number=2))
FLOW = FlowKey("tcp", Endpoint("127.0.0.1", 40000), Endpoint("127.0.0.1", 53))


def stream(*chunks: Chunk, alpn: str = ""):
    decoder = decoder_of(PROTOCOL_TCP, 0, FLOW, facts={"alpn": alpn} if alpn else {})
    messages = [message for chunk in chunks for message in decoder.receive(chunk)]
    return [*messages, *decoder.finish(UP)]


def test_datagrams_are_messages():
    messages = converse(PROTOCOL, [(UP, query("one.test.")), (UP, query("two.test."))])
    assert [message.summary for message in messages] == ["A one.test", "A two.test"]


def test_a_datagram_longer_than_any_message_is_cut():
    spec = dataclasses.replace(PROTOCOL, limits=dataclasses.replace(PROTOCOL.limits, message=100))
    [message] = converse(spec, [(UP, query("one.test.") + bytes(200))])
    assert len(message.raw) == 100
    assert message.end == len(query("one.test.")) + 200
    assert any("100 bytes at most" in note.text for note in message.notes)


@given(st.lists(st.integers(1, 30), max_size=20))
def test_messages_of_a_stream_come_in_any_pieces(sizes):
    data, at, turns = FIRST + SECOND, 0, []
    for size in [*sizes, len(data)]:
        turns += [(UP, data[at : at + size])] if data[at : at + size] else []
        at += size
    assert [(message.summary, message.raw) for message in converse(PROTOCOL_TCP, turns)] == [
        ("A one.test", FIRST),
        ("A two.test", SECOND),
    ]


@pytest.mark.parametrize("size", range(1, len(SECOND)))
def test_a_stream_that_breaks_off(size):
    messages = converse(PROTOCOL_TCP, [(UP, FIRST + SECOND[:size])])
    assert [message.raw for message in messages] == [FIRST, SECOND[:size]]
    assert messages[1].errors
    assert messages[1].protocol == "dns-tcp"


def test_behind_lost_bytes_the_next_message_is_found():
    messages = stream(
        Chunk(UP, 0, FIRST + SECOND[:4]),
        Chunk(UP, len(FIRST) + 50, b"\xff" * 20, gap=46),
        Chunk(UP, len(FIRST) + 70, SECOND),
    )
    assert [(message.protocol, message.raw) for message in messages] == [
        ("dns-tcp", FIRST),
        ("dns-tcp", SECOND[:4]),
        ("data", b"\xff" * 20),
        ("dns-tcp", SECOND),
    ]
    places = [(message.start, message.end) for message in messages]
    assert [start for start, _ in places[1:]] == [end for _, end in places[:-1]]


def test_a_gap_before_a_whole_message():
    messages = stream(Chunk(UP, 10, SECOND, gap=10))
    assert [(message.start, message.end, message.summary) for message in messages] == [(0, 10 + len(SECOND), "A two.test")]
    assert messages[0].notes[0].severity is Severity.WARN


def test_over_quic_the_id_is_0():
    assert [note.section for note in stream(Chunk(UP, 0, FIRST), alpn="doq")[0].notes] == ["RFC 9250 4.2.1"]
    assert stream(Chunk(UP, 0, framed(query("one.test.", number=0))), alpn="doq")[0].notes == ()


def test_a_message_of_no_bytes():
    [message, following] = converse(PROTOCOL_TCP, [(UP, b"\0\0" + FIRST)])
    assert message.errors
    assert fields_of(message) == {"dns.length": 0}
    assert following.raw == FIRST


def test_tls_and_quic_find_it_by_name():
    guide = Guide(registry.load().specs)
    assert {guide.named(name).name for name in ("dot", "doq", "dns-tcp")} == {"dns-tcp"}

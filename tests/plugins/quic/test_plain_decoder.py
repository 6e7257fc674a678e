import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.guide import decoder_of
from workbench.api import UNDECODED, Chunk, Datagram, Direction, Endpoint, FlowKey, StreamData, StreamReset
from workbench_quic.hq import PROTOCOL_ECHO, PROTOCOL_HQ
from workbench_quic.plain_decoder import PIECE, encode

UP, DOWN = Direction
FLOW = FlowKey("udp", Endpoint("127.0.0.1", 4000), Endpoint("127.0.0.1", 443))


def decode(turns, facts=None, spec=PROTOCOL_HQ):
    """Messages of turns (direction, data) or (direction, data, gap)."""
    decoder = decoder_of(spec, 0, FLOW, facts=facts)
    offsets, found = dict.fromkeys(Direction, 0), []
    for way, data, *gap in turns:
        offsets[way] += sum(gap)
        found += decoder.receive(Chunk(way, offsets[way], data, gap=sum(gap)))
        offsets[way] += len(data)
    for way in Direction:
        found += decoder.finish(way)
    return found


def test_a_stream():
    asked, answered = decode([(UP, b"GET /hello"), (UP, b".txt\r\n"), (DOWN, b"Hello\n")], {"stream_id": 0})
    assert (asked.label, asked.summary) == ("request", "request: GET /hello.txt")
    assert (answered.label, answered.summary) == ("response", "response: 6 bytes")
    assert asked.root.find("hq.data").value == b"GET /hello.txt\r\n"


def test_datagrams_are_messages_of_their_own():
    found = decode([(UP, b"one"), (UP, b"two"), (DOWN, b"one")], {"datagrams": True}, PROTOCOL_ECHO)
    assert [(message.direction, message.raw) for message in found] == [(UP, b"one"), (UP, b"two"), (DOWN, b"one")]


def test_bulk_is_cut_where_no_packet_decides():
    data = bytes(PIECE + 10)
    whole = decode([(DOWN, data)], {"stream_id": 0})
    pieces = decode([(DOWN, data[at : at + 1000]) for at in range(0, len(data), 1000)], {"stream_id": 0})
    assert whole == pieces
    assert [message.end for message in whole] == [PIECE, PIECE + 10]


def test_what_was_not_captured():
    before, lost, after = decode([(DOWN, b"abc"), (DOWN, b"def", 10)], {"stream_id": 0})
    assert [(message.start, message.end) for message in (before, lost, after)] == [(0, 3), (3, 13), (13, 16)]
    assert (lost.protocol, lost.raw, lost.notes[0].text) == (UNDECODED, b"", "10 bytes were not captured")
    assert after.protocol == "hq"


def test_frames_behind_a_hole_are_not_guessed():
    frame = bytes(StreamData(0, b"x"))
    found = decode([(UP, frame + frame[:2]), (UP, frame, 5)])
    assert [(message.protocol, message.start, message.end) for message in found] == [
        ("hq", 0, 4),
        (UNDECODED, 4, 6),
        (UNDECODED, 6, 11),
        (UNDECODED, 11, 15),
    ]
    assert [len(message.errors) for message in found] == [0, 1, 0, 0]


def test_bare_frames():
    frames = bytes(StreamData(0, b"GET /\r\n", True)), bytes(StreamReset(4, 7)), bytes(Datagram(b"x"))
    found = decode([(UP, b"".join(frames))])
    assert [message.label for message in found] == ["data", "reset", "datagram"]
    assert [message.raw for message in found] == list(frames)
    assert found[0].summary == "data: GET /"
    assert [encode(message) for message in found] == list(frames)


@pytest.mark.parametrize("rest", [b"\x20rubbish", bytes(StreamData(0, b"cut"))[:-1]])
def test_what_is_no_frame(rest):
    good, bad = decode([(UP, bytes(StreamData(0, b"x")) + rest)])
    assert good.label == "data"
    assert (bad.protocol, bad.raw) == (UNDECODED, rest)
    assert bad.errors


@given(st.binary(max_size=200), st.binary(max_size=100), st.integers(1, 40), st.booleans())
def test_splits_do_not_matter(before, after, size, framed):
    facts = None if framed else {"stream_id": 0}
    frame = bytes(StreamData(0, b"x"))
    pieces = [(UP, (frame + before)[at : at + size]) for at in range(0, 4 + len(before), size)]
    assert decode([*pieces, (UP, after, 7)], facts) == decode([(UP, frame + before), (UP, after, 7)], facts)


@given(st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=50)), max_size=10), st.booleans())
def test_messages_tile_whatever_comes(turns, framed):
    found = decode(turns, None if framed else {"stream_id": 0})
    for way in Direction:
        sent = b"".join(data for direction, data in turns if direction is way)
        assert b"".join(message.raw for message in found if message.direction is way) == sent

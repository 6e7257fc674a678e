"""The decoder stream by stream: a conversation, any split, losses, ends, blocked sections, tunnels, WebTransport, datagrams."""

import gzip
from itertools import pairwise

import pylsqpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import support.http3 as h3
from support.http3 import (
    ASK,
    CLIENT,
    OK,
    SERVER,
    after_hello,
    assert_sound,
    data,
    decode,
    frame,
    headers,
    on,
    said,
    streams,
    values,
)
from workbench.api import UNDECODED, Chunk, Datagram, Direction, Handoff, Limits, Message, StreamReset, varint
from workbench_http3.names import Setting, StreamType, Type
from workbench_http3.qpack import pack
from workbench_http3.values import encode
from workbench_websocket import PROTOCOL as WEBSOCKET


def test_a_conversation():
    found = streams(*h3.HELLO, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"hello"), end=True))
    assert [message.summary for message in found] == [
        "control stream[2]",
        "SETTINGS[2]",
        "control stream[3]",
        "SETTINGS[3]",
        "HEADERS[0] GET /",
        "HEADERS[0] 200",
        "DATA[0] 5 bytes",
    ]
    assert [message.label for message in found[4:]] == ["client headers", "server headers", "server data"]
    assert [message.exchange for message in found[4:]] == [0, 0, None]
    assert [message.layer for message in found[4:]] == [("quic stream 0",)] * 3
    assert not any(message.notes for message in found)


def test_values_of_fields():
    ask, answer = after_hello(on(CLIENT, 4, headers(), end=True), on(SERVER, 4, headers(OK), end=True))
    assert values(ask, "http3.headers.header.name") == [":method", ":scheme", ":authority", ":path"]
    assert values(ask, "http3.headers.method") == ["GET"]
    assert values(ask, "http3.request.full_uri") == ["https://h/"]
    assert values(answer, "http3.headers.status") == [200]
    assert ask.bytes_of(ask.root.find("http3.headers.header.value")) == b"GET"
    assert encode(ask) == ask.raw


CONVERSATION = headers() + frame(0x21, b"grease") + data(b"some content") + data(b"") + headers([(b"x", b"y")])


@given(st.lists(st.integers(1, len(CONVERSATION) - 1)))
@settings(max_examples=40)
def test_any_split_gives_equal_messages(cuts):
    whole = decode(0, (CLIENT, CONVERSATION), end=True)
    places = sorted({0, *cuts, len(CONVERSATION)})
    pieces = [(CLIENT, CONVERSATION[start:end]) for start, end in pairwise(places)]
    assert decode(0, *pieces, end=True) == whole
    assert_sound(whole)


@given(
    st.integers(0, 15),
    st.lists(st.tuples(st.sampled_from(Direction), st.one_of(st.binary(max_size=60), st.integers(1, 300)))),
    st.booleans(),
)
@settings(max_examples=200)
def test_nothing_raises_and_messages_tile(number, turns, end):
    assert_sound(decode(number, *turns, end=end))


def test_a_body_that_several_frames_bring():
    found = after_hello(on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"one "), data(b"two"), end=True))
    assert values(found[-1], "http3.body.reassembled.data") == [b"one two"]
    assert values(found[-1], "http3.body.reassembled.length") == [7]
    assert values(found[-2], "http3.body.reassembled.data") == []


def test_an_end_that_comes_alone_is_a_message_where_it_completes_a_body():
    found = after_hello(
        on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"a"), data(b"b")), on(SERVER, 0, end=True)
    )
    end = found[-1]
    assert (end.raw, end.label, end.summary) == (b"", "server end", "end[0]")
    assert end.start == end.end == found[-2].end
    assert values(end, "http3.body.reassembled.data") == [b"ab"]


def test_an_end_that_comes_alone_and_says_nothing_is_no_message():
    found = after_hello(on(CLIENT, 0, headers()), on(CLIENT, 0, end=True))
    assert [message.summary for message in found] == ["HEADERS[0] GET /"]


def test_a_stream_that_is_reset_breaks_no_rule_by_its_end():
    ask = [*ASK, (b"content-length", b"100")]
    found = after_hello(on(CLIENT, 0, headers(ask), data(b"begins"), b"\0\5ab"), (CLIENT, StreamReset(0, 0x10C)))
    assert [message.summary for message in found] == ["HEADERS[0] GET /", "DATA[0] 6 bytes", "DATA[0] 5 bytes"]
    assert "only the first 4 bytes of the frame are here" in said(found[-1])
    assert not any(message.errors for message in found)


def test_a_body_in_a_coding():
    packed = gzip.compress(b"plain text " * 50)
    answer = [*OK, (b"content-encoding", b"gzip")]
    found = after_hello(on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(answer), data(packed), end=True))
    assert found[-1].views[-1].name == "gzip decoded"
    assert found[-1].views[-1].data == b"plain text " * 50


def test_a_loss_inside_a_frame_is_bridged_by_its_length():
    found = decode(0, (SERVER, headers(OK) + frame(Type.DATA, bytes(100))[:50]), (SERVER, 30), (SERVER, bytes(23) + data(b"x")))
    assert [message.summary for message in found] == ["HEADERS[0] 200", "DATA[0] 100 bytes", "DATA[0] 1 bytes", "end[0]"]
    assert values(found[3], "http3.body.reassembled.length") == [48]
    assert "30 bytes of the frame were not captured" in said(found[1])
    assert not found[2].errors
    assert_sound(found)


def test_behind_another_loss_nothing_can_be_read():
    found = decode(0, (SERVER, headers(OK)), (SERVER, 10), (SERVER, b"x" * 40_000))
    assert [message.protocol for message in found] == ["http3", *[UNDECODED] * 4]
    assert "10 bytes were not captured" in said(found[1])
    assert_sound(found)


def test_a_stream_whose_beginning_is_missing_breaks_no_rules():
    found = decode(0, (SERVER, 5), (SERVER, data(b"x")))
    assert not any(message.errors for message in found)


def test_a_frame_longer_than_is_kept_is_cut():
    long = data(bytes(100_000))
    found = decode(0, (SERVER, headers(OK) + long + data(b"x")), limits=Limits(message=20_000), size=1_500)
    assert [message.summary for message in found[1:3]] == ["DATA[0] 100000 bytes", "DATA[0] 1 bytes"]
    assert len(found[1].raw) == 20_000
    assert found[1].end - found[1].start == len(long)
    assert_sound(found)


@pytest.mark.parametrize("head", [b"\x00", b"\x01\x40"], ids=["within the head", "within the length"])
def test_a_stream_that_ends_within_a_frame(head):
    found = decode(0, (CLIENT, headers() + head), end=True)
    assert "H3_FRAME_ERROR" in said(found[-1])
    assert not any(message.errors for message in decode(0, (CLIENT, headers() + head))), "it was reset, or the capture ends"


INSERT = {"kind": "INSERT_NAMED", "static": True, "number": 0, "value": b"example.org", "value_huffman": True}
CAPACITY = {"kind": "CAPACITY", "number": 200}
BLOCKED = frame(
    Type.HEADERS,
    pack(
        [
            {"form": "INDEXED", "static": True, "index": 17},
            {"form": "INDEXED", "static": True, "index": 23},
            {"form": "INDEXED", "static": False, "index": 0},
            {"form": "INDEXED", "static": True, "index": 1},
        ],
        encoded=2,
    ),
)
ROOMY = h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 4096), (Setting.QPACK_BLOCKED_STREAMS, 1))


def test_a_field_section_waits_for_its_inserts():
    turns = (
        ROOMY,
        on(CLIENT, 0, BLOCKED, data(b"x"), end=True),
        on(CLIENT, 4, headers(), end=True),
        h3.encoder(CLIENT, CAPACITY, INSERT),
    )
    found = streams(*turns)[2:]
    assert [message.summary for message in found] == [
        "HEADERS[4] GET /",
        "QPACK encoder stream[6]",
        "Set Dynamic Table Capacity[6] 200",
        "Insert with Name Reference[6] :authority: example.org",
        "HEADERS[0] GET /",
        "DATA[0] 1 bytes",
    ]
    assert values(found[4], "http3.request.full_uri") == ["https://example.org/"]
    assert not any(message.notes for message in found)


def test_a_field_section_whose_inserts_never_come_is_given_at_the_end():
    found = streams(ROOMY, on(CLIENT, 0, BLOCKED, end=True))[2:]
    assert values(found[0], "http3.headers.method") == ["GET"]
    assert "1 fields are in a table whose entries were not seen" in said(found[0])
    assert not found[0].errors


def test_a_broken_encoder_stream_blocks_nobody():
    found = streams(ROOMY, on(CLIENT, 0, BLOCKED, end=True), h3.encoder(CLIENT, {"kind": "DUPLICATE", "number": 3}))[2:]
    assert [message.summary for message in found][-1] == "HEADERS[0] GET /"
    assert "QPACK_ENCODER_STREAM_ERROR" in said(found[-2])


CONNECT = [
    (b":method", b"CONNECT"),
    (b":scheme", b"https"),
    (b":authority", b"h"),
    (b":path", b"/ws"),
    (b":protocol", b"websocket"),
]
CONNECTING = h3.hello(SERVER, (Setting.ENABLE_CONNECT_PROTOCOL, 1))


def test_a_websocket():
    turns = (
        CONNECTING,
        on(CLIENT, 0, headers([*CONNECT, (b"sec-websocket-version", b"13")]), data(b"\x81\x82\0\0\0\0")),
        on(SERVER, 0, headers(OK)),
        on(CLIENT, 0, data(b"hi")),
        on(SERVER, 0, data(b"\x81\x02hi"), end=True),
    )
    found = streams(*turns, inner=(WEBSOCKET,))[2:]
    inside = [message for message in found if message.protocol == "websocket"]
    assert [message.direction for message in inside] == [CLIENT, SERVER]
    assert [message.layer for message in inside] == [("quic stream 0", "http3 stream 0")] * 2
    assert not any(message.errors for message in found)


def test_capsules():
    asked = [*CONNECT[:-1], (b":protocol", b"connect-udp")]
    capsule = varint(0) + varint(6) + b"\0query"
    turns = (
        CONNECTING,
        on(CLIENT, 0, headers(asked), data(capsule[:4])),
        on(SERVER, 0, headers(OK)),
        on(CLIENT, 0, data(capsule[4:]), end=True),
    )
    found = streams(*turns)
    assert values(found[-1], "http3.capsule.value") == [b"\0query"]
    assert not any(message.errors for message in found)


def test_a_stream_of_webtransport_is_handed_on():
    decoder = h3.stream_decoder(8)
    signal = varint(Type.WEBTRANSPORT_STREAM) + varint(0)
    first, handoff = decoder.receive(Chunk(CLIENT, 0, signal + b"anything"))
    assert isinstance(first, Message)
    assert first.summary == "WebTransport stream[8] session 0"
    assert isinstance(handoff, Handoff)
    assert (handoff.protocol, [chunk.data for chunk in handoff.rest], handoff.rest[0].offset) == (None, [b"anything"], 3)


def test_a_unidirectional_stream_of_webtransport_is_handed_on():
    decoder = h3.stream_decoder(14)
    found = [
        *decoder.receive(Chunk(CLIENT, 0, varint(StreamType.WEBTRANSPORT))),
        *decoder.receive(Chunk(CLIENT, 2, b"\4x", last=True)),
    ]
    assert isinstance(found[0], Message)
    assert found[0].summary == "WebTransport stream[14] session 4"
    assert isinstance(found[1], Handoff)
    assert found[1].rest[0].last


def test_datagrams():
    enabled = (Setting.H3_DATAGRAM, 1)
    found = streams(h3.hello(CLIENT, enabled), h3.hello(SERVER, enabled), (CLIENT, Datagram(b"\1payload")))
    assert (found[-1].summary, found[-1].layer) == ("DATAGRAM stream 4, 7 bytes", ("quic datagrams",))
    assert not found[-1].notes
    assert encode(found[-1]) == bytes(Datagram(b"\1payload"))


def test_connections_in_one_flow_do_not_mix():
    settings_frame = varint(StreamType.CONTROL) + h3.settings((Setting.QPACK_MAX_TABLE_CAPACITY, 0))
    found = []
    memory = h3.Memory(100)
    for number in (0, 1):
        context_facts = {"stream_id": 3, "connection": number}
        decoder = h3.decoder_of(h3.PROTOCOL, 0, h3.FLOW, facts=context_facts, channel=f"{number}", capture=memory)
        found += decoder.receive(Chunk(SERVER, 0, settings_frame))
    assert not any(message.notes for message in found if isinstance(message, Message))


def test_linear_time_over_many_chunks():
    decoder = h3.stream_decoder(0)
    raw = headers([*ASK, (b"x-long", b"v" * 60_000)]) + data(bytes(200_000))
    found = [item for at in range(len(raw)) for item in decoder.receive(Chunk(CLIENT, at, raw[at : at + 1]))]
    assert [message.summary for message in found if isinstance(message, Message)] == ["HEADERS[0] GET /", "DATA[0] 200000 bytes"]


def moving(number, *parts, offsets=True):
    """What decoders of one stream in several flows make of its parts, one each; TO_CLIENT only."""
    capture = h3.Memory(100)
    decoders, found, at = [], [], 0
    for part in parts:
        facts = {"stream_id": number, "connection": 0, "offset": at if offsets else 0}
        decoders.append(h3.decoder_of(h3.PROTOCOL, 0, h3.FLOW, facts=facts, channel=f"stream {number}", capture=capture))
        found.append(list(decoders[-1].receive(Chunk(SERVER, 0, part))))
        at += len(part)
    for decoder, messages in zip(decoders, found, strict=True):
        for way in Direction:
            messages += decoder.finish(way)
        assert_sound(messages)
    return found


@pytest.mark.parametrize("cut", [0, 3, 17, 18, 19, 50])
def test_a_stream_goes_on_where_the_connection_moves_to(cut):
    raw = headers(OK) + data(bytes(40)) + data(b"next") + headers([(b"x", b"y")])
    first, second = moving(0, raw[:cut], raw[cut:])
    assert sum(len(message.raw) for message in first) == cut
    if cut in (0, 17):
        assert not any(message.errors for message in second)
    if cut in (0, 17, 19, 50):
        assert "HEADERS[0] trailers" in [message.summary for message in second]
    assert second[-1].end == len(raw) - cut


def test_the_table_of_a_moved_connection_goes_on():
    instructions = varint(StreamType.ENCODER) + h3.pack_instruction(CAPACITY) + h3.pack_instruction(INSERT)
    _, second = moving(7, instructions[:4], instructions[4:])
    assert [message.summary for message in second] == ["Insert with Name Reference[7] :authority: example.org"]


def test_a_frame_that_spans_a_move_is_bridged():
    first, second = moving(0, headers(OK) + data(bytes(100))[:50], bytes(53) + data(b"x"))
    assert first[-1].summary == "beginning of a frame[0] 50 bytes"
    assert [message.summary for message in second] == ["end of a frame[0] 53 bytes", "DATA[0] 1 bytes"]
    assert not any(message.errors for message in (*first, *second))


def test_a_stream_whose_beginning_was_elsewhere_unseen():
    decoder = h3.decoder_of(h3.PROTOCOL, 0, h3.FLOW, facts={"stream_id": 7, "connection": 0, "offset": 20}, channel="stream 7")
    found = [*decoder.receive(Chunk(SERVER, 0, b"\x02\x03")), *decoder.finish(SERVER)]
    assert [message.protocol for message in found] == [UNDECODED]


def test_streams_that_are_over_are_forgotten():
    capture = h3.Memory(100)
    for number in (0, 4):
        decoder = h3.decoder_of(h3.PROTOCOL, 0, h3.FLOW, facts={"stream_id": number, "connection": 0}, capture=capture)
        list(decoder.receive(Chunk(CLIENT, 0, headers(), last=True)))
        for way in Direction:
            list(decoder.finish(way))
    assert not capture["connections"][0].streams


FIELDS = st.lists(
    st.tuples(
        st.sampled_from((b"x-one", b"x-two", b"cookie", b"user-agent")), st.sampled_from((b"", b"same", b"other", b"long " * 9))
    ),
    max_size=4,
)


@given(st.lists(FIELDS, min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_streams_may_overtake_each_other(requests, random):
    """Whatever order the carrier delivers streams in, each field section comes out as it was encoded: it waits for what it needs."""
    encoder = pylsqpack.Encoder()
    instructions = [varint(StreamType.ENCODER), encoder.apply_settings(4096, 16)]
    queues = [[]]
    expected = {}
    for number, fields in enumerate(requests):
        expected[4 * number] = [*ASK, *fields]
        orders, section = encoder.encode(4 * number, expected[4 * number])
        instructions.append(orders)
        queues.append([on(CLIENT, 4 * number, frame(Type.HEADERS, section)), on(CLIENT, 4 * number, data(b"x"), end=True)])
    queues[0] = [on(CLIENT, 6, raw) for raw in instructions if raw]
    turns = []
    while any(queues):
        turns.append(random.choice([queue for queue in queues if queue]).pop(0))
    found = streams(ROOMY, *turns)
    for number, fields in expected.items():
        own = [message for message in found if message.layer == (f"quic stream {number}",)]
        names, contents = values(own[0], "http3.headers.header.name"), values(own[0], "http3.headers.header.value")
        assert [(name.encode(), content.encode()) for name, content in zip(names, contents, strict=True)] == fields
        assert own[1].summary == f"DATA[{number}] 1 bytes"
    assert not any(message.errors for message in found)

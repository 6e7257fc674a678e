"""Bare conversations: one message per carried frame, any split, what is shown where, and what is wrong on streams."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import support.http3 as h3
from dissectors.engine import converse
from dissectors.guide import decoder_of
from support.http3 import ASK, CLIENT, OK, SERVER, assert_sound, bare, data, frame, headers, on, said, sections, values
from workbench.api import (
    UNDECODED,
    Chunk,
    ConnectionClosed,
    Datagram,
    Direction,
    Limits,
    Message,
    StopSending,
    StreamData,
    StreamReset,
    varint,
)
from workbench_http3 import PROTOCOL
from workbench_http3.names import Setting, Type
from workbench_http3.seeds import SEEDS
from workbench_websocket import PROTOCOL as WEBSOCKET


def test_a_conversation():
    found = bare(*h3.HELLO, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(OK), data(b"hello"), end=True))
    assert [(message.label, message.summary, message.exchange) for message in found] == [
        ("client settings", "control stream[2]; SETTINGS[2]", None),
        ("server settings", "control stream[3]; SETTINGS[3]", None),
        ("client headers", "HEADERS[0] GET /", 0),
        ("server headers", "HEADERS[0] 200; DATA[0] 5 bytes", 0),
    ]
    assert not any(message.notes for message in found)


def test_the_beginning_of_a_request_belongs_to_it():
    half = headers()[:5]
    *_, begun, other = bare(*h3.HELLO, on(CLIENT, 4, half), on(CLIENT, 6, half))
    assert (begun.label, begun.exchange) == ("client part", 4)
    assert other.exchange is None


def test_fields_lie_where_their_bytes_are():
    (message,) = bare(on(CLIENT, 0, headers(), data(b"content"), end=True))
    assert message.views == ()
    assert message.bytes_of(message.root.find("http3.headers.header.value")) == b"GET"
    assert message.bytes_of(message.root.find("http3.data")) == b"content"
    assert values(message, "quic.stream.stream_id") == [0]


def test_what_goes_on_over_several_frames_is_shown_where_it_ends():
    raw = headers()
    one, two, three = bare(on(CLIENT, 0, raw[:5]), on(CLIENT, 0, raw[5:9]), on(CLIENT, 0, raw[9:] + data(b"x"), end=True))
    assert [message.label for message in (one, two, three)] == ["client part", "client part", "client headers"]
    assert values(one, "http3.headers.method") == values(two, "http3.headers.method") == []
    assert (three.views[1].name, three.views[1].data) == ("stream 0", raw)
    assert three.bytes_of(three.root.find("http3.headers.header.value")) == b"GET"
    assert three.bytes_of(three.root.find("http3.data")) == b"x"
    assert values(three, "quic.stream_data") == [raw[9:]]


def test_a_section_that_waited_is_shown_with_what_it_waited_for():
    blocked = frame(Type.HEADERS, b"\2\0\xd1\xd7\xc1\x80")
    insert = {"kind": "INSERT_NAMED", "static": True, "number": 0, "value": b"example.org"}
    found = bare(
        h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 200)),
        on(CLIENT, 0, blocked, end=True),
        h3.encoder(CLIENT, {"kind": "CAPACITY", "number": 200}, insert),
    )
    assert "waits for inserts on the encoder stream (0 came)" in said(found[1])
    assert found[2].summary.endswith("; HEADERS[0] GET /")
    assert found[2].exchange == 0
    assert values(found[2], "http3.request.full_uri") == ["https://example.org/"]
    assert found[2].views[-1].data == blocked


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.name)
def test_any_split_gives_equal_messages(seed):
    whole = converse(PROTOCOL, [(CLIENT, raw) for raw in seed.messages])
    stream = b"".join(seed.messages)
    for size in (1, 7, len(stream)):
        split = converse(PROTOCOL, [(CLIENT, stream[at : at + size]) for at in range(0, len(stream), size)])
        assert [(m.start, m.raw, m.root, m.notes, m.views, m.summary) for m in split] == [
            (m.start, m.raw, m.root, m.notes, m.views, m.summary) for m in whole
        ]


CARRIED = st.one_of(
    st.builds(StreamData, st.integers(0, 11), st.binary(max_size=30), st.booleans()),
    st.builds(StreamReset, st.integers(0, 11), st.integers(0, 400)),
    st.builds(StopSending, st.integers(0, 11), st.integers(0, 400)),
    st.builds(Datagram, st.binary(max_size=20)),
    st.builds(ConnectionClosed, st.integers(0, 400), st.binary(max_size=20)),
)


@given(st.lists(st.tuples(st.sampled_from(Direction), st.one_of(CARRIED.map(bytes), st.binary(max_size=20))), max_size=12))
@settings(max_examples=200)
def test_nothing_raises_and_messages_tile(turns):
    found = bare(*turns)
    assert_sound(sorted(found, key=lambda message: message.start))
    assert sum(message.end - message.start for message in found) == sum(len(raw) for _, raw in turns)


@pytest.mark.parametrize(
    ("turns", "why", "rule"),
    [
        ([on(SERVER, 2, b"x")], "STREAM_STATE_ERROR: stream 2 carries nothing this way", "RFC 9000 19.8"),
        (
            [on(CLIENT, 0, headers(), end=True), on(CLIENT, 0, data())],
            "FINAL_SIZE_ERROR: data on stream 0, which has ended",
            "RFC 9000 4.5",
        ),
        ([on(CLIENT, 2, b"\0", end=True)], "H3_CLOSED_CRITICAL_STREAM: the control stream ends", "RFC 9114 6.2.1"),
        ([on(CLIENT, 2, b"\0"), (CLIENT, StreamReset(2, 0))], "the control stream is reset", "RFC 9114 6.2.1"),
        ([on(CLIENT, 2, b"\0"), (SERVER, StopSending(2, 0))], "the control stream is not to be sent any more", "RFC 9114 6.2.1"),
        ([on(CLIENT, 6, b"\2"), (CLIENT, StreamReset(6, 0))], "the QPACK encoder stream is reset", "RFC 9204 4.2"),
        ([on(CLIENT, 0, b"\0\5ab", end=True)], "H3_FRAME_ERROR: the stream ends within a frame", "RFC 9114 7.1"),
        ([on(CLIENT, 0, end=True)], "H3_REQUEST_INCOMPLETE", "RFC 9114 4.1.1"),
    ],
)
def test_errors(turns, why, rule):
    message = bare(*turns)[-1]
    assert why in said(message)
    assert rule in sections(message)


@pytest.mark.parametrize(
    ("carried", "label", "summary"),
    [
        (StreamReset(4, 0x10C), "client reset", "RESET_STREAM[4] H3_REQUEST_CANCELLED"),
        (StopSending(4, 0x21), "client stop", "STOP_SENDING[4] reserved error 0x21"),
        (ConnectionClosed(0x100), "client close", "CONNECTION_CLOSE H3_NO_ERROR"),
        (Datagram(b"\0x"), "client datagram", "DATAGRAM stream 0, 1 bytes"),
        (StreamData(4), "client part", "STREAM[4] 0 bytes"),
    ],
)
def test_other_frames(carried, label, summary):
    (message,) = bare((CLIENT, carried))
    assert (message.label, message.summary, message.notes) == (label, summary, ())


def test_a_reset_stream_shows_what_came():
    post = [(b":method", b"POST"), *ASK[1:]]
    found = bare(on(CLIENT, 0, headers(post), data(b"a"), data(b"b")), (CLIENT, StreamReset(0, 0x10C)))
    assert values(found[-1], "http3.body.reassembled.data") == [b"ab"]
    assert not found[-1].errors


def test_where_no_frame_begins_nothing_is_read_any_more():
    found = bare(on(CLIENT, 0, headers()), (CLIENT, b"\x42nonsense" * 4_000))
    assert [message.protocol for message in found] == ["http3", UNDECODED, UNDECODED, UNDECODED]
    assert "no frame begins here" in said(found[1])


def test_a_conversation_that_ends_within_a_frame():
    found = bare((CLIENT, b"\x0a\0\x05ab"))
    assert (found[0].protocol, said(found[0])) == (UNDECODED, "the conversation ends within a frame")


def test_a_carried_frame_longer_than_is_kept():
    limits = Limits(message=20_000)
    found = bare(on(CLIENT, 0, headers(), data(bytes(50_000))), on(CLIENT, 0, data(b"x"), end=True), limits=limits)
    assert len(found[0].raw) == 20_000
    assert "only the first 20000 of" in said(found[0])
    assert found[1].label == "client data"
    assert_sound(found)


def test_a_long_frame_that_breaks_off():
    raw = bytes(StreamData(0, bytes(60_000)))
    found = bare((CLIENT, raw[:40_000]), limits=Limits(message=20_000))
    assert sum(message.end - message.start for message in found) == 40_000


def test_a_websocket():
    asked = [(b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
    turns = (
        h3.hello(SERVER, (Setting.ENABLE_CONNECT_PROTOCOL, 1)), on(CLIENT, 0, headers(asked)), on(SERVER, 0, headers(OK)),
        on(CLIENT, 0, data(b"\x81\x82\0\0\0\0hi")),
    )  # fmt: skip
    found = converse(PROTOCOL, [(way, bytes(carried)) for way, carried in turns], inner=(WEBSOCKET,))
    assert found[-1].summary == "Text, 2 bytes: hi"
    assert found[-1].layer == ("http3 stream 0",)


def test_a_stream_of_webtransport():
    (message,) = bare(on(CLIENT, 0, varint(Type.WEBTRANSPORT_STREAM), varint(4), b"anything"))
    assert message.summary == "WebTransport stream[0] session 4"
    assert [field.name for field in message.root.children][-1] == "Data of WebTransport"


def test_nobody_reads_what_is_answered_on_a_stream_of_webtransport():
    asked, answer = bare(
        on(CLIENT, 0, varint(Type.WEBTRANSPORT_STREAM), varint(4)), on(SERVER, 0, b"\x02\x00no frames", end=True)
    )
    assert not asked.notes
    assert not answer.notes
    assert [field.name for field in answer.root.children][-1] == "Data of WebTransport"


@given(
    st.lists(st.tuples(st.sampled_from(Direction), st.one_of(CARRIED.map(bytes), st.integers(1, 300))), max_size=10),
    st.integers(0, 50),
)
@settings(max_examples=150)
def test_losses_are_tiled(turns, size):
    decoder = decoder_of(PROTOCOL, 0, h3.FLOW)
    found, places, gaps = [], dict.fromkeys(Direction, 0), dict.fromkeys(Direction, 0)
    for way, said_or_lost in turns:
        if isinstance(said_or_lost, int):
            gaps[way] += said_or_lost
            continue
        for start in range(0, len(said_or_lost), size or len(said_or_lost)):
            piece = said_or_lost[start : start + (size or len(said_or_lost))]
            offset = places[way] + gaps[way]
            found += decoder.receive(Chunk(way, offset, piece, gap=gaps[way]))
            places[way], gaps[way] = offset + len(piece), 0
    for way in Direction:
        found += decoder.finish(way)
    assert_sound(found)
    for way in Direction:
        assert (
            max((message.end for message in found if isinstance(message, Message) and message.direction is way), default=0)
            == places[way]
        )


def test_behind_a_loss_nothing_can_be_read():
    decoder = decoder_of(PROTOCOL, 0, h3.FLOW)
    first = bytes(StreamData(0, headers()))
    found = [
        *decoder.receive(Chunk(CLIENT, 0, first)),
        *decoder.receive(Chunk(CLIENT, len(first) + 5, first, gap=5)),
        *decoder.finish(CLIENT),
    ]
    assert [(message.protocol, message.start, message.end) for message in found] == [
        ("http3", 0, len(first)),
        (UNDECODED, len(first), len(first) + 5),
        (UNDECODED, len(first) + 5, 2 * len(first) + 5),
    ]
    assert "5 bytes were not captured" in said(found[1])

"""The bounds as they are meant: each is reached by a conversation that tries, and nothing grows beyond."""

import zlib
from pathlib import Path

import support.http3 as h3
from support.http3 import ASK, CLIENT, OK, SERVER, bare, data, frame, headers, on, said, streams
from workbench.api import Datagram, StreamData, varint
from workbench_http.limits import MAX_DECODED
from workbench_http3 import limits
from workbench_http3.bare import BareDecoder
from workbench_http3.connection import Connection
from workbench_http3.names import Setting, Type
from workbench_http3.qpack import pack


def test_every_bound_has_a_reason():
    text = Path(limits.__file__).read_text("utf-8")
    for name in limits.__all__:
        assert f"\n{name} = " in text
        assert text.split(f"\n{name} = ")[1].split("\n")[1].startswith('"""'), name


def test_a_bomb_of_references():
    value = b"v" * 3_000
    insert = {"kind": "INSERT_LITERAL", "name": b"bomb", "value": value}
    lines = [{"form": "INDEXED", "static": False, "index": 0}] * 20_000
    found = streams(
        h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 4096)),
        h3.encoder(CLIENT, {"kind": "CAPACITY", "number": 4096}, insert),
        on(CLIENT, 0, frame(Type.HEADERS, pack(lines, encoded=2)), end=True),
    )
    assert "QPACK bomb: 20002 bytes stand for a field section of" in said(found[-1])
    assert sum(len(line) for line in h3.values(found[-1], "http3.headers.header.value")) <= limits.MAX_LIST


def test_a_bomb_of_deflate_is_cut():
    packed = zlib.compress(bytes(40 * 1024 * 1024), 9)
    answer = [*OK, (b"content-encoding", b"deflate")]
    found = streams(*h3.HELLO, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers(answer), data(packed), end=True))
    assert "unfolds to more than 16777216 bytes" in said(found[-1])
    assert len(found[-1].views[-1].data) == MAX_DECODED


def test_streams_that_wait_beyond_the_bound_wait_no_more():
    blocked = frame(Type.HEADERS, b"\2\0\x80")
    turns = [on(CLIENT, 4 * number, blocked) for number in range(limits.MAX_BLOCKED + 3)]
    found = [
        message
        for message in streams(h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 4096)), *turns)
        if message.direction is CLIENT
    ]
    assert len(found) == len(turns)
    assert [message.summary for message in found[:3]] == [
        f"HEADERS[{4 * number}] ?" for number in range(limits.MAX_BLOCKED, limits.MAX_BLOCKED + 3)
    ]


def test_bytes_that_wait_beyond_the_bound_wait_no_more():
    decoder = h3.stream_decoder(0)
    piece = data(bytes(10_000))
    found = []
    at = 0
    for raw in (frame(Type.HEADERS, b"\2\0\x80"), *[piece] * 120):
        found += decoder.receive(h3.Chunk(CLIENT, at, raw))
        at += len(raw)
        if found:
            break
    assert found
    assert at <= limits.MAX_BLOCKED_BYTES + 3 * len(piece)
    assert decoder.waiting is False


def test_tiny_frames_that_wait_cost_what_they_cost():
    decoder = h3.stream_decoder(0)
    raw = frame(Type.HEADERS, b"\2\0\x80") + data() * 10_000
    found = list(decoder.receive(h3.Chunk(CLIENT, 0, raw)))
    assert len(found) == 10_001, "two bytes each, but more than a megabyte of memory"


def test_more_settings_than_are_read():
    payload = b"".join(varint(1_000 + number) + varint(0) for number in range(limits.MAX_ITEMS + 500))
    found = streams((CLIENT, StreamData(2, b"\0" + frame(Type.SETTINGS, payload))))
    assert "more than 2000 settings" in said(found[-1])
    assert len(h3.values(found[-1], "http3.settings.id")) == limits.MAX_ITEMS


def test_a_field_section_that_is_too_long():
    raw = headers([*ASK, *[(b"x", b"v" * 600_000)] * 2])
    found = streams(*h3.HELLO, on(CLIENT, 0, raw[:600_000]), on(CLIENT, 0, raw[600_000:]))
    assert "a field section of more than 1048576 bytes is not decoded" in said(found[-1])


def test_sections_that_nobody_acknowledges_are_forgotten():
    peer = Connection().peers[CLIENT]
    for number in range(limits.MAX_OUTSTANDING + 100):
        peer.sent_section(4 * (number % 300), 1)
    assert peer.sections <= limits.MAX_OUTSTANDING
    assert sum(map(len, peer.outstanding.values())) == peer.sections
    assert len(peer.risky) <= limits.MAX_BLOCKED


def test_pushes_are_forgotten():
    connection = Connection()
    for number in range(limits.MAX_PUSHES + 10):
        connection.promise(number)
    assert len(connection.promises) == limits.MAX_PUSHES


def test_streams_of_a_bare_conversation_are_forgotten(monkeypatch):
    monkeypatch.setattr("workbench_http3.bare.MAX_STREAMS", 10)
    kept = []
    original = BareDecoder._forget
    monkeypatch.setattr(BareDecoder, "_forget", lambda self, *rest: (kept.append(len(self._streams)), original(self, *rest)))
    found = bare(*[on(CLIENT, 4 * number, headers(), data(b"x")) for number in range(30)])
    assert kept == [10] * 20
    assert not any(message.errors for message in found)


def test_endless_unknown_frames_leave_nothing_behind():
    decoder = h3.stream_decoder(0)
    raw = frame(0x4242, b"abc") * 1_000
    for number in range(10):
        assert len(list(decoder.receive(h3.Chunk(CLIENT, number * len(raw), raw)))) == 1_000
    half = decoder._stream.halves[CLIENT]
    assert (len(half.held), half.weight, half.wire.waiting) == (0, 0, 0)


def test_a_long_capsule_is_cut():
    asked = [
        (b":method", b"CONNECT"),
        (b":scheme", b"https"),
        (b":authority", b"h"),
        (b":path", b"/"),
        (b":protocol", b"connect-udp"),
    ]
    capsule = varint(0) + varint(200_000) + bytes(200_000)
    found = streams(
        h3.hello(SERVER, (Setting.ENABLE_CONNECT_PROTOCOL, 1)),
        on(CLIENT, 0, headers(asked)),
        on(SERVER, 0, headers(OK)),
        on(CLIENT, 0, data(capsule + varint(0) + varint(1) + b"x"), end=True),
    )
    assert [len(value) for value in h3.values(found[-1], "http3.capsule.value")] == [limits.MAX_CAPSULE - 5, 1]


def test_what_is_said_into_a_tunnel_too_early_is_kept_to_a_bound():
    asked = [(b":method", b"CONNECT"), (b":authority", b"h:443")]
    found = streams(*h3.HELLO, on(CLIENT, 0, headers(asked), data(bytes(100_000))), on(SERVER, 0, headers(OK)))
    inside = [message for message in found if message.layer[-1] == "http3 stream 0"]
    assert sum(len(message.raw) for message in inside) == limits.MAX_EARLY


def test_datagrams_keep_nothing():
    found = bare(*[(CLIENT, Datagram(b"\0" + bytes(100)))] * 50)
    assert len(found) == 50

"""The decoder as a whole: any split gives equal messages, nothing raises, spans tile, h11 agrees on what it accepts."""

import gzip
import re
from functools import partialmethod

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from support.http1 import CLIENT, SERVER, assert_nested, assert_tiled, decode, decoder, lines, messages, said
from workbench.api import UNDECODED, Chunk, Direction, Handoff, Limits, Message
from workbench_http1 import PROTOCOL
from workbench_http1 import decoder as decoder_module
from workbench_http1.limits import MAX_HEADER_SECTION, MAX_HELD, UNFOLDING

ASK = lines("GET /a HTTP/1.1\nHost: h")
POST = lines("POST /b HTTP/1.1\nHost: h\nContent-Length: 5") + b"hello"
CHUNKED = lines("PUT /c HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"3;x\r\nabc\r\n0\r\nT: u\r\n\r\n"
OK = lines("HTTP/1.1 200 OK\nContent-Length: 4") + b"body"
STREAM = lines("HTTP/1.1 200 OK\nTransfer-Encoding: chunked") + b"4\r\nbody\r\n0\r\n\r\n"
CONTINUE = lines("HTTP/1.1 100 Continue")
NOTHING = lines("HTTP/1.1 204 No Content")


def shown(found):
    return [(message.direction, message.summary, message.exchange) for message in found]


# pairing and order


def test_a_keep_alive_conversation():
    found = messages(
        (CLIENT, ASK), (SERVER, OK), (CLIENT, POST), (SERVER, CONTINUE + STREAM), (CLIENT, CHUNKED), (SERVER, NOTHING)
    )
    assert shown(found) == [
        (CLIENT, "GET /a HTTP/1.1", 1),
        (SERVER, "HTTP/1.1 200 OK", 1),
        (CLIENT, "POST /b HTTP/1.1", 2),
        (SERVER, "HTTP/1.1 100 Continue", 2),
        (SERVER, "HTTP/1.1 200 OK", 2),
        (CLIENT, "PUT /c HTTP/1.1", 3),
        (SERVER, "HTTP/1.1 204 No Content", 3),
    ]
    assert_tiled(found)


def test_pipelining():
    found = messages((CLIENT, ASK + POST + CHUNKED), (SERVER, OK + STREAM), (SERVER, NOTHING))
    assert [message.exchange for message in found] == [1, 2, 3, 1, 2, 3]


def test_many_small_bodies_do_not_unfold_to_a_huge_stream(monkeypatch):
    body = gzip.compress(bytes(100_000))
    bomb = lines(f"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {len(body)}") + body
    share = UNFOLDING * len(bomb)
    assert share < 100_000 - 50_000
    monkeypatch.setattr(decoder_module._Side, "__init__", partialmethod(decoder_module._Side.__init__, surplus=100_000))
    found = messages((CLIENT, ASK * 4), *((SERVER, bomb) for _ in range(4)))
    rooms = [len(message.views[-1].data) for message in found if message.direction is SERVER]
    assert rooms == [100_000, 2 * share, share, share]
    assert [bool(message.notes) for message in found if message.direction is SERVER] == [False, True, True, True]


def test_head_among_pipelined_requests():
    head = lines("HEAD /a HTTP/1.1\nHost: h")
    no_body = lines("HTTP/1.1 200 OK\nContent-Length: 400")
    found = messages((CLIENT, ASK + head + ASK), (SERVER, OK + no_body + OK))
    assert [message.exchange for message in found if message.direction is SERVER] == [1, 2, 3]
    assert [len(message.raw) for message in found if message.direction is SERVER] == [len(OK), len(no_body), len(OK)]


def test_a_response_may_come_before_the_request_body():
    early = lines("HTTP/1.1 413 Content Too Large\nContent-Length: 0")
    found = messages((CLIENT, POST[:-5]), (SERVER, early), (CLIENT, POST[-5:]))
    assert [(message.summary.split()[0], message.exchange) for message in found] == [("HTTP/1.1", 1), ("POST", 1)]


def test_a_response_without_a_request_pairs_with_nothing():
    found = messages((SERVER, OK), (CLIENT, ASK), (SERVER, OK))
    assert [message.exchange for message in found] == [None, 1, 1]


def test_read_until_close():
    until = lines("HTTP/1.0 200 OK") + b"all of this"
    found = messages((CLIENT, ASK), (SERVER, until))
    assert found[1].root.find("http.file_data").value == b"all of this"
    engine = decoder()
    assert list(engine.receive(Chunk(SERVER, 0, until))) == []
    (message,) = engine.receive(Chunk(SERVER, len(until), b"", last=True))
    assert message.end == len(until)
    assert list(engine.finish(SERVER)) == []


def test_roles_the_wrong_way_round():
    found = messages((SERVER, ASK), (CLIENT, OK))
    assert [(message.label, message.exchange) for message in found] == [("request", 1), ("response", 1)]


def test_http_0_9():
    found = messages((CLIENT, b"GET /old\r\n"), (SERVER, b"<html>\nno status line"))
    assert [(message.label, message.exchange) for message in found] == [("request", 1), ("response", 1)]
    assert found[1].root.find("http.file_data").value == b"<html>\nno status line"
    found = messages((CLIENT, b"GET /old\r\n"), (SERVER, OK))
    assert found[1].summary == "HTTP/1.1 200 OK"


# what is no message


def test_junk_is_undecoded_and_reading_goes_on():
    found = messages((CLIENT, ASK + b"junk\r\nmore junk\r\n" + POST))
    assert [(message.protocol, message.raw) for message in found] == [
        ("http1", ASK),
        (UNDECODED, b"junk\r\nmore junk\r\n"),
        ("http1", POST),
    ]
    assert_tiled(found)


def test_a_broken_chunk_size_ends_the_message_and_the_next_is_found():
    broken = lines("POST /b HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"3\r\nabc\r\nzz\r\n"
    found = messages((CLIENT, broken + ASK))
    assert [message.protocol for message in found] == ["http1", UNDECODED, "http1"]
    assert "an invalid chunk size" in said(found[0])
    assert_tiled(found)


def test_an_endless_header_section_is_given_up():
    data = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 50_000 + b"\r\n"
    found = messages((CLIENT, data))
    assert "no end of the header section within 262144 bytes" in said(found[0])
    assert_tiled(found)


def test_smuggled_requests_show():
    both = lines("POST / HTTP/1.1\nHost: h\nContent-Length: 6\nTransfer-Encoding: chunked") + b"0\r\n\r\n"
    found = messages((CLIENT, both + ASK))
    assert [message.summary for message in found] == ["POST / HTTP/1.1", "GET /a HTTP/1.1"]
    assert "RFC 9112 6.3" in {note.section for note in found[0].notes}


# lost bytes


def test_a_gap_in_a_body_keeps_the_framing():
    found = messages((CLIENT, ASK), (SERVER, OK[:-3]), (SERVER, 2), (SERVER, OK[-1:] + OK))
    assert [message.protocol for message in found] == ["http1"] * 3
    assert (found[1].start, found[1].end, len(found[1].raw)) == (0, len(OK), len(OK) - 2)
    assert said(found[1]) == {"2 bytes of the body are missing: not captured, or beyond what is kept"}
    assert_tiled(found)
    assert_nested(found[1])


def test_a_gap_over_the_end_of_a_body_and_the_next_head():
    found = messages((CLIENT, ASK), (SERVER, OK[:-2]), (CLIENT, ASK), (SERVER, 20), (SERVER, b"rest of it\r\n" + OK))
    assert [(message.protocol, message.start, message.end) for message in found if message.direction is SERVER] == [
        ("http1", 0, len(OK)),
        (UNDECODED, len(OK), len(OK) + 18),
        (UNDECODED, len(OK) + 18, len(OK) + 30),
        ("http1", len(OK) + 30, 2 * len(OK) + 30),
    ]


def test_a_gap_in_a_head_ends_it():
    found = messages((CLIENT, ASK[:20]), (CLIENT, 5), (CLIENT, b"more\r\n\r\n" + ASK))
    assert [(message.protocol, said(message)) for message in found[:2]] == [
        ("http1", {"the header section breaks off"}),
        (UNDECODED, {"5 bytes were not captured"}),
    ]
    assert found[-1].raw == ASK
    assert_tiled(found)


def test_a_dropped_response_does_not_shift_the_pairs():
    found = messages(
        (CLIENT, ASK), (SERVER, OK), (CLIENT, ASK), (SERVER, len(OK)), (CLIENT, ASK), (SERVER, OK), (CLIENT, ASK), (SERVER, OK)
    )
    assert [message.exchange for message in found if message.protocol == "http1"] == [1, 1, 2, 3, 3, 4, 4]


def test_a_stream_that_begins_in_the_middle():
    engine = decoder()
    found = list(engine.receive(Chunk(CLIENT, 700, b"tail of a body\r\n" + ASK, gap=700)))
    assert [(message.start, message.end) for message in found] == [(0, 700), (700, 716), (716, 716 + len(ASK))]


def test_a_start_line_that_is_cut_off():
    (message,) = messages((CLIENT, b"GET /images/logo.png HT"))
    assert (message.protocol, message.label) == ("http1", "request")
    assert "the header section breaks off" in said(message)


# hand-offs


def handoff(*turns):
    found = decode(*turns)
    assert isinstance(found[-1], Handoff)
    return found[:-1], found[-1]


def upgrade(token: str) -> bytes:
    return lines(f"GET /chat HTTP/1.1\nHost: h\nUpgrade: {token}\nConnection: Upgrade")


def switching(token: str) -> bytes:
    return lines(f"HTTP/1.1 101 Switching Protocols\nUpgrade: {token}\nConnection: Upgrade")


@pytest.mark.parametrize(
    ("token", "protocol"),
    [("websocket", "websocket"), ("WebSocket", "websocket"), ("h2c", "http2"), ("TLS/1.2", "tls"), ("tcp", None)],
)
def test_upgrade_hands_over(token, protocol):
    found, end = handoff((CLIENT, upgrade(token)), (SERVER, switching(token) + b"\x81\x00"))
    assert [message.label for message in found] == ["request", "switch"]
    assert end.protocol == protocol
    assert [(chunk.direction, chunk.offset, chunk.data) for chunk in end.rest] == [(SERVER, len(switching(token)), b"\x81\x00")]


def test_connect_hands_over_with_the_bytes_that_came_early():
    ask, opened = lines("CONNECT h:443 HTTP/1.1\nHost: h:443"), lines("HTTP/1.1 200 OK")
    found, end = handoff((CLIENT, ask + b"\x16\x03"), (CLIENT, ASK), (SERVER, opened + b"\x16"))
    assert [message.label for message in found] == ["request", "switch"]
    assert end.protocol is None
    assert [(chunk.direction, chunk.offset, chunk.data) for chunk in end.rest] == [
        (CLIENT, len(ask), b"\x16\x03"),
        (CLIENT, len(ask) + 2, ASK),
        (SERVER, len(opened), b"\x16"),
    ]


def test_refused_connect_goes_on_as_http():
    ask = lines("CONNECT h:443 HTTP/1.1\nHost: h:443")
    refusal = lines("HTTP/1.1 407 Proxy Authentication Required\nContent-Length: 2") + b"no"
    found = decode((CLIENT, ask + ASK), (SERVER, refusal + OK))
    assert [message.summary.split()[0] for message in found] == ["CONNECT", "HTTP/1.1", "GET", "HTTP/1.1"]


def test_refused_upgrade_goes_on_as_http():
    found = decode((CLIENT, upgrade("h2c") + ASK), (SERVER, OK + OK))
    assert [message.exchange for message in found] == [1, 2, 1, 2]


def test_bytes_behind_an_upgrade_wait_for_the_answer():
    found = decode((CLIENT, upgrade("x") + b"\x00\x01\n"), (SERVER, OK))
    assert [message.protocol for message in found] == ["http1", "http1", UNDECODED]


def test_an_upgrade_waits_for_the_end_of_its_request():
    ask = lines("POST / HTTP/1.1\nHost: h\nContent-Length: 5\nUpgrade: h2c\nConnection: Upgrade")
    found, end = handoff((CLIENT, ask + b"he"), (SERVER, switching("h2c") + b"early"), (CLIENT, b"llo" + b"PRI"))
    assert [message.label for message in found] == ["switch", "request"]
    assert [(chunk.direction, chunk.data) for chunk in end.rest] == [(SERVER, b"early"), (CLIENT, b"PRI")]


def test_nothing_is_lost_when_a_switch_comes_out_of_the_blue():
    for size in (0, 1):
        *_, end = decode((CLIENT, ASK + b"\x00\x01GE"), (SERVER, switching("x") + b"yz"), size=size)
        assert isinstance(end, Handoff)
        assert b"".join(chunk.data for chunk in end.rest if chunk.direction is CLIENT) == b"\x00\x01GE"


@pytest.mark.parametrize("size", [1000, 50_000, 0])
def test_nothing_is_lost_when_the_head_of_a_switch_never_ends(size):
    """What lies behind its last whole line belongs to the next protocol, though it came while the head was read."""
    whole = switching("x")[:-2] + b"\0" * MAX_HEADER_SECTION
    pieces = [(SERVER, whole[at : at + (size or len(whole))]) for at in range(0, len(whole), size or len(whole))]
    found, end = handoff((CLIENT, upgrade("x")), *pieces)
    at = found[-1].end
    assert at == len(switching("x")) - 2
    for chunk in end.rest:
        assert chunk.offset == at
        at = chunk.end
    assert b"".join(chunk.data for chunk in end.rest) == whole[len(switching("x")) - 2 :][: at - len(switching("x")) + 2]
    assert at >= MAX_HEADER_SECTION


def test_connect_that_is_never_answered():
    found = decode((CLIENT, lines("CONNECT h:1 HTTP/1.1\nHost: h:1") + b"bytes"))
    assert [message.protocol for message in found] == ["http1", UNDECODED]
    assert_tiled(found)


def test_what_waits_for_an_answer_is_bounded():
    ask = lines("CONNECT h:1 HTTP/1.1\nHost: h:1")
    found = decode((CLIENT, ask + b"x" * MAX_HELD), (SERVER, lines("HTTP/1.1 200 OK")))
    assert isinstance(found[-1], Handoff)
    engine = decoder()
    found = list(engine.receive(Chunk(CLIENT, 0, ask + b"x" * (MAX_HELD + 1))))
    assert [message.protocol for message in found[:9]] == ["http1"] + [UNDECODED] * 8
    assert len(engine._sides[CLIENT].wire.data) < MAX_HEADER_SECTION


def test_a_switch_does_not_wait_for_ever():
    ask = lines("POST / HTTP/1.1\nHost: h\nContent-Length: 5\nUpgrade: h2c\nConnection: Upgrade")
    found, end = handoff((CLIENT, ask + b"four"), (SERVER, switching("h2c") + bytes(MAX_HELD)), (SERVER, b"x"))
    assert [message.label for message in found] == ["switch", "request"]
    assert "the body breaks off after 4 of 5 bytes" in said(found[1])
    assert [(chunk.direction, len(chunk.data)) for chunk in end.rest] == [(SERVER, MAX_HELD), (SERVER, 1)]


def test_a_gap_before_the_tunnel_goes_along():
    ask = lines("CONNECT h:1 HTTP/1.1\nHost: h:1")
    engine = decoder()
    list(engine.receive(Chunk(CLIENT, 0, ask)))
    list(engine.receive(Chunk(CLIENT, len(ask) + 9, b"late", gap=9)))
    *_, end = engine.receive(Chunk(SERVER, 0, lines("HTTP/1.1 200 OK")))
    assert end.rest == (Chunk(CLIENT, len(ask) + 9, b"late", gap=9),)


# laws

PARTS = (
    ASK,
    POST,
    CHUNKED,
    OK,
    STREAM,
    CONTINUE,
    NOTHING,
    b"GET /old\r\n",
    b"junk\r\n",
    b"\r\n",
    lines("HTTP/1.0 200 OK") + b"until close",
)
TURNS = st.lists(st.tuples(st.sampled_from(Direction), st.sampled_from(PARTS)), max_size=6)


@st.composite
def damaged(draw):
    """A conversation with a few bytes changed, doubled or dropped."""
    turns = []
    for direction, data in draw(TURNS):
        changed = bytearray(data)
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(changed)))
            changed[at : at + draw(st.integers(0, 2))] = draw(
                st.sampled_from((b"", b"\n", b"\r", b" ", b":", b"\0", b"9", b"\xff", b"HTTP/"))
            )
        turns.append((direction, bytes(changed)))
    return turns


@settings(max_examples=150, deadline=None)
@given(damaged(), st.integers(1, 40), st.booleans())
def test_any_split_gives_equal_messages(turns, size, gap):
    if gap:
        turns.insert(len(turns) // 2, (SERVER, 7))
    whole = decode(*turns)
    assert decode(*turns, size=size) == whole
    assert_tiled(whole)
    for message in whole:
        if isinstance(message, Message):
            assert_nested(message)
            assert PROTOCOL.build(message) if message.value else True


SWITCHES = (
    lines("CONNECT h:1 HTTP/1.1\nHost: h"),
    upgrade("x"),
    switching("x"),
    lines("HTTP/1.1 200 Opened"),
    b"\x00\n\xff",
    ASK,
    OK,
    POST,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(Direction), st.sampled_from(SWITCHES)), max_size=6), st.integers(1, 30))
def test_any_split_hands_over_at_the_same_place(turns, size):
    def seen(found):
        return [item.protocol if isinstance(item, Handoff) else item for item in found]

    assert seen(decode(*turns, size=size)) == seen(decode(*turns))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(Direction), st.binary(max_size=80) | st.integers(1, 50)), max_size=6), st.integers(0, 3)
)
def test_arbitrary_bytes(turns, size):
    found = decode(*turns, size=size)
    assert_tiled(found)


class Counted(bytearray):
    """Counts the bytes that were searched for something."""

    scanned = 0

    def find(self, sub, start=0, end=None):
        Counted.scanned += min(len(self), len(self) if end is None else end) - start
        return super().find(sub, start, len(self) if end is None else end)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: h\r\nA: " + b"x" * 5000 + b"\r\n\r\n",
        lines("POST / HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"5\r\nabcde\r\n" * 600 + b"0\r\n\r\n",
        lines("POST / HTTP/1.1\nHost: h\nContent-Length: 5000") + b"\n" * 5000,
        b"x" * 5000,
        ASK * 100,
    ],
)
def test_byte_by_byte_is_linear(data):
    engine = decoder()
    for side in engine._sides.values():
        side.wire.data = Counted()
    Counted.scanned = 0
    for place in range(len(data)):
        list(engine.receive(Chunk(CLIENT, place, data[place : place + 1])))
    assert Counted.scanned < 8 * len(data)


def test_memory_is_bounded_by_the_limit():
    engine = decoder(Limits(message=1000))
    list(engine.receive(Chunk(CLIENT, 0, lines("POST / HTTP/1.1\nHost: h\nContent-Length: 900000"))))
    offset = len(lines("POST / HTTP/1.1\nHost: h\nContent-Length: 900000"))
    for _ in range(900):
        found = list(engine.receive(Chunk(CLIENT, offset, bytes(1000))))
        offset += 1000
        assert len(engine._sides[CLIENT].wire.data) < 2000
    assert found[0].end == offset


# the strict oracle


REWRITTEN = {b"transfer-encoding", b"content-length"}
"""h11 gives these two as it understands them."""

FOLD = re.compile(rb"\r?\n[ \t]+")
"""A fold without the white space before it, which h11 keeps; to RFC 9112 5.2 that belongs to the fold."""


def accepted_by_h11(data: bytes):
    """What h11 as a server makes of these bytes, request by request, up to its first complaint."""
    oracle = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    oracle.receive_data(data)
    found = []
    try:
        while True:
            event = oracle.next_event()
            if isinstance(event, h11.Request):
                request, body = event, b""
                headers = [(name, value) for name, value in event.headers if name not in REWRITTEN]
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                found.append((request.method, request.target, request.http_version, headers, body))
                oracle.send(h11.Response(status_code=204, headers=[]))
                oracle.send(h11.EndOfMessage())
                oracle.start_next_cycle()
            else:
                return found
    except (h11.RemoteProtocolError, h11.LocalProtocolError):
        return found


def as_h11_has_it(message: Message):
    value = message.value
    nodes = [node for node in message.root.children if node.abbrev == "http.request.line"]
    headers = []
    for node, line in zip(nodes, value["headers"], strict=True):
        assert node.text.encode("latin-1") == re.sub(rb"[ \t]*" + FOLD.pattern, b" ", line["value"])
        headers.append((node.name.lower().encode("latin-1"), FOLD.sub(b" ", line["value"])))
    body = message.views[-1].data if message.views else value["body"]
    return value["method"], value["target"], value["version"][5:], [pair for pair in headers if pair[0] not in REWRITTEN], body


@st.composite
def request_streams(draw):
    """Requests as real clients and fuzzers write them; many of them h11 refuses."""
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        method = draw(st.sampled_from(("GET", "POST", "PUT", "OPTIONS", "BREW")))
        target = draw(st.sampled_from(("/", "/a?b", "*", "http://h/x", "/%00", "x")))
        head = [f"{method} {target} HTTP/1.{draw(st.sampled_from('1110'))}", "Host: h"]
        head += draw(
            st.lists(
                st.sampled_from(("A:b", "C:  d ", "E: f\r\n g", "Connection: keep-alive", "X-\xe9: y", "F: \xe9")), max_size=3
            )
        )
        body = draw(st.binary(max_size=12))
        kind = draw(st.sampled_from(("none", "length", "chunked")))
        if kind == "length":
            head.append(
                f"Content-Length: {draw(st.sampled_from((str(len(body)), f'0{len(body)}', f'{len(body)}, {len(body)}')))}"
            )
        elif kind == "chunked":
            head.append(f"Transfer-Encoding: {draw(st.sampled_from(('chunked', 'CHUNKED')))}")
            chunk = b"%x%b\r\n%b\r\n" % (len(body), draw(st.sampled_from((b"", b";x=y", b" "))), body) if body else b""
            body = chunk + b"0\r\n" + draw(st.sampled_from((b"", b"T: u\r\n"))) + b"\r\n"
        else:
            body = b""
        end = draw(st.sampled_from(("\r\n", "\r\n", "\n")))
        pieces.append((draw(st.sampled_from(("", "", end))) + end.join([*head, "", ""])).encode("latin-1") + body)
    data = bytearray(b"".join(pieces))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 1))] = draw(st.sampled_from((b"", b" ", b"\r", b"\n", b"0", b"x", b":")))
    return bytes(data)


@settings(max_examples=400, deadline=None)
@given(request_streams())
@example(lines("GET / HTTP/1.1\nHost: h\n C:  d"))
@example(lines("GET / HTTP/1.1\nHost: h\nC:0  d\nE: f \n \n  g"))
def test_what_h11_accepts_is_decoded_equally(data):
    expected = accepted_by_h11(data)
    found = [message for message in messages((CLIENT, data)) if message.protocol == "http1" and message.value is not None]
    assert [as_h11_has_it(message) for message in found[: len(expected)]] == expected

"""HEADERS and PUSH_PROMISE in their place: what messages they begin, and what they must not (RFC 9114 4)."""

import pytest

import support.http3 as h3
from support.http3 import (
    ASK,
    CLIENT,
    OK,
    SERVER,
    after_hello,
    data,
    frame,
    headers,
    last,
    on,
    said,
    section,
    sections,
    streams,
    values,
)
from workbench.api import varint
from workbench_http3.names import Setting, Type
from workbench_http3.qpack import pack

POST = [(b":method", b"POST"), *ASK[1:]]
CONNECT = [(b":method", b"CONNECT"), (b":authority", b"h:443")]


def test_requests_and_responses_pair():
    found = after_hello(on(CLIENT, 4, headers(), end=True), on(SERVER, 4, headers([(b":status", b"103")]), headers(OK), end=True))
    assert [message.exchange for message in found] == [4, None, 4]
    assert [message.summary for message in found] == ["HEADERS[4] GET /", "HEADERS[4] 103", "HEADERS[4] 200"]


def test_trailers():
    found = after_hello(on(CLIENT, 0, headers(POST), data(b"x"), headers([(b"x-sum", b"1")]), end=True))
    assert found[-1].summary == "HEADERS[0] trailers"
    assert not found[-1].notes


def test_headers_behind_trailers():
    trailers = headers([(b"x", b"y")])
    message = last(on(CLIENT, 0, headers(POST), trailers, trailers, end=True))
    assert "H3_FRAME_UNEXPECTED: HEADERS behind the trailers" in said(message)
    assert "RFC 9114 4.1" in sections(message)


def test_malformed_messages_are_said_to_be():
    message = last(on(CLIENT, 0, headers([*ASK, (b"Upper", b"")]), end=True))
    assert message.errors == ("H3_MESSAGE_ERROR: an upper-case letter in the field name 'Upper'",)


@pytest.mark.parametrize(
    ("payload", "why", "rule"),
    [
        (b"\0\0\xff\xff", "ends within an integer", "RFC 9204 4.5"),
        (b"\2\0\x80", "an encoded insert count of 2, where 0 are the most", "RFC 9204 4.5.1.1"),
    ],
)
def test_sections_that_cannot_be_decoded(payload, why, rule):
    message = last(on(CLIENT, 0, frame(Type.HEADERS, payload), end=True))
    assert said(message).startswith("QPACK_DECOMPRESSION_FAILED: ")
    assert why in said(message)
    assert sections(message) == {rule}


def test_more_than_its_receiver_wants():
    found = streams(h3.hello(SERVER, (Setting.MAX_FIELD_SECTION_SIZE, 100)), on(CLIENT, 0, headers(), end=True))
    assert "more than its receiver wants" in said(found[-1])
    assert not found[-1].errors


def test_more_inserts_required_than_used():
    insert = {"kind": "INSERT_LITERAL", "name": b"n", "value": b"v"}
    found = streams(
        h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 100)),
        h3.encoder(CLIENT, {"kind": "CAPACITY", "number": 100}, insert, insert),
        on(CLIENT, 0, frame(Type.HEADERS, pack([{"form": "LITERAL", "name": b"x", "value": b""}], encoded=3))),
    )
    assert "2 inserts are required, 0 are used" in said(found[-1])


def test_more_streams_blocked_than_are_allowed():
    blocked = frame(Type.HEADERS, b"\2\0\x80")
    turns = [on(CLIENT, 4 * number, blocked) for number in range(3)]
    found = streams(h3.hello(SERVER, (Setting.QPACK_MAX_TABLE_CAPACITY, 100), (Setting.QPACK_BLOCKED_STREAMS, 1)), *turns)
    assert sum("2 streams may be blocked, where 1 are allowed" in said(message) for message in found) == 1


def test_an_extended_connect_that_was_not_enabled():
    asked = [(b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"websocket")]
    assert "the server did not enable it" in said(last(on(CLIENT, 0, headers(asked))))


def test_a_request_behind_a_goaway():
    found = after_hello(h3.control(SERVER, frame(Type.GOAWAY, varint(4))), on(CLIENT, 0, headers()), on(CLIENT, 4, headers()))
    assert [said(message) for message in found[1:]] == ["", "a request behind the server's GOAWAY, which named stream 4"]
    assert not found[-1].errors


def test_headers_inside_a_tunnel():
    found = after_hello(on(CLIENT, 0, headers(CONNECT)), on(SERVER, 0, headers(OK)), on(CLIENT, 0, headers([(b"x", b"y")])))
    assert "H3_FRAME_UNEXPECTED: HEADERS inside a tunnel" in said(found[-1])


def test_a_connect_that_is_refused_opens_nothing():
    found = after_hello(
        on(CLIENT, 0, headers(CONNECT), data(b"early")), on(SERVER, 0, headers([(b":status", b"403")]), data(b"no"), end=True)
    )
    assert all(message.layer == ("quic stream 0",) for message in found)


def test_a_tunnel():
    turns = (
        on(CLIENT, 0, headers(CONNECT), data(b"early")),
        on(SERVER, 0, headers(OK), data(b"\x16\3 unlike anything")),
        on(CLIENT, 0, data(b"late")),
    )
    inside = [message for message in after_hello(*turns) if message.layer[-1] == "http3 stream 0"]
    assert {
        message.direction: b"".join(each.raw for each in inside if each.direction is message.direction) for message in inside
    } == {
        CLIENT: b"earlylate",
        SERVER: b"\x16\3 unlike anything",
    }


ALLOWED = h3.control(CLIENT, frame(Type.MAX_PUSH_ID, varint(3)))


def promise(number, pairs=ASK):
    return frame(Type.PUSH_PROMISE, varint(number) + section(pairs))


def test_a_push():
    found = after_hello(
        ALLOWED, on(CLIENT, 0, headers(), end=True), on(SERVER, 0, promise(2), headers(OK), end=True),
        on(SERVER, 15, b"\1\2", headers([(b":status", b"200"), (b"content-length", b"3")]), data(b"abc"), end=True),
    )  # fmt: skip
    assert [message.summary for message in found[2:]] == [
        "PUSH_PROMISE[0] push 2: GET /",
        "HEADERS[0] 200",
        "push stream[15] push 2",
        "HEADERS[15] 200",
        "DATA[15] 3 bytes",
    ]
    assert values(found[2], "http3.push_id") == [2]
    assert not any(message.notes for message in found)


@pytest.mark.parametrize(
    ("turns", "why", "rule"),
    [
        ([on(SERVER, 0, promise(4))], "H3_ID_ERROR: push 4, which the client did not allow", "RFC 9114 7.2.5"),
        (
            [on(SERVER, 0, promise(1)), on(SERVER, 4, promise(1, [*ASK, (b"x", b"y")]))],
            "promised with other fields",
            "RFC 9114 7.2.5",
        ),
        ([on(SERVER, 0, promise(1, ASK[:2]))], "H3_MESSAGE_ERROR: a request without :path", "RFC 9114 4.3.1"),
    ],
)
def test_pushes_that_are_wrong(turns, why, rule):
    found = after_hello(ALLOWED, on(CLIENT, 0, headers(), end=True), on(CLIENT, 4, headers(), end=True), *turns)
    assert why in said(found[-1])
    assert rule in sections(found[-1])


def test_a_push_promised_twice_alike():
    found = after_hello(
        ALLOWED, on(CLIENT, 0, headers()), on(CLIENT, 4, headers()), on(SERVER, 0, promise(1)), on(SERVER, 4, promise(1))
    )
    assert not any(message.errors for message in found)

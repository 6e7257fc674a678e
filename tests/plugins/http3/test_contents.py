"""DATA, bodies and ends of streams (RFC 9114 4.1)."""

import pytest

import support.http3 as h3
from support.http3 import ASK, CLIENT, OK, SERVER, after_hello, data, headers, on, said, sections, streams, values
from workbench.api import varint
from workbench_http3.names import Setting

POST = [(b":method", b"POST"), *ASK[1:]]


@pytest.mark.parametrize(
    ("turns", "why", "rule"),
    [
        ([on(CLIENT, 0, data(b"x"))], "H3_FRAME_UNEXPECTED: DATA before HEADERS", "RFC 9114 4.1"),
        (
            [on(CLIENT, 0, headers(POST), headers([(b"x", b"y")]), data(b"x"))],
            "H3_FRAME_UNEXPECTED: DATA behind the trailers",
            "RFC 9114 4.1",
        ),
        (
            [on(CLIENT, 0, headers([*POST, (b"content-length", b"5")]), data(b"abc"), end=True)],
            "3 bytes of content where content-length says 5",
            "RFC 9114 4.1.2",
        ),
        (
            [on(CLIENT, 0, headers([*POST, (b"content-length", b"5")]), end=True)],
            "0 bytes of content where content-length says 5",
            "RFC 9114 4.1.2",
        ),
        ([on(CLIENT, 0, h3.frame(0x21), end=True)], "H3_REQUEST_INCOMPLETE", "RFC 9114 4.1.1"),
        ([on(CLIENT, 0, end=True)], "H3_REQUEST_INCOMPLETE", "RFC 9114 4.1.1"),
        ([on(CLIENT, 0, headers(), end=True), on(SERVER, 0, end=True)], "ends without a response", "RFC 9114 4.1"),
        ([on(CLIENT, 2, end=True)], "H3_CLOSED_CRITICAL_STREAM: the control stream ends", "RFC 9114 6.2.1"),
        ([on(CLIENT, 6, varint(2), end=True)], "H3_CLOSED_CRITICAL_STREAM: the QPACK encoder stream ends", "RFC 9204 4.2"),
    ],
)
def test_errors(turns, why, rule):
    found = after_hello(*turns)
    assert why in said(found[-1])
    assert sections(found[-1]) == {rule}


@pytest.mark.parametrize(
    "turns",
    [
        [
            on(CLIENT, 0, headers([(b":method", b"HEAD"), *ASK[1:]]), end=True),
            on(SERVER, 0, headers([*OK, (b"content-length", b"9")]), end=True),
        ],
        [on(CLIENT, 0, headers(), end=True), on(SERVER, 0, headers([(b":status", b"304"), (b"content-length", b"9")]), end=True)],
        [on(CLIENT, 0, headers([*POST, (b"content-length", b"5")]), data(b"abc"))],
        [on(SERVER, 0, headers([*OK, (b"content-length", b"5")]), data(b"abc"), end=True)],
    ],
    ids=["HEAD", "not modified", "no end was seen", "no request was seen"],
)
def test_lengths_that_say_nothing(turns):
    assert not any(message.errors for message in after_hello(*turns))


def test_an_incomplete_body_at_the_end_of_the_capture():
    found = after_hello(on(CLIENT, 0, headers(POST), data(b"a"), data(b"b")))
    assert found[-1].summary == "end[0]"
    assert values(found[-1], "http3.body.reassembled.data") == [b"ab"]
    assert "the end of the body was not seen" in said(found[-1])


def test_content_in_the_response_to_head():
    ask = headers([(b":method", b"HEAD"), *ASK[1:]])
    found = after_hello(on(CLIENT, 0, ask, end=True), on(SERVER, 0, headers(OK), data(b""), data(b"x"), data(b"y"), end=True))
    assert [said(message) for message in found[1:]] == ["", "", "content in the response to HEAD", ""]
    assert sections(found[3]) == {"RFC 9110 9.3.2"}


def test_messages_of_grpc():
    asked = [*POST, (b"content-type", b"application/grpc")]
    message = b"\0\0\0\0\5hello"
    found = after_hello(on(CLIENT, 0, headers(asked), data(message[:7]), data(message[7:]), end=True))
    assert values(found[-1], "grpc.message_data") == [b"hello"]
    assert values(found[-2], "grpc.message_data") == []


def test_a_stream_that_ends_within_a_capsule():
    asked = [(b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"connect-udp")]
    found = streams(
        h3.hello(SERVER, (Setting.ENABLE_CONNECT_PROTOCOL, 1)), on(CLIENT, 0, headers(asked)), on(SERVER, 0, headers(OK)),
        on(CLIENT, 0, data(b"\0\5ab"), end=True),
    )  # fmt: skip
    assert "the stream ends within a capsule, behind 4 bytes of it" in said(found[-1])
    assert sections(found[-1]) == {"RFC 9297 3.3"}


def test_capsules_said_before_the_answer():
    asked = [(b":method", b"CONNECT"), *ASK[1:], (b":protocol", b"webtransport")]
    found = streams(
        h3.hello(SERVER, (Setting.ENABLE_CONNECT_PROTOCOL, 1)),
        on(CLIENT, 0, headers(asked), data(b"\0\1x")),
        on(SERVER, 0, headers(OK)),
    )
    assert values(found[-1], "http3.capsule.value") == [b"x"]

"""Frames about the connection: what they say, and what is wrong with them (RFC 9114 5.2, 7.2, RFC 9218 7.2)."""

import pytest

import support.http3 as h3
from support.http3 import CLIENT, SERVER, after_hello, control, frame, headers, on, said, section, sections, settings, streams
from workbench.api import varint
from workbench_http3.names import Type
from workbench_http3.values import build_piece

ALLOWED = control(CLIENT, frame(Type.MAX_PUSH_ID, varint(3)))


@pytest.mark.parametrize(
    ("way", "frames", "summary"),
    [
        (CLIENT, frame(Type.MAX_PUSH_ID, varint(8)), "MAX_PUSH_ID[2] 8"),
        (CLIENT, frame(Type.GOAWAY, varint(7)), "GOAWAY[2] pushes from 7 on are not wanted"),
        (SERVER, frame(Type.GOAWAY, varint(8)), "GOAWAY[3] requests from stream 8 on are not acted on"),
        (SERVER, frame(Type.CANCEL_PUSH, varint(1)), "CANCEL_PUSH[3] push 1"),
        (
            CLIENT,
            build_piece({"type": Type.PRIORITY_UPDATE, "element_id": 4, "field_value": b"u=1"}),
            "PRIORITY_UPDATE[2] stream 4: u=1",
        ),
        (
            CLIENT,
            build_piece({"type": Type.PRIORITY_UPDATE_PUSH, "element_id": 2, "field_value": b"i"}),
            "PRIORITY_UPDATE (push)[2] push 2: i",
        ),
    ],
)
def test_what_they_say(way, frames, summary):
    message = after_hello(ALLOWED, control(way, frames))[-1]
    assert message.summary == summary
    assert not message.notes


@pytest.mark.parametrize(
    ("turns", "why", "rule"),
    [
        ([control(CLIENT, settings())], "H3_FRAME_UNEXPECTED: SETTINGS a second time", "RFC 9114 7.2.4"),
        ([control(SERVER, frame(Type.GOAWAY, varint(4)), frame(Type.GOAWAY, varint(8)))], "went up from 4 to 8", "RFC 9114 5.2"),
        ([control(SERVER, frame(Type.GOAWAY, varint(3)))], "H3_ID_ERROR: stream 3 is none that a client opens", "RFC 9114 7.2.6"),
        (
            [ALLOWED, control(CLIENT, frame(Type.MAX_PUSH_ID, varint(2)))],
            "H3_ID_ERROR: MAX_PUSH_ID went down from 3 to 2",
            "RFC 9114 7.2.7",
        ),
        (
            [ALLOWED, control(SERVER, frame(Type.CANCEL_PUSH, varint(4)))],
            "H3_ID_ERROR: push 4, which the client did not",
            "RFC 9114 7.2.3",
        ),
        (
            [ALLOWED, control(CLIENT, frame(Type.CANCEL_PUSH, varint(1)))],
            "H3_ID_ERROR: push 1, which was not promised",
            "RFC 9114 7.2.3",
        ),
        ([control(CLIENT, frame(Type.PRIORITY_UPDATE, varint(3)))], "H3_ID_ERROR: stream 3 is no request stream", "RFC 9218 7.2"),
        ([ALLOWED, control(CLIENT, frame(Type.PRIORITY_UPDATE_PUSH, varint(9)))], "H3_ID_ERROR: push 9", "RFC 9218 7.2"),
    ],
)
def test_errors(turns, why, rule):
    message = after_hello(*turns)[-1]
    assert why in said(message)
    assert rule in sections(message)


@pytest.mark.parametrize(
    ("pairs", "why", "rule"),
    [
        ([(1, 0), (1, 0)], "H3_SETTINGS_ERROR: a second QPACK_MAX_TABLE_CAPACITY", "RFC 9114 7.2.4"),
        ([(2, 0)], "H3_SETTINGS_ERROR: the setting 0x2 of HTTP/2 (ENABLE_PUSH)", "RFC 9114 7.2.4.1"),
        ([(8, 2)], "H3_SETTINGS_ERROR: ENABLE_CONNECT_PROTOCOL = 2", "RFC 9220 3"),
        ([(0x33, 2)], "H3_SETTINGS_ERROR: H3_DATAGRAM = 2", "RFC 9297 2.1.1"),
    ],
)
def test_settings_that_are_wrong(pairs, why, rule):
    message = streams(h3.hello(CLIENT, *pairs))[-1]
    assert why in said(message)
    assert sections(message) == {rule}


@pytest.mark.parametrize(
    "turns",
    [
        [control(CLIENT, frame(Type.CANCEL_PUSH, varint(1)))],
        [h3.acknowledge(SERVER, {"kind": "ACKNOWLEDGE", "number": 0})],
        [h3.acknowledge(SERVER, {"kind": "INCREMENT", "number": 1})],
    ],
)
def test_what_other_streams_do_not_confirm_is_an_error_only_where_all_of_them_are_here(turns):
    assert not any(message.errors for message in streams(*h3.HELLO, *turns)), "packets may be missing in a capture"
    assert h3.bare(*h3.HELLO, *turns)[-1].errors


def test_settings_that_mean_nothing_are_fine():
    message = streams(h3.hello(CLIENT, (0x21, 7), (0x4242, 1)))[-1]
    assert not message.notes
    assert message.summary == "SETTINGS[2] unknown setting 0x4242=1"


def test_a_push_that_was_promised_may_be_cancelled():
    promise = frame(Type.PUSH_PROMISE, varint(1) + section(h3.ASK))
    found = after_hello(
        ALLOWED, on(CLIENT, 0, headers()), on(SERVER, 0, promise), control(CLIENT, frame(Type.CANCEL_PUSH, varint(1)))
    )
    assert not found[-1].notes

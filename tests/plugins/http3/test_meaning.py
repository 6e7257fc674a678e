"""Pieces in their places: which frames may be where, and how streams begin (RFC 9114 6 and 7)."""

import pytest

import support.http3 as h3
from support.http3 import (
    CLIENT,
    SERVER,
    after_hello,
    data,
    decode,
    frame,
    headers,
    on,
    said,
    section,
    sections,
    settings,
    streams,
)
from workbench.api import Severity, varint
from workbench_http3.meaning import EMPTY_FRAMES
from workbench_http3.names import Type

CONTROL = h3.CONTROL


@pytest.mark.parametrize(
    ("turns", "why", "rule"),
    [
        ([on(CLIENT, 2, data(b"x"))], "H3_FRAME_UNEXPECTED: DATA on a control stream", "RFC 9114 7.2.1"),
        ([on(CLIENT, 2, headers())], "H3_FRAME_UNEXPECTED: HEADERS on a control stream", "RFC 9114 7.2.2"),
        ([on(CLIENT, 0, frame(Type.CANCEL_PUSH, b"\0"))], "CANCEL_PUSH on a request stream", "RFC 9114 7.2.3"),
        ([on(CLIENT, 0, settings())], "SETTINGS on a request stream", "RFC 9114 7.2.4"),
        (
            [on(SERVER, 3, frame(Type.PUSH_PROMISE, b"\0" + section(h3.ASK)))],
            "PUSH_PROMISE on a control stream",
            "RFC 9114 7.2.5",
        ),
        ([on(CLIENT, 0, frame(Type.PUSH_PROMISE, b"\0" + section(h3.ASK)))], "PUSH_PROMISE from a client", "RFC 9114 7.2.5"),
        ([on(SERVER, 0, frame(Type.GOAWAY, b"\0"))], "GOAWAY on a request stream", "RFC 9114 7.2.6"),
        ([on(CLIENT, 0, frame(Type.MAX_PUSH_ID, b"\0"))], "MAX_PUSH_ID on a request stream", "RFC 9114 7.2.7"),
        ([on(SERVER, 3, frame(Type.MAX_PUSH_ID, b"\0"))], "MAX_PUSH_ID from a server", "RFC 9114 7.2.7"),
        ([on(SERVER, 3, frame(Type.PRIORITY_UPDATE, b"\0"))], "PRIORITY_UPDATE from a server", "RFC 9218 7.2"),
        ([on(CLIENT, 0, frame(Type.PRIORITY_UPDATE, b"\0"))], "PRIORITY_UPDATE on a request stream", "RFC 9218 7.2"),
        ([on(CLIENT, 0, frame(0x06, bytes(8)))], "H3_FRAME_UNEXPECTED: PING of HTTP/2", "RFC 9114 7.2.8"),
        ([on(CLIENT, 2, frame(0x02))], "H3_FRAME_UNEXPECTED: PRIORITY of HTTP/2", "RFC 9114 7.2.8"),
        (
            [on(CLIENT, 0, headers(), frame(Type.WEBTRANSPORT_STREAM))],
            "that is not the first thing on it",
            "draft-ietf-webtrans-http3 4.3",
        ),
        (
            [on(SERVER, 1, headers(h3.OK))],
            "H3_STREAM_CREATION_ERROR: a bidirectional stream that the server opened",
            "RFC 9114 6.1",
        ),
        ([on(CLIENT, 14, varint(0))], "H3_STREAM_CREATION_ERROR: a second control stream", "RFC 9114 6.2.1"),
        (
            [h3.encoder(CLIENT), on(CLIENT, 14, varint(2))],
            "H3_STREAM_CREATION_ERROR: a second QPACK encoder stream",
            "RFC 9204 4.2",
        ),
        (
            [h3.acknowledge(CLIENT), on(CLIENT, 14, varint(3))],
            "H3_STREAM_CREATION_ERROR: a second QPACK decoder stream",
            "RFC 9204 4.2",
        ),
        ([on(CLIENT, 14, varint(1), varint(0))], "H3_STREAM_CREATION_ERROR: a push stream from a client", "RFC 9114 6.2.2"),
        ([on(SERVER, 15, varint(1), varint(0))], "H3_ID_ERROR: push 0, which the client did not allow", "RFC 9114 4.6"),
        ([on(SERVER, 15, varint(1), end=True)], "H3_FRAME_ERROR: a push stream ends before its push ID", "RFC 9114 6.2.2"),
        (
            [on(CLIENT, 14, varint(0x54), varint(3), b"x")],
            "H3_ID_ERROR: session 3 is the stream of no CONNECT",
            "draft-ietf-webtrans-http3 4",
        ),
        (
            [on(CLIENT, 6, varint(2), b"\xff" * 12)],
            "QPACK_ENCODER_STREAM_ERROR: an integer of more than 62 bits",
            "RFC 9204 4.1.1",
        ),
        (
            [on(CLIENT, 10, varint(3), b"\xff" * 12)],
            "QPACK_DECODER_STREAM_ERROR: an integer of more than 62 bits",
            "RFC 9204 4.1.1",
        ),
    ],
)
def test_errors(turns, why, rule):
    found = [message for message in after_hello(*turns) if any(note.severity >= Severity.WARN for note in message.notes)]
    assert why in said(found[0])
    assert rule in sections(found[0])


def test_settings_come_first():
    (_, message) = streams(on(CLIENT, 2, b"\0", frame(Type.MAX_PUSH_ID, b"\0")))
    assert message.errors == ("H3_MISSING_SETTINGS: MAX_PUSH_ID where SETTINGS must come first",)
    found = streams(on(CLIENT, 2, b"\0", frame(Type.MAX_PUSH_ID, b"\0"), settings()))
    assert found[-1].errors == ("H3_FRAME_UNEXPECTED: SETTINGS behind other frames",)


def test_two_streams_for_one_push():
    allowed = h3.control(CLIENT, frame(Type.MAX_PUSH_ID, b"\3"))
    found = after_hello(allowed, on(SERVER, 15, b"\1\2"), on(SERVER, 19, b"\1\2"))
    assert "H3_ID_ERROR: a second stream for push 2" in said(found[-1])


@pytest.mark.parametrize("kind", [0x21, 0x40, 0x4242])
def test_frames_that_are_ignored(kind):
    found = after_hello(on(CLIENT, 0, frame(kind, b"x"), headers(), frame(kind), end=True), on(CLIENT, 2, frame(kind)))
    assert not any(message.notes for message in found)


@pytest.mark.parametrize("empty", [data(), frame(0x21, b"grease"), frame(0x4242)])
def test_floods_of_frames_that_carry_nothing(empty):
    found = after_hello(on(CLIENT, 0, headers(), empty * (4 * EMPTY_FRAMES), data(b"x"), empty * 99))
    remarks = [(number, said(message)) for number, message in enumerate(found) if message.notes and message.raw]
    assert remarks == [(count, f"H3_EXCESSIVE_LOAD: {count} frames in a row that carry nothing") for count in (100, 200, 400)]


def test_streams_of_other_types():
    reserved, content, unknown = after_hello(on(CLIENT, 14, varint(0x21), b"grease", end=True), on(CLIENT, 18, varint(0x4242)))
    assert (reserved.summary, reserved.notes) == ("reserved stream 0x21[14]", ())
    assert content.summary == "stream data[14] 6 bytes on a stream of another type"
    assert "a stream of the unknown type 0x4242" in said(unknown)
    assert not unknown.errors


def test_the_head_of_a_stream():
    (head, *_) = streams(h3.hello(CLIENT))
    assert h3.values(head, "http3.stream_type") == [0]
    assert head.label == "client control stream"


def test_a_stream_without_a_whole_head():
    (message,) = decode(2, (CLIENT, b"\x40"), end=True)
    assert "the stream ends before its type does" in said(message)
    assert not message.errors


def test_a_part_of_an_instruction():
    found = decode(6, (CLIENT, b"\2\xc0\x05ab"))
    assert found[-1].summary == "part of an instruction[6]"
    assert not found[-1].errors


def test_a_frame_that_lies_about_its_length_is_still_a_frame():
    found = decode(2, (CLIENT, b"\0" + frame(Type.SETTINGS, b"\1")))
    assert "H3_FRAME_ERROR: SETTINGS ends within a setting" in said(found[-1])
    assert found[-1].value is None

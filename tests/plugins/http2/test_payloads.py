"""Payloads of each type: fields with Wireshark's names, and the sizes that break a frame (RFC 9113 4.2, 6)."""

import pytest

from support.http2 import frame, raw
from workbench.api import Direction, Severity
from workbench_http2.frames import read_head
from workbench_http2.names import Type
from workbench_http2.payloads import read_payload


def read(data):
    return read_payload(read_head(Direction.TO_SERVER, 0, len(data), data))


def flat(data):
    found = []
    stack = read(data).fields[::-1]
    while stack:
        node = stack.pop()
        stack.extend(reversed(node.children))
        if node.value is not None and node.abbrev:
            found.append((node.abbrev.removeprefix("http2."), node.value))
    return found


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (
            frame(Type.DATA, 1, 8, data=b"abc", padding=b"\0"),
            [("padding", 1), ("pad_length", 1), ("data.data", b"abc"), ("data.padding", b"\0")],
        ),
        (frame(Type.DATA, 1, data=b""), [("pad_length", 0), ("data.data", b"")]),
        (
            frame(Type.HEADERS, 1, 0x20, fragment=b"\x82", exclusive=True, stream_dependency=3, weight=7),
            [
                ("pad_length", 0),
                ("exclusive", True),
                ("stream_dependency", 3),
                ("headers.weight", 7),
                ("headers.weight_real", 8),
                ("headers", b"\x82"),
            ],
        ),
        (frame(Type.RST_STREAM, 1, error=8), [("rst_stream.error", 8)]),
        (
            frame(Type.SETTINGS, settings=[{"id": 3, "value": 5}, {"id": 8, "value": 1}, {"id": 99, "value": 2}]),
            [
                ("settings.id", 3),
                ("settings.max_concurrent_streams", 5),
                ("settings.id", 8),
                ("settings.extended_connect", 1),
                ("settings.id", 99),
                ("settings.unknown", 2),
            ],
        ),
        (
            frame(Type.PUSH_PROMISE, 1, promised_stream_id=2, fragment=b"\x82"),
            [("pad_length", 0), ("push_promise.r", 0), ("push_promise.promised_stream_id", 2), ("push_promise.header", b"\x82")],
        ),
        (frame(Type.PING, opaque=b"12345678"), [("ping", b"12345678")]),
        (frame(Type.PING, flags=1, opaque=b"12345678"), [("pong", b"12345678")]),
        (
            frame(Type.GOAWAY, last_stream_id=3, error=2, addata=b"x"),
            [("goway.r", 0), ("goaway.last_stream_id", 3), ("goaway.error", 2), ("goaway.addata", b"x")],
        ),
        (
            frame(Type.WINDOW_UPDATE, window_size_increment=9),
            [("window_update.r", 0), ("window_update.window_size_increment", 9)],
        ),
        (frame(Type.CONTINUATION, 1, fragment=b"\x82"), [("continuation.header", b"\x82")]),
        (
            frame(Type.ALTSVC, origin=b"o", field_value=b"clear"),
            [("altsvc.origin.len", 1), ("altsvc.origin", "o"), ("altsvc.field_value", "clear")],
        ),
        (frame(Type.ORIGIN, origins=[b"o"]), [("origin.origin_len", 1), ("origin.origin", "o")]),
        (
            frame(Type.PRIORITY_UPDATE, priority_update_stream_id=5, priority_update_field_value=b"u=0"),
            [("priority_update_stream_id", 5), ("priority_update_field_value", "u=0")],
        ),
        (raw(0x55, 1, 0, b"zz"), [("unknown", b"zz")]),
    ],
)
def test_fields(data, fields):
    assert flat(data) == fields
    assert read(data).notes == []


@pytest.mark.parametrize(
    ("data", "why", "section"),
    [
        (raw(Type.DATA, 1, 8, b""), "FRAME_SIZE_ERROR", "4.2"),
        (raw(Type.DATA, 1, 8, b"\x03abc"[:3]), "PROTOCOL_ERROR: 3 bytes of padding", "6.1"),
        (raw(Type.HEADERS, 1, 8, b"\x05a"), "PROTOCOL_ERROR: 5 bytes of padding", "6.2"),
        (raw(Type.PUSH_PROMISE, 1, 8, b"\x05aaaa"), "PROTOCOL_ERROR: 5 bytes of padding", "6.6"),
        (raw(Type.HEADERS, 1, 0x20, b"abcd"), "FRAME_SIZE_ERROR", "6.2"),
        (raw(Type.PRIORITY, 1, 0, b"abcd"), "FRAME_SIZE_ERROR", "6.3"),
        (raw(Type.RST_STREAM, 1, 0, b"abc"), "FRAME_SIZE_ERROR", "6.4"),
        (raw(Type.SETTINGS, 0, 0, b"abcde"), "FRAME_SIZE_ERROR", "6.5"),
        (raw(Type.SETTINGS, 0, 1, b"abcdef"), "FRAME_SIZE_ERROR", "6.5"),
        (raw(Type.PUSH_PROMISE, 1, 0, b"abc"), "FRAME_SIZE_ERROR", "6.6"),
        (raw(Type.PING, 0, 0, b"abcdefg"), "FRAME_SIZE_ERROR", "6.7"),
        (raw(Type.GOAWAY, 0, 0, b"abcdefg"), "FRAME_SIZE_ERROR", "6.8"),
        (raw(Type.WINDOW_UPDATE, 0, 0, b"abcde"), "FRAME_SIZE_ERROR", "6.9"),
    ],
)
def test_broken_frames(data, why, section):
    payload = read(data)
    assert payload.broken
    assert payload.notes[0].severity is Severity.ERROR
    assert payload.notes[0].text.startswith(why)
    assert payload.notes[0].section == f"RFC 9113 {section}"


@pytest.mark.parametrize(
    ("data", "section"),
    [
        (raw(Type.ALTSVC, 0, 0, b"\0\x09a"), "RFC 7838 4"),
        (raw(Type.ORIGIN, 0, 0, b"\0\x09a"), "RFC 8336 2.1"),
        (raw(Type.PRIORITY_UPDATE, 0, 0, b"abc"), "RFC 9218 7.1"),
    ],
)
def test_broken_extension_frames(data, section):
    assert [(note.severity, note.section) for note in read(data).notes] == [(Severity.ERROR, section)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (frame(Type.DATA, 1, 8, data=b"", padding=b"\0a"), "not zero"),
        (frame(Type.PRIORITY, 7, stream_dependency=7), "depends on itself"),
        (frame(Type.PING, r=1, opaque=b"12345678"), "reserved bit"),
        (frame(Type.WINDOW_UPDATE, reserved=1, window_size_increment=9), "reserved bit"),
    ],
)
def test_odd_frames_are_not_broken(data, text):
    payload = read(data)
    assert not payload.broken
    assert text in payload.notes[0].text


def test_many_settings_are_cut():
    data = raw(Type.SETTINGS, 0, 0, b"\0\x03\0\0\0\0" * 2500)
    payload = read(data)
    assert sum(node.abbrev == "http2.settings" for node in payload.fields[0].children) == 2000
    assert len(payload.value["settings"]) == 2500

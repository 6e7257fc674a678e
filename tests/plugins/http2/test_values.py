"""Values of frames: every type there and back, and the length made right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http2 import ASK, HELLO, block, frame, messages, raw, settings
from workbench.api import Direction
from workbench_http2.names import PREFACE, Type
from workbench_http2.values import build, encode

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT

FRAMES = (
    frame(Type.DATA, 1, 0x09, data=b"abc", padding=b"\0\0"),
    frame(Type.HEADERS, 1, 0x2C, fragment=block(ASK), padding=b"\0", exclusive=True, stream_dependency=3, weight=7),
    frame(Type.PRIORITY, 1, exclusive=False, stream_dependency=5, weight=255),
    frame(Type.RST_STREAM, 1, error=8),
    settings((1, 100), (3, 5), (0xA0A, 1)),
    frame(Type.PUSH_PROMISE, 1, 0x0C, reserved=1, promised_stream_id=2, fragment=block(ASK), padding=b"\0\0\0"),
    frame(Type.PING, opaque=b"12345678"),
    frame(Type.GOAWAY, reserved=0, last_stream_id=3, error=11, addata=b"why"),
    frame(Type.WINDOW_UPDATE, 1, window_size_increment=1),
    frame(Type.CONTINUATION, 1, 4, fragment=block(ASK)),
    frame(Type.ALTSVC, 0, origin=b"https://h", field_value=b'h3=":443"'),
    frame(Type.ORIGIN, 0, origins=[b"https://a", b"https://b"]),
    frame(Type.PRIORITY_UPDATE, 0, priority_update_stream_id=1, priority_update_field_value=b"u=1"),
    raw(0x42, 9, 0xFF, b"anything"),
)


@pytest.mark.parametrize("data", FRAMES, ids=[f"type {data[3]:#x}" for data in FRAMES])
@pytest.mark.parametrize("way", [CLIENT, SERVER])
def test_every_type_is_built_again(data, way):
    message = messages(*HELLO, (way, data))[-1]
    assert message.raw == data
    assert encode(message) == data


def test_the_preface_is_a_value_too():
    (message,) = messages((CLIENT, PREFACE))
    assert encode(message) == PREFACE


def test_the_length_follows_a_change():
    message = messages(*HELLO, (CLIENT, frame(Type.DATA, 1, data=b"abc")))[-1]
    assert build(message.value | {"data": b"abcdef"}) == frame(Type.DATA, 1, data=b"abcdef")


def test_header_lines_are_a_list_that_can_be_changed():
    message = messages(*HELLO, (CLIENT, frame(Type.HEADERS, 1, 5, fragment=block(ASK))))[-1]
    lines = [*message.value["block"], {"form": "NEVER", "index": 0, "name": b"x", "value": b"y", "value_huffman": True}]
    again = messages(*HELLO, (CLIENT, build(message.value | {"block": lines})))[-1]
    assert again.value["block"][-1]["value"] == b"y"


def test_a_broken_frame_has_no_value():
    message = messages(*HELLO, (CLIENT, raw(Type.PING, 0, 0, b"short")))[-1]
    assert message.value is None
    with pytest.raises(ValueError, match="broken"):
        encode(message)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**32 - 1), st.binary(max_size=60))
def test_whatever_has_a_value_is_built_again(kind, flags, stream, payload):
    data = raw(kind, stream, flags, payload)
    for way in Direction:
        message = messages(*HELLO, (way, data))[-1]
        assert message.value is None or encode(message) == data

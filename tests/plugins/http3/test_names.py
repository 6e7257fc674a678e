"""What numbers are called."""

import pytest

from workbench_http3 import server_frames
from workbench_http3.names import (
    HTTP2_FRAMES,
    HTTP2_SETTINGS,
    Capsule,
    Setting,
    StreamType,
    Type,
    capsule_name,
    error_name,
    is_reserved,
    setting_name,
    stream_name,
    type_name,
)


@pytest.mark.parametrize(
    ("function", "number", "name"),
    [
        (type_name, Type.DATA, "DATA"),
        (type_name, 0xF0701, "PRIORITY_UPDATE (push)"),
        (type_name, 0x08, "WINDOW_UPDATE"),
        (type_name, 0x21 + 3 * 0x1F, "reserved frame 0x7e"),
        (type_name, 0x4242, "unknown frame 0x4242"),
        (stream_name, StreamType.ENCODER, "QPACK encoder stream"),
        (stream_name, 0x21, "reserved stream 0x21"),
        (setting_name, Setting.H3_DATAGRAM, "H3_DATAGRAM"),
        (setting_name, 0x03, "MAX_CONCURRENT_STREAMS"),
        (setting_name, 0x5555, "unknown setting 0x5555"),
        (capsule_name, Capsule.DATAGRAM, "DATAGRAM"),
        (capsule_name, 0x17 + 0x29, "reserved capsule 0x40"),
        (capsule_name, 0x18, "unknown capsule 0x18"),
        (error_name, 0x10E, "H3_MESSAGE_ERROR"),
        (error_name, 0x202, "QPACK_DECODER_STREAM_ERROR"),
        (error_name, 0x21, "reserved error 0x21"),
        (error_name, 0x9999, "error 0x9999"),
    ],
)
def test_names(function, number, name):
    assert function(number) == name


def test_reserved_numbers():
    assert [number for number in range(0x80) if is_reserved(number)] == [0x21, 0x40, 0x5F, 0x7E]


def test_what_http_2_left_behind():
    assert set(HTTP2_FRAMES) == {2, 6, 8, 9}
    assert set(HTTP2_SETTINGS) == {0, 2, 3, 4, 5}
    assert not set(HTTP2_FRAMES) & {int(kind) for kind in Type}


def test_the_server_means_the_same_errors():
    assert all(error_name(code) == code.name for code in server_frames.ErrorCode)

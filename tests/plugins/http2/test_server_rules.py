"""Frames by themselves: the table of lengths and streams, padding, settings."""

import contextlib

import pytest

from workbench_http2.server_faults import ConnectionFault, StreamFault
from workbench_http2.server_frames import ACK, PADDED, PRIORITY, ErrorCode, Frame, FrameType, cut, settings
from workbench_http2.server_rules import MAX_TABLE, check_frame, check_length, check_settings, unpadded


def pairs(*given, flags=0):
    (frame,) = cut(bytearray(settings(given, flags=flags)))
    return check_settings(frame)


@pytest.mark.parametrize("kind", [kind for kind in FrameType if kind is not FrameType.PUSH_PROMISE])
def test_each_type_has_its_side_of_stream_0(kind):
    size = {
        FrameType.PRIORITY: 5,
        FrameType.RST_STREAM: 4,
        FrameType.PING: 8,
        FrameType.GOAWAY: 8,
        FrameType.WINDOW_UPDATE: 4,
    }.get(kind, 0)
    allowed = []
    for stream in (0, 1):
        with contextlib.suppress(ConnectionFault):
            check_frame(Frame(kind, 0, stream, bytes(size)))
            allowed.append(stream)
    assert allowed == ([0, 1] if kind is FrameType.WINDOW_UPDATE else [0] if kind.name in ("SETTINGS", "PING", "GOAWAY") else [1])


def test_lengths():
    check_length(16_384)
    with pytest.raises(ConnectionFault, match="16385"):
        check_length(16_385)
    with pytest.raises(StreamFault):
        check_frame(Frame(FrameType.PRIORITY, 0, 1, bytes(4)))
    with pytest.raises(ConnectionFault, match="PING of 9"):
        check_frame(Frame(FrameType.PING, 0, 0, bytes(9)))
    check_frame(Frame(0xEE, 0, 7, bytes(100)))


def test_padding():
    assert unpadded(Frame(FrameType.DATA, PADDED, 1, b"\x02ab\0\0")) == b"ab"
    assert unpadded(Frame(FrameType.DATA, PADDED, 1, b"\x02\0\0")) == b""
    assert unpadded(Frame(FrameType.HEADERS, PADDED | PRIORITY, 1, b"\x01" + bytes(5) + b"\x82\0")) == b"\x82"
    assert unpadded(Frame(FrameType.DATA, PRIORITY, 1, b"abcdef")) == b"abcdef"
    for payload, code in (
        (b"", ErrorCode.FRAME_SIZE_ERROR),
        (b"\x01", ErrorCode.PROTOCOL_ERROR),
        (b"\x05abc", ErrorCode.PROTOCOL_ERROR),
    ):
        with pytest.raises(ConnectionFault) as caught:
            unpadded(Frame(FrameType.DATA, PADDED, 1, payload))
        assert caught.value.code is code


def test_settings():
    assert pairs((3, 5), (4, 2**31 - 1), (0xFFFF, 2**32 - 1)) == [(3, 5), (4, 2**31 - 1), (0xFFFF, 2**32 - 1)]
    assert pairs((1, 2**32 - 1)) == [(1, MAX_TABLE)]
    assert pairs(flags=ACK) == []
    for name, value, code in ((2, 2, 1), (4, 2**31, 3), (5, 16_383, 1), (5, 2**24, 1), (8, 2, 1), (9, 2, 1)):
        with pytest.raises(ConnectionFault) as caught:
            pairs((name, value))
        assert caught.value.code == code
    with pytest.raises(ConnectionFault, match="SETTINGS of 6"):
        pairs((3, 5), flags=ACK)

"""Frames as RFC 9114 7 writes them."""

from workbench_http3.names import is_reserved
from workbench_http3.server_frames import ErrorCode, build, goaway, reserved, settings


def test_layout():
    assert build(0x01, b"abc") == b"\x01\x03abc"
    assert build(0xF0700, b"x" * 64) == b"\x80\x0f\x07\x00\x40\x40" + b"x" * 64
    assert settings([(1, 4096), (7, 16)]) == b"\x04\x05\x01\x50\x00\x07\x10"
    assert settings() == b"\x04\x00"
    assert goaway(8) == b"\x07\x01\x08"


def test_reserved_numbers():
    assert [reserved(number) for number in (0, 1)] == [0x21, 0x40]
    assert all(is_reserved(reserved(number)) for number in range(100))


def test_codes():
    assert (ErrorCode.H3_NO_ERROR, ErrorCode.H3_VERSION_FALLBACK) == (0x100, 0x110)
    assert (ErrorCode.QPACK_DECODER_STREAM_ERROR, ErrorCode.H3_DATAGRAM_ERROR) == (0x202, 0x33)

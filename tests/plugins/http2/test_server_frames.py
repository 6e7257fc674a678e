"""Cutting and building are each other's inverse, however the bytes arrive; hyperframe agrees."""

from hyperframe.frame import Frame as Other
from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.server_frames import (
    ACK,
    ErrorCode,
    Frame,
    FrameType,
    build,
    cut,
    goaway,
    rst_stream,
    settings,
    window_update,
)

FRAMES = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.integers(0, 2**31 - 1), st.binary(max_size=300))


@given(st.lists(FRAMES, max_size=5), st.integers(1, 50))
def test_back_and_forth(frames, step):
    data = b"".join(frame.serialize() for frame in frames)
    buffer, found = bytearray(), []
    for start in range(0, len(data), step):
        buffer += data[start : start + step]
        found += cut(buffer)
    assert found == frames
    assert not buffer


def test_the_reserved_bit_is_taken_off():
    assert list(cut(bytearray(b"\0\0\0\6\0\x80\0\0\5"))) == [Frame(6, 0, 5, b"")]


def test_another_library_reads_them():
    for data, name in (
        (settings([(3, 100), (4, 65_535)]), "SettingsFrame"),
        (settings(flags=ACK), "SettingsFrame"),
        (rst_stream(5, ErrorCode.CANCEL), "RstStreamFrame"),
        (goaway(7, ErrorCode.NO_ERROR, b"bye"), "GoAwayFrame"),
        (window_update(1, 2**31 - 1), "WindowUpdateFrame"),
        (build(FrameType.PING, 0, 0, bytes(8)), "PingFrame"),
    ):
        frame, length = Other.parse_frame_header(memoryview(data[:9]))
        frame.parse_body(memoryview(data[9:]))
        assert type(frame).__name__ == name
        assert length == len(data) - 9

"""What applications say to their transport. Invariant: frames survive the way through bytes, in whatever pieces these come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import (
    ConnectionClosed,
    Datagram,
    FrameError,
    FrameReader,
    StopSending,
    StreamData,
    StreamReset,
    read_frame,
    read_varint,
    varint,
)
from workbench.api.carried import LONGEST_FRAME

NUMBERS = st.integers(0, (1 << 62) - 1)
DATA = st.binary(max_size=40)
FRAMES = st.one_of(
    st.builds(StreamData, NUMBERS, DATA, st.booleans()),
    st.builds(StreamReset, NUMBERS, NUMBERS, NUMBERS),
    st.builds(StopSending, NUMBERS, NUMBERS),
    st.builds(Datagram, DATA),
    st.builds(ConnectionClosed, NUMBERS, DATA),
)


@given(st.lists(FRAMES, max_size=6), st.data())
def test_frames_survive_in_any_pieces(frames, data):
    whole = b"".join(map(bytes, frames))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    reader = FrameReader()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += reader.receive(whole[start:end])
    assert found == frames
    assert reader.waiting == 0


@given(FRAMES)
def test_a_cut_frame_is_waited_for(frame):
    data = bytes(frame)
    assert all(read_frame(data[:size]) is None for size in range(len(data)))
    assert read_frame(data + b"\x0a") == (frame, len(data))


@pytest.mark.parametrize("data", [b"\x00", b"\x01", b"\x06\x00\x00", b"\x1c\x00\x00\x00", b"\x30abc", b"\x0c\x00\x00"])
def test_other_frames_are_refused(data):
    with pytest.raises(FrameError, match="none that an application sends"):
        list(FrameReader().receive(data))


def test_a_frame_that_would_be_too_long_is_refused_at_once():
    head = varint(0x0A) + varint(0) + varint(LONGEST_FRAME + 1)
    with pytest.raises(FrameError, match="are the limit"):
        read_frame(head)


@pytest.mark.parametrize(  # RFC 9000 A.1
    ("text", "value"),
    [("c2197c5eff14e88c", 151_288_809_941_952_652), ("9d7f3e7d", 494_878_333), ("7bbd", 15_293), ("25", 37)],
)
def test_numbers_of_the_rfc(text, value):
    data = bytes.fromhex(text)
    assert varint(value) == data
    assert read_varint(data) == (value, len(data))


def test_a_longer_encoding_reads_the_same():
    assert read_varint(bytes.fromhex("4025")) == (37, 2)  # RFC 9000 A.1


@pytest.mark.parametrize("value", [-1, 1 << 62])
def test_a_number_out_of_range_is_refused(value):
    with pytest.raises(ValueError, match="does not fit"):
        varint(value)

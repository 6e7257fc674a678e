"""Invariant: a framer's answer about the first message does not depend on what follows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import MAX_FRAME, FrameError, Framer, datagram, delimited, length_prefixed


def test_length_prefixed():
    frame = length_prefixed(2)
    assert [frame(data) for data in (b"", b"\0", b"\0\3", b"\0\3ab", b"\0\3abc", b"\0\3abcd", b"\0\0")] == [
        None,
        None,
        None,
        None,
        5,
        5,
        2,
    ]


def test_the_length_may_lie_anywhere_and_count_from_anywhere():
    frame = length_prefixed(3, at=1, counts_from=0, byteorder="little")
    assert frame(b"x\x06\0\0ab") == 6
    assert frame(b"x\x06\0\0a") is None
    with pytest.raises(FrameError, match="a frame of 3 bytes, outside 4"):
        frame(b"x\x03\0\0")


def test_length_prefixed_refuses_what_nobody_sends():
    with pytest.raises(FrameError, match=rf"outside 4\.\.{MAX_FRAME}"):
        length_prefixed(4)(b"\xff\xff\xff\xff")
    with pytest.raises(FrameError, match=r"a frame of 11 bytes, outside 1\.\.10"):
        length_prefixed(1, longest=10)(b"\x0a")


def test_length_prefixed_knows_the_total_before_the_bytes_are_there():
    frame = length_prefixed(2, at=1)
    assert frame.total(b"x\0") is None
    assert frame.total(b"x\1\0") == 259
    assert frame.total(b"x\1\0" + bytes(1000)) == 259
    with pytest.raises(FrameError):
        length_prefixed(2, longest=100).total(b"\1\0")


def test_delimited():
    frame = delimited(b"\r\n", longest=8)
    assert [frame(data) for data in (b"", b"abc", b"abc\r", b"abc\r\n", b"abc\r\ndef\r\n", b"\r\n")] == [
        None,
        None,
        None,
        5,
        5,
        2,
    ]
    with pytest.raises(FrameError, match="no b'\\\\r\\\\n' within 8 bytes"):
        frame(b"abcdefgh")
    with pytest.raises(FrameError):
        frame(b"abcdefg\r\n")
    with pytest.raises(ValueError, match="must not be empty"):
        delimited(b"")


def test_datagram():
    assert datagram(b"") is None
    assert datagram(b"abc") == 3


@given(
    st.sampled_from((length_prefixed(1), length_prefixed(2, at=1, counts_from=0), delimited(b"\n"), delimited(b"ab"))),
    st.binary(max_size=300),
    st.binary(max_size=300),
)
def test_what_follows_does_not_matter(frame: Framer, data: bytes, more: bytes):
    try:
        size = frame(data)
    except FrameError:
        with pytest.raises(FrameError):
            frame(data + more)
        return
    if size is not None:
        assert 0 < size <= len(data)
        assert frame(data + more) == size
        assert frame(data[:size]) == size
        assert frame(data[: size - 1]) is None

"""Where does a frame begin? Sensible headers, and two of them in a row."""

import pytest

from support.http2 import data, frame, raw, settings
from workbench_http2.names import Type
from workbench_http2.resync import find_frames, plausible

PING = frame(Type.PING, opaque=b"12345678")


@pytest.mark.parametrize("good", [PING, settings((3, 1)), data(1, b"abc"), frame(Type.WINDOW_UPDATE, 5, window_size_increment=1)])
def test_sensible_headers(good):
    assert plausible(good) == len(good) - 9


@pytest.mark.parametrize(
    "bad",
    [
        raw(Type.PING, 1, 0, b"12345678"),
        raw(Type.PING, 0, 0, b"1234567"),
        raw(Type.DATA, 0, 0, b""),
        raw(Type.DATA, 1, 0x40, b""),
        raw(Type.DATA, 0x80000001, 0, b""),
        raw(0x0B, 1, 0, b""),
        raw(Type.SETTINGS, 0, 1, b"abcdef"),
        raw(Type.GOAWAY, 0, 0, b"abc"),
        raw(Type.DATA, 1, 0, b"x" * 20_000),
        b"\0" * 8,
    ],
)
def test_others(bad):
    assert plausible(bad) is None


def test_two_frames_are_needed_or_an_end():
    assert find_frames(b"\xff\xff" + PING + PING, 0, ended=False) == (2, True)
    assert find_frames(b"\xff\xff" + PING, 0, ended=False) == (2, False)
    assert find_frames(b"\xff\xff" + PING, 0, ended=True) == (2, True)
    assert find_frames(b"\xff" * 30, 0, ended=True) == (30, False)
    assert find_frames(b"\xff" * 30, 0, ended=False) == (22, False)


def test_candidates_may_overlap():
    hidden = b"\0\0\x10" + PING + PING
    assert find_frames(hidden, 0, ended=True).at == 3

from hypothesis import given
from hypothesis import strategies as st

from support.websocket import MASK, opening
from workbench.api import Confidence, Direction
from workbench_http1.probe import probe as http_probe
from workbench_websocket.frames import build_frame
from workbench_websocket.probe import probe

UP, DOWN = Direction


def test_a_request_that_asks_for_websocket():
    assert probe(opening(), UP) is Confidence.CERTAIN
    assert probe(opening() + build_frame(1, b"x", key=MASK), UP) is Confidence.CERTAIN


def test_it_is_never_surer_than_http():
    """So captures show the handshake as HTTP: between equals the first name wins."""
    assert http_probe(opening(), UP) is Confidence.CERTAIN
    data = opening()
    assert all(probe(data[:size], UP) <= max(http_probe(data[:size], UP), Confidence.NEED_DATA) for size in range(len(data)))


def test_other_requests_are_not_its_own():
    assert probe(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", UP) is Confidence.NO
    assert probe(b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n", UP) is Confidence.NO
    assert probe(b"POST / HTTP/1.1\r\n", UP) is Confidence.NO


def test_unfinished_heads_wait():
    assert probe(b"GET / HTTP/1.1\r\nHost: h\r\n", UP) is Confidence.NEED_DATA


def test_frames_alone_are_not_claimed():
    assert probe(build_frame(1, b"Hello", key=MASK), UP) is Confidence.NO
    assert probe(build_frame(1, b"Hello"), DOWN) is Confidence.NO


@given(st.binary(max_size=100), st.sampled_from(Direction))
def test_nothing_raises(data, direction):
    probe(data, direction)

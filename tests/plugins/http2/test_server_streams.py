"""Streams hand out their pieces in any portions; the past is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.server_streams import REMEMBERED, Past, Stream


@given(st.lists(st.binary(max_size=20), max_size=8), st.integers(1, 7))
def test_portions(pieces, most):
    stream = Stream(1)
    stream.pieces = iter(pieces)
    taken = []
    while stream.peek():
        taken.append(stream.take(most))
    assert b"".join(taken) == b"".join(pieces)
    assert all(0 < len(part) <= most for part in taken)
    assert stream.sent == sum(map(len, pieces))


def test_a_queue_grows_behind_what_was_taken():
    stream = Stream(1)
    stream.queue(b"abc")
    assert stream.take(2) == b"ab"
    stream.queue(b"de")
    assert stream.waiting == 3
    assert stream.take(9) == b"cde"


def test_what_the_head_says():
    stream = Stream(3).ask(((b":method", b"PUT"), (b"content-length", b"12")), {b":method": b"PUT"})
    assert (stream.method, stream.declared, Stream(5).declared) == (b"PUT", 12, None)


def test_the_past_is_bounded():
    past = Past()
    for number in range(1, 2 * REMEMBERED + 3, 2):
        past.add(number, number % 4 == 1)
    assert 1 not in past
    assert 3 in past
    assert past.reset_by_us(5)
    assert not past.reset_by_us(7)
    assert not past.reset_by_us(1)

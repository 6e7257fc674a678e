"""Streams hand out their pieces in any portions; the past is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.server_cutter import Fate
from workbench_http3.server_streams import REMEMBERED, Past, Stream


def stream(number: int = 0) -> Stream:
    return Stream(number, lambda _stream, _kind, _size: Fate.WHOLE)


@given(st.lists(st.binary(max_size=20), max_size=8), st.integers(1, 7))
def test_portions(pieces, most):
    found = stream()
    found.pieces = iter(pieces)
    taken = []
    while found.peek():
        taken.append(found.take(most))
    assert b"".join(taken) == b"".join(pieces)
    assert all(0 < len(part) <= most for part in taken)
    assert found.sent == sum(map(len, pieces))


def test_a_queue_grows_behind_what_was_taken():
    found = stream()
    found.queue(b"abc")
    assert found.take(2) == b"ab"
    found.queue(b"de")
    assert found.waiting == 3
    assert found.take(9) == b"cde"


def test_what_the_head_says():
    found = stream()
    found.ask(((b":method", b"PUT"), (b"content-length", b"12")), {b":method": b"PUT"})
    assert (found.method, found.declared, stream(4).declared) == (b"PUT", 12, None)


def test_the_past_in_any_order():
    past = Past(2)
    past.add(6)
    assert [number in past for number in (2, 6, 10)] == [False, True, False]
    past.add(2)
    past.add(6)
    assert past.floor == 10
    assert 2 in past


def test_the_past_is_bounded():
    past = Past(0)
    for number in range(4, 4 * REMEMBERED + 8, 4):  # stream 0 never ends
        past.add(number)
    assert 0 in past, "a stream that old is given up"
    assert 4 * REMEMBERED + 8 not in past
    assert not past._above

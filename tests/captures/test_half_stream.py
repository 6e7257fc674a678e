"""Sequence arithmetic and bookkeeping of one direction; what conversations make of it is in test_reassembly."""

import pytest

from captures.backlog import Piece
from captures.half_stream import NEVER, OLDEST, HalfStream, Release
from workbench.api import Direction

RELEASE = Release(9, 900)


def half(base: int = 0xFFFFFFF0, history: int = 4) -> HalfStream:
    made = HalfStream(Direction.TO_SERVER, history)
    made.begin(base)
    return made


@pytest.mark.parametrize("distance", [0, 1, 100, (3 << 30) - 1, -1, -OLDEST])
def test_distances_across_the_wrap(distance: int):
    made = half()
    made.offset = 1 << 33
    assert made.distance((made.sequence + distance) & 0xFFFFFFFF) == distance


def test_what_is_older_than_any_window_lies_ahead():
    made = half()
    assert made.distance((made.sequence - OLDEST - 1) & 0xFFFFFFFF) == (1 << 32) - OLDEST - 1


def test_delivering_moves_on_and_remembers_where_the_bytes_are():
    made = half()
    chunk = made.deliver(Piece(0, 3, b"abc", 5, 2), RELEASE)
    assert chunk is not None
    assert (chunk.offset, chunk.data, chunk.packet, chunk.carrier, chunk.time_ns, chunk.gap) == (0, b"abc", 9, 5, 900, 0)
    assert made.sequence == 0xFFFFFFF3
    assert list(made.history) == [(0, 3, 5, 2)]


def test_cut_and_skipped_bytes_are_the_next_chunks_gap():
    made = half()
    assert made.deliver(Piece(0, 4, b"", 5), RELEASE) is None
    made.deliver(Piece(4, 9, b"ab", 6), RELEASE)
    assert made.skip(20) == 11
    chunk = made.deliver(Piece(20, 21, b"z", 7), RELEASE)
    assert chunk is not None
    assert (chunk.gap, made.lost) == (14, 0)


def test_copies_are_compared_with_the_packet_that_delivered():
    packets = {5: b"__abcdef", 6: b"ghi"}
    made = half()
    made.deliver(Piece(0, 6, b"abcdef", 5, 2), RELEASE)
    made.deliver(Piece(6, 9, b"ghi", 6), RELEASE)
    recall = packets.__getitem__
    assert not made.contradicts(Piece(4, 8, b"efgh", 7), recall)
    assert made.contradicts(Piece(4, 8, b"efgX", 7), recall)
    assert made.contradicts(Piece(0, 9, b"a", 7).cut(0, 9), lambda _: b"__XXXXXX")
    assert not made.contradicts(Piece(-3, 1, b"___a", 7), recall)
    assert not made.contradicts(Piece(9, 12, b"new", 7), recall)


def test_only_an_undisturbed_direction_expects_a_number():
    made = HalfStream(Direction.TO_SERVER, 1)
    made.settle()
    assert made.expected == NEVER
    made.begin(7)
    made.settle()
    assert (made.expected, made.alert) == (7, False)
    for attribute, value, alert in (("fin", 3, True), ("stalled", True, True), ("probed", True, False), ("lost", 1, False)):
        made = half(7)
        setattr(made, attribute, value)
        made.settle()
        assert (made.expected, made.alert) == (NEVER, alert)
    made = half(7)
    made.fin, made.ended = 3, True
    made.settle()
    assert (made.expected, made.alert) == (NEVER, False)

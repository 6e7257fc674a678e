"""Invariant: more bytes never turn a NO into something else, nor a YES."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.websocket import MASK
from workbench.api import Direction
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.searching import Belief, believe, find_frame, plausible

UP, DOWN = Direction

CHAIN = b"".join(build_frame(opcode, bytes(size), key=MASK) for opcode, size in ((1, 20), (9, 4), (2, 200), (1, 0)))


def test_a_chain_is_believed():
    assert believe(CHAIN, 0, UP, ended=False) is Belief.YES
    assert believe(CHAIN, 0, DOWN, ended=False) is Belief.NO


def test_frames_are_found_behind_the_rest_of_another_one():
    assert find_frame(b"tail of a text" + CHAIN, 0, UP, ended=False) == (14, Belief.YES)


def test_a_shorter_chain_needs_the_end():
    frame = build_frame(1, b"Hello", key=MASK)
    assert believe(frame, 0, UP, ended=False) is Belief.UNKNOWN
    assert believe(frame, 0, UP, ended=True) is Belief.YES
    assert believe(frame[:-1], 0, UP, ended=True) is Belief.NO


def test_nothing_is_found_in_noise():
    assert find_frame(b"GET / HTTP/1.1" * 10, 0, DOWN, ended=True) == (140, Belief.NO)


@pytest.mark.parametrize(
    "frame",
    [
        build_frame(3, key=MASK),
        build_frame(9, bytes(126), key=MASK),
        build_frame(9, fin=False, key=MASK),
        build_frame(1, rsv=2, key=MASK),
        build_frame(0, rsv=4, key=MASK),
    ],
)
def test_what_nobody_sends(frame):
    assert not plausible(read_head(frame), UP)


@given(st.binary(max_size=60), st.sampled_from(Direction))
def test_more_bytes_do_not_change_a_verdict(data, direction):
    before = Belief.UNKNOWN
    for size in range(1, len(data) + 1):
        now = believe(data[:size], 0, direction, ended=False)
        assert before in (Belief.UNKNOWN, now)
        before = now


@given(st.integers(0, len(CHAIN)))
def test_what_begins_well_is_never_ruled_out(size):
    assert believe(CHAIN[:size], 0, UP, ended=False) is not Belief.NO

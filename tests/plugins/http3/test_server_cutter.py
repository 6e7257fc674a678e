"""Frames come out whole, in pieces or not at all, however their bytes come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.server_cutter import Cutter, Fate, Piece
from workbench_http3.server_frames import build

FATES = {0: Fate.PIECES, 1: Fate.WHOLE}


def cutter() -> Cutter:
    return Cutter(lambda kind, _: FATES.get(kind, Fate.SKIPPED))


def pieces(found: Cutter) -> list[Piece]:
    return list(iter(found.next, None))


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=70)), max_size=6), st.integers(1, 9))
def test_any_cut_gives_the_same(frames, size):
    data = b"".join(build(kind, payload) for kind, payload in frames)
    found = cutter()
    out = []
    for start in range(0, len(data), size):
        found.feed(data[start : start + size])
        out += pieces(found)
    assert [piece for piece in out if piece.type == 1] == [frame for frame in frames if frame[0] == 1]
    assert b"".join(piece.payload for piece in out if piece.type == 0) == b"".join(data for kind, data in frames if kind == 0)
    assert {piece.type for piece in out} <= {0, 1}
    assert (found.inside, found.waiting) == (False, 0)


def test_pieces_as_they_come():
    found = cutter()
    found.feed(build(0, b"abcdef")[:5])
    assert pieces(found) == [(0, b"abc")]
    assert found.inside
    found.feed(b"def")
    assert pieces(found) == [(0, b"def")]
    assert not found.inside


def test_an_empty_frame_is_one_piece():
    found = cutter()
    found.feed(build(0) + build(1) + build(2))
    assert pieces(found) == [(0, b""), (1, b"")]


def test_a_whole_frame_is_waited_for():
    found = cutter()
    found.feed(build(1, b"abcdef")[:-1])
    assert pieces(found) == []
    assert (found.inside, found.waiting) == (True, 5)


def test_what_is_skipped_is_not_kept():
    found = cutter()
    found.feed(build(5, bytes(1_000_000))[:500_000])
    assert pieces(found) == []
    assert (found.waiting, found.inside) == (0, True)


def test_a_frame_that_is_not_admitted():
    class RefusedError(Exception):
        pass

    def refuse(kind, size):
        raise RefusedError(kind, size)

    found = Cutter(refuse)
    found.feed(b"\x07\x40")
    assert found.next() is None
    found.feed(b"\x05")
    with pytest.raises(RefusedError) as caught:
        found.next()
    assert caught.value.args == (7, 5)

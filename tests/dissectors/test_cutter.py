"""Invariant: the pieces of a stream tile it, and are the same however the stream arrived."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dissectors import cutter as cutter_module
from dissectors.cutter import BLOCK, FIRST_WINDOW, SCAN, Cutter, Kind, Piece
from workbench.api import FrameError, Framer, delimited, length_prefixed

MAGIC = b"\xa5"
"""What a frame of `_framed` begins with; `fits` asks for it, as a checksum would be asked for."""


def _framed(*bodies: bytes) -> bytes:
    return b"".join(len(body).to_bytes(2, "big") + MAGIC + body for body in bodies)


FRAME = length_prefixed(2, counts_from=3, longest=40_000)


def _opaque(data: bytes) -> int | None:
    """The same framing from a function that cannot say how much it waits for."""
    return FRAME(data)


def _cut(pieces: Iterable[tuple[int, bytes]], frame: Framer = FRAME, longest: int = 1000) -> list[Piece]:
    """Pieces of a stream that arrives as (lost bytes before, bytes)."""
    cutter = Cutter(frame, lambda candidate: candidate[2:3] == MAGIC, longest)
    found, offset = [], 0
    for gap, data in pieces:
        offset += gap
        found += cutter.receive(offset, data, gap)
        offset += len(data)
    return [*found, *cutter.finish()]


def _short(pieces: list[Piece]) -> list[tuple[Kind, int, int]]:
    return [(piece.kind, piece.start, piece.end) for piece in pieces]


def _assert_tiled(pieces: list[Piece], size: int) -> None:
    assert [piece.start for piece in pieces] == [0, *(piece.end for piece in pieces)][: len(pieces)]
    assert (pieces[-1].end if pieces else 0) == size


STREAMS = st.lists(
    st.one_of(
        st.binary(max_size=20).map(_framed), st.binary(max_size=30), st.just(b"\xff\xff\xff"), st.just(_framed(bytes(1500)))
    ),
    max_size=8,
).map(b"".join)


@settings(max_examples=150, deadline=None)
@given(STREAMS, st.lists(st.integers(1, 40), min_size=1, max_size=30), st.sampled_from((FRAME, _opaque)))
def test_however_the_stream_arrives(data: bytes, sizes: list[int], frame: Framer):
    whole = _cut([(0, data)], frame)
    parts, at = [], 0
    for turn in range(len(data)):
        size = sizes[turn % len(sizes)]
        parts.append((0, data[at : at + size]))
        at += size
    assert _cut(parts, frame) == whole
    _assert_tiled(whole, len(data))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 30), STREAMS), min_size=1, max_size=5))
def test_lost_bytes_leave_no_hole_in_the_tiling(parts: list[tuple[int, bytes]]):
    found = _cut(parts)
    _assert_tiled(found, sum(gap + len(data) for gap, data in parts))
    for piece in found:
        assert len(piece.raw) <= piece.end - piece.start
        assert piece.kind is Kind.FRAME or piece.reason


def test_frames_and_a_cut_off_end():
    data = _framed(b"one", b"two!")
    assert _short(_cut([(0, data[:-1])])) == [(Kind.FRAME, 0, 6), (Kind.PARTIAL, 6, 12)]
    assert _cut([(0, data[:-1])])[1].reason == "the stream ends before the message does"


def test_a_frame_is_given_as_soon_as_it_is_complete():
    cutter = Cutter(FRAME, lambda _: True, 1000)
    data = _framed(b"abc")
    assert list(cutter.receive(0, data[:-1])) == []
    assert [piece.raw for piece in cutter.receive(5, data[-1:])] == [data]


def test_sync_comes_back_with_the_next_frame_that_parses():
    data = b"\xff\xff\xffjunk" + _framed(b"one", b"two")
    found = _cut([(0, data)])
    assert _short(found) == [(Kind.JUNK, 0, 7), (Kind.FRAME, 7, 13), (Kind.FRAME, 13, 19)]
    assert found[0].reason.startswith("no message can begin here: the length field makes a frame of 65538 bytes")


def test_the_search_ends():
    noise = b"\xff" * (SCAN + 10 * BLOCK)
    found = _cut([(0, noise)])
    assert {piece.kind for piece in found} == {Kind.JUNK}
    assert len(found) == 11
    # a frame behind it is not believed any more: this is another protocol
    assert {piece.kind for piece in _cut([(0, noise), (0, _framed(b"one"))])} == {Kind.JUNK}


def test_a_search_where_everything_looks_like_a_frame_gives_up_early():
    asked = 0

    def looks_like_one(data: bytes) -> int | None:
        if data[:3] == b"\xff\xff\xff":
            raise FrameError("no")
        return 200 if len(data) >= 200 else None

    def fits(_: bytes) -> bool:
        nonlocal asked
        asked += 1
        return False

    cutter = Cutter(looks_like_one, fits, 1000)
    list(cutter.receive(0, b"\xff\xff\xff" + bytes(SCAN)))
    assert 0 < asked < SCAN / 10


class Shown:
    """A framer that counts the bytes it is shown and cannot say how much it waits for."""

    def __init__(self, frame: Framer) -> None:
        self.frame = frame
        self.bytes = 0

    def __call__(self, data: bytes) -> int | None:
        self.bytes += len(data)
        return self.frame(data)


def test_a_search_with_a_framer_that_always_wants_more_shows_it_little():
    shown = Shown(lambda data: FRAME(data) if data[:1] == b"\xff" else None)
    found = list(Cutter(shown, lambda _: False, 1 << 24).receive(0, b"\xff\xff\xff" + bytes(2 * SCAN)))
    assert found[0].kind is Kind.JUNK
    assert shown.bytes <= (SCAN + 2) * FIRST_WINDOW  # not everything that is there, at every offset


def test_a_frame_around_lost_bytes_keeps_sync():
    data = _framed(b"0123456789", b"next")
    found = _cut([(0, data[:6]), (4, data[10:])])
    assert _short(found) == [(Kind.PARTIAL, 0, 13), (Kind.FRAME, 13, 20)]
    assert found[0].raw == data[:6]
    assert found[0].reason == "4 bytes before stream offset 10 were not captured"


def test_lost_bytes_between_frames():
    data = _framed(b"one")
    found = _cut([(0, data), (5, data)])
    assert _short(found) == [(Kind.FRAME, 0, 6), (Kind.JUNK, 6, 11), (Kind.FRAME, 11, 17)]
    assert (found[1].raw, found[1].reason) == (b"", "5 bytes before stream offset 11 were not captured")


def test_lost_bytes_that_swallow_the_next_header():
    data = _framed(b"0123456789", b"next", b"last")
    # the gap ends inside the second frame: the search goes on to the third
    found = _cut([(0, data[:6]), (11, data[17:])])
    assert _short(found) == [(Kind.PARTIAL, 0, 17), (Kind.JUNK, 17, 20), (Kind.FRAME, 20, 27)]


def test_a_stream_that_begins_with_lost_bytes():
    assert _short(_cut([(100, _framed(b"one"))])) == [(Kind.JUNK, 0, 100), (Kind.FRAME, 100, 106)]


def test_a_frame_that_is_too_long_is_cut_and_skipped():
    data = _framed(bytes(1500), b"next")
    found = _cut([(0, data)], longest=1000)
    assert _short(found) == [(Kind.PARTIAL, 0, 1503), (Kind.FRAME, 1503, 1510)]
    assert found[0].raw == data[:1000]
    assert found[0].reason == "the message is longer than 1000 bytes; the rest was not kept"


def test_a_frame_that_is_too_long_and_whose_end_nobody_knows():
    data = _framed(bytes(1500), b"next")
    found = _cut([(0, data)], _opaque, longest=1000)
    assert found[0][:3] == (Kind.PARTIAL, 0, 1000)
    assert found[-1][:3] == (Kind.FRAME, 1503, 1510)


def test_given_up_bytes_come_in_blocks():
    cutter = Cutter(FRAME, lambda _: True, 1000)
    cutter.give_up("enough")
    found = [piece for at in range(0, 2 * BLOCK + 5, 7) for piece in cutter.receive(at, bytes(min(7, 2 * BLOCK + 5 - at)))]
    found += cutter.finish()
    assert _short(found) == [(Kind.JUNK, 0, BLOCK), (Kind.JUNK, BLOCK, 2 * BLOCK), (Kind.JUNK, 2 * BLOCK, 2 * BLOCK + 5)]
    assert {piece.reason for piece in found} == {"enough"}


def test_delimited_frames():
    data = b"one\r\ntwo\r\nrest"
    assert [(piece.kind, piece.raw) for piece in _cut([(0, data)], delimited(b"\r\n"))] == [
        (Kind.FRAME, b"one\r\n"),
        (Kind.FRAME, b"two\r\n"),
        (Kind.PARTIAL, b"rest"),
    ]


@pytest.mark.parametrize("answer", [0, -1, 100])
def test_a_framer_that_answers_nonsense_is_a_bug(answer: int):
    with pytest.raises(ValueError, match="the framer made a frame"):
        _cut([(0, b"abc")], lambda _: answer)


def test_a_large_frame_byte_by_byte_is_shown_a_bounded_number_of_times(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cutter_module, "EAGER", 4096)
    body = bytes(100_000)
    data = len(body).to_bytes(4, "big") + body

    def cut(framer: Framer) -> None:
        cutter = Cutter(framer, lambda _: True, 1 << 24)
        found = [piece for at in range(len(data)) for piece in cutter.receive(at, data[at : at + 1])]
        assert [len(piece.raw) for piece in [*found, *cutter.settle()]] == [len(data)]

    frame = length_prefixed(4)
    silent, telling = Shown(frame), Shown(frame)
    telling.total = frame.total
    cut(silent)
    cut(telling)
    # asked at every byte up to EAGER, then rarely; the one that tells is asked once its frame is there
    assert silent.bytes < 4096 * 4096 + 100 * len(data)
    assert telling.bytes < 10 * len(data)


def test_hesitation_is_only_for_framers_that_cannot_say_how_much_they_wait_for():
    body = bytes(100_000)
    data = len(body).to_bytes(4, "big") + body
    frame = length_prefixed(4)

    def silent(bytes_so_far: bytes) -> int | None:
        return frame(bytes_so_far)

    for framer, expected in ((frame, False), (silent, True)):
        cutter = Cutter(framer, lambda _: True, 1 << 24)
        list(cutter.receive(0, data[:-1]))
        assert cutter.hesitates is expected
        list(cutter.receive(len(data) - 1, data[-1:]))
        assert not cutter.hesitates or [piece.kind for piece in cutter.settle()] == [Kind.FRAME]


def test_frame_errors_are_the_framers_words():
    def never(_: bytes) -> int | None:
        raise FrameError("not mine")

    assert _cut([(0, b"abc")], never)[0].reason == "no message can begin here: not mine"

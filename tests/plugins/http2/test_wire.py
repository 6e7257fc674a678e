"""Cutting a direction into pieces: however bytes arrive, whatever was lost."""

from hypothesis import given
from hypothesis import strategies as st

from support.http2 import data, frame, raw, settings
from workbench_http2.limits import MAX_JUNK
from workbench_http2.names import PREFACE, Type
from workbench_http2.wire import Kind, Wire

PING = frame(Type.PING, opaque=b"12345678")


def cut(*parts, keep=1 << 24, size=0):
    wire = Wire(keep)
    wire.begin(0)
    found = []
    for part in parts:
        if isinstance(part, int):
            found += wire.lose(part)
            continue
        for start in range(0, len(part), size or len(part) or 1):
            wire.add(part[start : start + (size or len(part))])
            found += wire.pieces()
    return [*found, *wire.finish()]


def shown(found):
    return [(piece.kind.value, piece.start, piece.end, len(piece.raw), piece.lost) for piece in found]


def test_preface_and_frames():
    assert shown(cut(PREFACE + settings() + PING)) == [
        ("preface", 0, 24, 24, 0),
        ("frame", 24, 33, 9, 0),
        ("frame", 33, 50, 17, 0),
    ]


def test_a_frame_is_given_as_soon_as_it_is_complete():
    wire = Wire(1000)
    wire.add(settings())
    assert shown(wire.pieces()) == [("frame", 0, 9, 9, 0)]


def test_a_frame_that_breaks_off():
    assert shown(cut(settings() + PING[:-3])) == [("frame", 0, 9, 9, 0), ("frame", 9, 23, 14, 0)]
    assert shown(cut(settings() + PING[:5])) == [("frame", 0, 9, 9, 0), ("junk", 9, 14, 5, 0)]


def test_a_long_frame_loses_its_end():
    long = data(1, b"x" * 1000)
    assert shown(cut(settings() + long + PING, keep=100)) == [
        ("frame", 0, 9, 9, 0),
        ("frame", 9, 1018, 100, 0),
        ("frame", 1018, 1035, 17, 0),
    ]


def test_a_loss_inside_a_payload_leaves_the_next_frame_where_it_is():
    long = data(1, b"x" * 1000)
    assert shown(cut(settings() + long[:200], 300, long[500:] + PING)) == [
        ("frame", 0, 9, 9, 0),
        ("frame", 9, 1018, 200, 300),
        ("frame", 1018, 1035, 17, 0),
    ]


def test_behind_a_lost_header_frames_are_found_again():
    rest = b"\xff" * 50 + PING * 3
    assert shown(cut(settings() + PING[:4], 100, rest)) == [
        ("frame", 0, 9, 9, 0),
        ("junk", 9, 113, 4, 100),
        ("junk", 113, 163, 50, 0),
        ("frame", 163, 180, 17, 0),
        ("frame", 180, 197, 17, 0),
        ("frame", 197, 214, 17, 0),
    ]


def test_a_wrong_guess_is_taken_back():
    wrong = raw(Type.PING, 0, 0, b"12345678") * 2 + b"\xee" * 40
    found = cut(b"\xff" * 20 + wrong + PING * 2)
    assert [piece.kind for piece in found] == [Kind.JUNK, Kind.FRAME, Kind.FRAME, Kind.JUNK, Kind.FRAME, Kind.FRAME]


def test_junk_comes_in_runs():
    found = cut(b"\xff" * (2 * MAX_JUNK + 10))
    assert [len(piece.raw) for piece in found] == [MAX_JUNK, MAX_JUNK, 10]


PARTS = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.builds(lambda content: data(1, content), st.binary(max_size=50)),
        st.just(PING),
        st.just(settings()),
        st.integers(1, 60),
    ),
    max_size=12,
)


@given(st.sampled_from([b"", PREFACE, settings()]), PARTS, st.integers(1, 30), st.sampled_from([12, 40, 1 << 20]))
def test_equal_bytes_give_equal_pieces_without_holes(begin, parts, size, keep):
    whole = cut(begin, *parts, keep=keep)
    assert cut(begin, *parts, keep=keep, size=size) == whole
    at = 0
    for piece in whole:
        assert piece.start == at
        assert len(piece.raw) + piece.lost <= piece.end - piece.start
        at = piece.end
    assert at == len(begin) + sum(part if isinstance(part, int) else len(part) for part in parts)

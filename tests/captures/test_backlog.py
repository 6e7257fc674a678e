"""The first bytes to arrive win; whatever the order and the overlaps, what comes out is ascending, whole and not repeated."""

from hypothesis import given, settings
from hypothesis import strategies as st

from captures.backlog import PIECE_COST, Backlog, Piece


def piece(offset: int, data: bytes, packet: int = 1) -> Piece:
    return Piece(offset, offset + len(data), data, packet)


def test_a_run_is_taken_up_to_the_next_hole():
    backlog = Backlog()
    for part in (piece(10, b"cd", 3), piece(12, b"ef", 2), piece(20, b"zz", 1)):
        assert backlog.insert(part) == (2, False)
    assert backlog.take(9) == []
    assert backlog.take(10) == [piece(10, b"cd", 3), piece(12, b"ef", 2)]
    assert backlog.pieces == [piece(20, b"zz", 1)]
    assert backlog.bytes == 2
    assert backlog.cost == 2 + PIECE_COST


def test_the_first_copy_wins_and_a_difference_is_told():
    backlog = Backlog()
    assert backlog.insert(piece(4, b"XYZ", 1)) == (3, False)
    assert backlog.insert(piece(2, b"abXYcdef", 2)) == (5, True)
    assert [(part.offset, part.data, part.packet, part.skip) for part in backlog.take(2)] == [
        (2, b"ab", 2, 0),
        (4, b"XYZ", 1, 0),
        (7, b"def", 2, 5),
    ]


def test_an_equal_copy_adds_nothing():
    backlog = Backlog()
    backlog.insert(piece(0, b"same"))
    assert backlog.insert(piece(1, b"am", 2)) == (0, False)
    assert backlog.bytes == 4


def test_a_cut_piece_keeps_its_length_on_the_wire():
    backlog = Backlog()
    backlog.insert(Piece(0, 10, b"abc", 1))
    assert backlog.insert(Piece(2, 12, b"c", 2)) == (2, False)
    assert backlog.take(0) == [Piece(0, 10, b"abc", 1), Piece(10, 12, b"", 2, 8)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.binary(min_size=1, max_size=12)), max_size=20))
def test_equals_an_array_where_each_byte_is_written_once(parts):
    backlog, model = Backlog(), {}
    for packet, (offset, data) in enumerate(parts):
        fresh = [(offset + i, byte) for i, byte in enumerate(data) if offset + i not in model]
        differs = any(model.get(offset + i, byte) != byte for i, byte in enumerate(data))
        model.update(fresh)
        assert backlog.insert(piece(offset, data, packet)) == (len(fresh), differs)
    assert backlog.bytes == len(model)
    held = {held.offset + i: byte for held in backlog.pieces for i, byte in enumerate(held.data)}
    assert held == model
    ends = [0] + [held.end for held in backlog.pieces]
    assert all(end <= held.offset for end, held in zip(ends, backlog.pieces, strict=False))

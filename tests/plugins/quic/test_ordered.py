"""Pieces in any order become the bytes they were cut from; what never comes is a gap, what waits stays within the limit."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_quic.ordered import PIECE_COST, OrderedBytes, Run

ROOM = 1 << 20


def told(runs: list[Run]) -> list[tuple[int, bytes]]:
    """Offset and bytes of each run, from offset 0."""
    at, found = 0, []
    for run in runs:
        at += run.gap
        found.append((at, run.data))
        at += len(run.data)
    return found


class TestInOrder:
    def test_what_comes_next_is_given_at_once(self) -> None:
        stream = OrderedBytes(ROOM)
        assert stream.add(0, b"abc").runs == (Run(0, b"abc"),)
        assert stream.add(3, b"def").runs == (Run(0, b"def"),)
        assert stream.next == 6

    def test_the_end_is_told_once(self) -> None:
        stream = OrderedBytes(ROOM)
        assert stream.add(0, b"abc", True).runs == (Run(0, b"abc", True),)
        assert stream.add(0, b"abc", True).runs == ()
        assert stream.ended

    def test_the_end_may_come_alone(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(0, b"abc")
        assert stream.add(3, b"", True).runs == (Run(0, b"", True),)

    def test_an_empty_piece_is_nothing(self) -> None:
        assert OrderedBytes(ROOM).add(0, b"").runs == ()


class TestOutOfOrder:
    def test_bytes_wait_for_those_before_them(self) -> None:
        stream = OrderedBytes(ROOM)
        assert stream.add(3, b"def").runs == ()
        assert stream.holes == 1
        assert stream.add(0, b"abc").runs == (Run(0, b"abcdef"),)
        assert stream.cost == 0

    def test_the_end_waits_too(self) -> None:
        stream = OrderedBytes(ROOM)
        assert stream.add(3, b"def", True).runs == ()
        assert stream.add(0, b"abc").runs == (Run(0, b"abcdef", True),)


class TestOverlaps:
    def test_the_first_bytes_count(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(2, b"cd")
        added = stream.add(0, b"abXYef")
        assert added.runs == (Run(0, b"abcdef"),)
        assert (added.repeated, added.conflict) == (2, 2)

    def test_a_contradiction_to_bytes_already_given_is_seen(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(0, b"abcdef")
        assert stream.add(2, b"cXe").conflict == 3
        assert stream.add(2, b"cde").conflict == -1

    def test_equal_bytes_are_only_repeated(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(5, b"fgh")
        added = stream.add(6, b"gh")
        assert (added.repeated, added.conflict, added.runs) == (2, -1, ())

    def test_a_piece_may_span_several_others(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(2, b"c")
        stream.add(4, b"e")
        stream.add(6, b"g")
        added = stream.add(1, b"bcdefgh")
        assert (added.repeated, added.runs) == (3, ())
        assert stream.add(0, b"a").runs == (Run(0, b"abcdefgh"),)

    def test_long_ago_is_forgotten(self) -> None:
        stream = OrderedBytes(ROOM)
        for offset in range(0, 200_000, 1000):
            stream.add(offset, bytes(1000))
        added = stream.add(0, b"x" * 1000)
        assert (added.repeated, added.conflict) == (1000, -1)


class TestEnds:
    def test_bytes_behind_the_end_are_left_out(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(0, b"abc", True)
        assert stream.add(0, b"abcdef").runs == ()

    def test_an_end_before_bytes_that_came_is_not_believed(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(0, b"abcdef")
        assert stream.add(0, b"abc", True).runs == ()
        assert stream.end is None


class TestLimits:
    def test_the_first_hole_is_given_up_when_too_much_waits(self) -> None:
        stream = OrderedBytes(2 * PIECE_COST + 10)
        stream.add(10, b"klm")
        stream.add(20, b"uvw")
        assert stream.add(30, b"456").runs == (Run(10, b"klm"),)
        assert stream.next == 13

    def test_or_in_too_many_pieces(self) -> None:
        stream = OrderedBytes(ROOM, pieces=2)
        stream.add(10, b"a")
        stream.add(20, b"b")
        assert stream.add(30, b"c").runs == (Run(10, b"a"),)
        assert stream.holes == 2

    def test_skip_gives_up_one_hole(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(5, b"fg")
        stream.add(9, b"jk", True)
        assert stream.skip().runs == (Run(5, b"fg"),)
        assert stream.skip().runs == (Run(2, b"jk", True),)
        assert stream.skip().runs == ()

    def test_finish_gives_all_that_waits(self) -> None:
        stream = OrderedBytes(ROOM)
        stream.add(5, b"fg")
        stream.add(9, b"jk")
        assert stream.finish().runs == (Run(5, b"fg"), Run(2, b"jk"))

    def test_holes_of_one_byte_cost_what_they_take(self) -> None:
        stream = OrderedBytes(100 * PIECE_COST)
        for offset in range(1, 10_000, 2):
            stream.add(offset, b"x")
            assert stream.cost <= stream.limit
        assert stream.holes < 100


PIECES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=40)


@given(st.permutations(range(12)), st.integers(0, 3))
def test_any_order_of_overlapping_pieces_gives_the_bytes(order: list[int], overlap: int) -> None:
    whole = bytes(range(48))
    stream = OrderedBytes(ROOM)
    runs: list[Run] = []
    for number in order:
        begin = max(0, 4 * number - overlap)
        added = stream.add(begin, whole[begin : 4 * number + 4], number == 11)
        assert added.conflict == -1
        runs += added.runs
    assert b"".join(run.data for run in runs) == whole
    assert [run.last for run in runs][-1]
    assert not any(run.gap for run in runs)


@given(PIECES, st.integers(0, 6 * PIECE_COST))
def test_what_is_given_is_true_within_any_limit(pieces: list[tuple[int, int]], limit: int) -> None:
    whole = bytes(range(100))
    stream = OrderedBytes(limit)
    runs: list[Run] = []
    sent = set()
    for offset, size in pieces:
        sent.update(range(offset, offset + size))
        runs += stream.add(offset, whole[offset : offset + size]).runs
        assert stream.cost <= limit
    runs += stream.finish().runs
    for at, data in told(runs):
        assert data == whole[at : at + len(data)]
    given_ones = {at + place for at, data in told(runs) for place in range(len(data))}
    assert given_ones <= sent
    if limit >= 6 * PIECE_COST and len(pieces) < 4:  # all of it had room
        assert given_ones == sent


@given(st.lists(st.tuples(st.integers(0, 30), st.binary(max_size=10), st.booleans()), max_size=30))
def test_contradictory_pieces_never_break_it(pieces: list[tuple[int, bytes, bool]]) -> None:
    stream = OrderedBytes(ROOM)
    first: dict[int, int] = {}
    ends = 0
    runs: list[Run] = []
    for offset, data, fin in pieces:
        added = stream.add(offset, data, fin)
        for place, byte in enumerate(data, offset):
            first.setdefault(place, byte)
        runs += added.runs
        ends += sum(run.last for run in added.runs)
    runs += stream.finish().runs
    assert ends <= 1
    for at, data in told(runs):
        assert all(first[place] == byte for place, byte in enumerate(data, at))

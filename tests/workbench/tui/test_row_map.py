import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.row_map import RowMap


def test_without_a_filter_rows_are_packets():
    rows = RowMap(total=10)
    assert len(rows) == 10
    assert rows.number(0) == 1
    assert rows.row(10) == 9
    assert rows.row(99) == 9
    assert rows.numbers(8, 20) == [9, 10]


def test_a_filter_that_found_nothing_has_no_rows():
    rows = RowMap(filtered=True)
    rows.add(np.array([], dtype=np.int64), 500)
    assert (len(rows), rows.total, rows.row(3)) == (0, 500, -1)


@given(st.sets(st.integers(1, 5000)), st.integers(1, 7))
def test_a_filtered_map_knows_each_packet_it_was_given(numbers: set[int], pieces: int):
    rows = RowMap(filtered=True)
    for piece in np.array_split(np.array(sorted(numbers), dtype=np.int64), pieces):
        rows.add(piece, 5000)
    assert rows.numbers(0, len(rows)) == sorted(numbers)
    for number in numbers:
        assert rows.number(rows.row(number)) == number


def test_a_hidden_packet_leads_to_the_next_shown_one():
    rows = RowMap(filtered=True)
    rows.add(np.array([10, 20, 30], dtype=np.int64), 40)
    assert rows.number(rows.row(11)) == 20
    assert rows.number(rows.row(31)) == 30

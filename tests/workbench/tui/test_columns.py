from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.columns import Column, arrange

COLUMNS = (Column("a", 3, 5), Column("b", 4, 4, rank=2), Column("c", 6, 0), Column("d", 5, 9, rank=1))


@given(st.integers(30, 300))
def test_columns_fill_the_width(width: int):
    placed = arrange(COLUMNS, width)
    assert sum(each.width for each in placed) + len(placed) - 1 == width


@given(st.integers(0, 40))
def test_columns_never_get_less_than_they_need(width: int):
    assert all(each.width >= each.column.least for each in arrange(COLUMNS, width))


def test_the_least_important_columns_go_first():
    assert [each.column.name for each in arrange(COLUMNS, 21)] == ["a", "b", "c", "d"]
    assert [each.column.name for each in arrange(COLUMNS, 20)] == ["a", "c", "d"]
    assert [each.column.name for each in arrange(COLUMNS, 12)] == ["a", "c"]


def test_what_must_stay_stays():
    assert [each.column.name for each in arrange(COLUMNS, 1)] == ["a", "c"]

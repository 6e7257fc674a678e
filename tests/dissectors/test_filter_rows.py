import numpy as np

from dissectors.filter_rows import BLOCK, Rows


class Growing(list):
    """An index of which only the length counts."""


def test_neighbours_are_answered_together():
    asked = []

    def even(index, start, stop):
        asked.append((start, stop))
        return np.arange(start, stop) % 2 == 0

    index = Growing(range(BLOCK + 10))
    rows = Rows(index)  # type: ignore[arg-type]
    assert [rows.answer(row, even) for row in (0, 1, 2, BLOCK + 1, BLOCK)] == [True, False, True, BLOCK % 2 == 1, BLOCK % 2 == 0]
    assert asked == [(0, BLOCK), (BLOCK, BLOCK + 10)]


def test_rows_that_come_later_are_asked_for_anew():
    index = Growing(range(3))
    rows = Rows(index)  # type: ignore[arg-type]

    def term(_, start, stop):
        return np.arange(start, stop) >= 0

    assert rows.answer(2, term)
    index.append(3)
    assert rows.answer(3, term)

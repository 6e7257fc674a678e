import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_questions import Plain
from dissectors.filter_tables import LONGEST_KEPT, FieldTable
from dissectors.filter_view import Found

ENTRIES = st.lists(st.tuples(st.integers(1, 6), st.one_of(st.none(), st.integers(0, 3), st.sampled_from("ab"))), max_size=20)


def _odd(found: Found) -> bool:
    return found.value in (1, 3, "a")


@given(ENTRIES, st.sampled_from(("any", "all", "none", "other")))
def test_a_table_answers_what_its_values_say(entries, mode):
    table = FieldTable()
    for packet, value in entries:
        table.add(packet, "x", value, "")
    told = table.answer(Plain(("x", "nothing"), _odd, mode), 6).tolist()
    for packet in range(1, 7):
        passing = [_odd(Found(value)) for number, value in entries if number == packet and value is not None]
        wanted = {"any": any(passing), "all": bool(passing) and all(passing), "none": bool(passing) and not any(passing)}
        assert told[packet - 1] == wanted.get(mode, not all(passing))
    there = table.answer(Plain(("x",), None, "any"), 6).tolist()
    assert there == [any(number == packet for number, _ in entries) for packet in range(1, 7)]


def test_equal_numbers_of_other_types_are_other_values():
    table = FieldTable()
    for value in (True, 1, 1.0):
        table.add(1, "x", value, "")
    kinds = []
    table.answer(Plain(("x",), lambda found: bool(kinds.append(type(found.value))), "any"), 1)
    assert kinds == [bool, int, float]


def test_long_values_are_not_kept_and_that_is_known():
    table, plain = FieldTable(), Plain(("x",), None, "any")
    table.add(1, "x", "short", "")
    assert table.knows(plain)
    table.add(2, "x", "l" * (LONGEST_KEPT + 1), "")
    assert not table.knows(plain)
    table.add(3, "x", "short", "")
    assert not table.knows(plain)
    assert list(table.names()) == ["x"]


def test_a_full_table_keeps_nothing():
    table = FieldTable(limit=2_000)
    for packet in range(1, 50):
        table.add(packet, "x", packet, "")
    assert table.full
    assert not table.knows(Plain(("y",), None, "any"))
    assert table.bytes < 2_000


def test_what_is_read_again_is_forgotten_first():
    table, plain = FieldTable(), Plain(("x",), None, "any")
    for packet in (1, 2, 2, 3):
        table.add(packet, "x", packet, "")
    table.forget(np.array([False, True, False]))
    assert table.answer(plain, 3).tolist() == [True, False, True]


@pytest.mark.parametrize("rows", [0, 1])
def test_packets_beyond_the_rows_asked_for_do_not_count(rows):
    table = FieldTable()
    table.add(5, "x", 1, "")
    assert table.answer(Plain(("x",), None, "any"), rows).tolist() == [False] * rows

"""Ranges of packet numbers say what a set of numbers says."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_quic import acks
from workbench_quic.acks import PacketNumbers

RANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)), max_size=30)


@given(RANGES, st.integers(0, 60), st.integers(0, 20))
def test_says_what_a_set_says(ranges: list[tuple[int, int]], low: int, size: int):
    numbers, model = PacketNumbers(), set()
    for start, more in ranges:
        numbers.add_range(start, start + more)
        model |= set(range(start, start + more + 1))
    for number in range(75):
        assert (number in numbers) == (number in model)
    assert numbers.largest == max(model, default=-1)
    assert numbers.whole == (model == set(range(len(model))) and bool(model))
    missing = [number for first, last in numbers.missing(low, low + size) for number in range(first, last + 1)]
    assert missing == [number for number in range(low, low + size + 1) if number not in model]


@given(st.lists(st.integers(0, 40)))
def test_new_numbers_are_told_from_known_ones(sequence: list[int]):
    numbers, model = PacketNumbers(), set()
    for number in sequence:
        assert numbers.add(number) == (number not in model)
        model.add(number)


def test_neighbours_become_one_range():
    numbers = PacketNumbers()
    for number in (0, 2, 1):
        numbers.add(number)
    assert len(numbers) == 1
    assert numbers.whole


def test_old_holes_count_as_filled():
    numbers = PacketNumbers()
    for number in range(0, 4 * acks.MOST_KEPT, 2):
        numbers.add(number)
    assert len(numbers) == acks.MOST_KEPT
    assert 1 in numbers
    assert 4 * acks.MOST_KEPT - 3 not in numbers


def test_a_number_that_is_awaited():
    numbers = PacketNumbers()
    assert numbers.awaits(0)
    assert not numbers.awaits(1)
    numbers.add(7)
    assert [number for number in range(10) if numbers.awaits(number)] == [8]


def test_numbers_that_follow():
    numbers = PacketNumbers()
    assert not numbers.follow(0), "there is none before it"
    numbers.add(7)
    assert [numbers.follow(number) for number in (7, 8, 10, 9)] == [False, True, False, True]
    assert (numbers.largest, len(numbers)) == (9, 1)

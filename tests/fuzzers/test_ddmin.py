from hypothesis import given
from hypothesis import strategies as st

from fuzzers.ddmin import ddmin, skimmed


@given(st.sets(st.integers(0, 39), max_size=5))
def test_finds_exactly_what_is_needed(needed: set[int]):
    assert ddmin(range(40), lambda kept: needed <= set(kept)) == sorted(needed)


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 40))
def test_the_result_is_one_minimal(items: list[int], least: int):
    def test(kept: list[int]) -> bool:
        return sum(kept) >= least

    if not test(items):
        return
    kept = ddmin(items, test)
    assert test(kept)
    assert not any(test(kept[:place] + kept[place + 1 :]) for place in range(len(kept)))


def test_a_40_message_case_with_three_culprits_takes_few_tries():
    tries = 0

    def test(kept: list[int]) -> bool:
        nonlocal tries
        tries += 1
        return {10, 22, 35} <= set(kept)

    assert ddmin(range(40), test) == [10, 22, 35]
    assert tries < 120


def test_a_test_that_gives_up_ends_the_search():
    left = 5

    def test(kept: list[int]) -> bool:
        nonlocal left
        left -= 1
        return left >= 0 and 7 in kept

    kept = ddmin(range(64), test)
    assert 7 in kept
    assert len(kept) < 64


def test_empty_and_single():
    assert ddmin([], lambda _: True) == []
    assert ddmin([1], lambda _: True) == []
    assert ddmin([1], bool) == [1]


@given(st.sets(st.integers(0, 38), max_size=5))
def test_skimming_keeps_what_the_last_one_needs(needed: set[int]):
    assert skimmed(range(40), lambda kept: needed <= set(kept)) == [*sorted(needed), 39]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 40))
def test_what_was_skimmed_holds(items: list[int], least: int):
    if sum(items) >= least:
        kept = skimmed(items, lambda kept: sum(kept) >= least)
        assert sum(kept) >= least
        assert kept[-1] == items[-1]


def test_skimming_meets_few_that_hold():
    held = 0

    def test(kept: list[int]) -> bool:
        nonlocal held
        holds = {10, 22, 39} <= set(kept)
        held += holds
        return holds

    assert skimmed(range(40), test) == [10, 22, 39]
    assert held <= 6


def test_skimming_nothing():
    assert skimmed([], lambda _: True) == []
    assert skimmed([1], lambda _: False) == [1]

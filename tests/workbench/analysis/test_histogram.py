from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.histogram import MOST_BITS, PRECISION_BITS, Histogram

SHARES = (1, 25, 50, 90, 99, 99.9, 100)


def exact(ascending: list[int], share: float) -> int:
    """The smallest value that so many percent of the values do not exceed, counted in tenths of a percent."""
    return ascending[max(1, -(-len(ascending) * round(share * 10) // 1000)) - 1]


@given(st.lists(st.integers(0, 1 << 40) | st.integers(0, 3_000), min_size=1, max_size=300))
def test_percentiles_are_exact_to_one_part_in_a_thousand(values):
    times = Histogram()
    for value in values:
        times.add(value)
    ascending = sorted(values)
    for share, found in zip(SHARES, times.percentiles(SHARES), strict=True):
        true = exact(ascending, share)
        assert true <= found <= true + (true >> PRECISION_BITS)
        assert times.percentile(share) == found
    assert (times.count, times.total, times.shortest, times.longest) == (len(values), sum(values), min(values), max(values))
    assert sum(count for _, count in times.bars()) == len(values)


def test_small_values_are_exact():
    times = Histogram()
    for value in range(1, 2001):
        times.add(value)
    assert times.percentiles((50, 90, 99, 99.9)) == (1000, 1800, 1980, 1998)


def test_nothing_has_no_percentiles():
    assert Histogram().percentiles((50, 100)) == (0, 0)


def test_clocks_that_went_wrong_cost_nothing():
    times = Histogram()
    times.add(-5)
    times.add(1 << 80)
    assert (times.shortest, times.longest) == (0, (1 << MOST_BITS) - 1)
    assert times.percentile(100) == (1 << MOST_BITS) - 1


@given(st.lists(st.integers(0, (1 << MOST_BITS) - 1), max_size=200))
def test_memory_is_bounded_by_the_precision(values):
    times = Histogram()
    for value in values:
        times.add(value)
    assert all(0 <= place < (MOST_BITS - PRECISION_BITS + 1) << PRECISION_BITS for place in times._counters)

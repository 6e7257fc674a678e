from random import Random

import pytest

from workbench.analysis.histogram import Histogram
from workbench.analysis.significance import percentile_differs, share_differs


def times(values):
    histogram = Histogram()
    for value in values:
        histogram.add(int(value))
    return histogram


@pytest.mark.parametrize(
    ("old", "old_samples", "new", "new_samples", "differs"),
    [
        (0.1, 1000, 0.2, 1000, True),
        (0.1, 1000, 0.11, 1000, False),  # less than two points
        (0.1, 30, 0.2, 30, False),  # too few to tell
        (0.0, 19, 1.0, 19, False),
        (0.0, 20, 1.0, 20, True),
        (0.5, 10**9, 0.515, 10**9, False),
        (0.0, 100, 0.0, 100, False),
        (1.0, 100, 1.0, 100, False),
    ],
)
def test_shares(old, old_samples, new, new_samples, differs):
    assert share_differs(old, old_samples, new, new_samples) is differs
    assert share_differs(new, new_samples, old, old_samples) is differs


def test_the_same_distribution_is_no_change_and_a_slower_one_is():
    random = Random(7)
    base = times(random.lognormvariate(14, 0.5) for _ in range(2000))
    again = times(random.lognormvariate(14, 0.5) for _ in range(2000))
    slower = times(random.lognormvariate(14.7, 0.5) for _ in range(2000))
    for share in (50, 90, 99):
        assert not percentile_differs(base, again, share)
        assert percentile_differs(base, slower, share)
        assert percentile_differs(slower, base, share)


def test_a_rare_percentile_needs_many_values():
    few, slow = times([1000] * 100), times([1000] * 95 + [9000] * 5)
    assert not percentile_differs(few, slow, 99.9)
    assert not percentile_differs(times([1] * 10), times([1000] * 10), 50)

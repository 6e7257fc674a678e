from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.parts import Series
from workbench.reporting.thinning import spread, thinned

NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=400)


@given(NUMBERS, st.integers(2, 60))
def test_thinning_keeps_the_extremes_and_the_order(values, most):
    series = Series("s", tuple(map(float, range(len(values)))), tuple(values))
    found = thinned(series, most)
    assert (min(found.y), max(found.y)) == (min(values), max(values))
    assert list(found.x) == sorted(found.x)
    assert len(found.x) <= max(most, 2) + 2
    assert set(zip(found.x, found.y, strict=True)) <= set(zip(series.x, series.y, strict=True))


@given(NUMBERS, st.integers(1, 50))
def test_every_span_has_its_largest_value(values, width):
    series = Series("s", tuple(map(float, range(len(values)))), tuple(values))
    found = spread(series, 0.0, float(len(values)), width)
    assert max(value for value in found if value is not None) == max(values)
    assert len(found) == width


def test_one_moment_is_one_span():
    assert spread(Series("s", (5.0,), (2.0,)), 5.0, 5.0, 3) == [2.0, None, None]

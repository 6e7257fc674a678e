import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reporting.scale import Scale, ticks


def test_values_become_pixels():
    scale = Scale(0, 10, 100, 200)
    assert [scale(value) for value in (0, 5, 10)] == [100, 150, 200]
    assert Scale(3, 3, 100, 200)(3) == 100


@pytest.mark.parametrize(("low", "high", "found"), [(0, 10, [0, 2, 4, 6, 8, 10]), (0, 0.7, [0, 0.2, 0.4, 0.6]), (7, 7, [7])])
def test_ticks_are_round(low, high, found):
    assert list(ticks(low, high, 5)) == pytest.approx(found)


@given(st.floats(-1e12, 1e12), st.floats(1e-3, 1e12), st.integers(1, 12))
def test_ticks_lie_inside_and_are_not_many(low, width, about):
    found = list(ticks(low, low + width, about))
    slack = width * 1e-6 + abs(low) * 1e-9
    assert all(low - slack <= value <= low + width + slack for value in found)
    assert len(found) <= about + 2

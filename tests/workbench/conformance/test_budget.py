import math

import pytest

from workbench.conformance.budget import UNLIMITED, Budget, OutOfTimeError


def test_time_runs_out():
    now = [100.0]
    budget = Budget.of(5, lambda: now[0])
    assert budget.left() == 5
    now[0] = 104.5
    assert budget.left() == 0.5
    now[0] = 105.0
    with pytest.raises(OutOfTimeError):
        budget.left()


def test_without_a_limit():
    assert UNLIMITED.left() == math.inf

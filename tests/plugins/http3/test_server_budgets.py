"""Buckets run out, each by itself, and fill with time."""

import pytest

from workbench_http3.server_budgets import ALLOWANCES, Budgets
from workbench_http3.server_faults import ConnectionFault
from workbench_http3.server_frames import ErrorCode


def empty(budgets: Budgets, name: str) -> int:
    count = 0
    while budgets.afford(name):
        count += 1
    return count


@pytest.mark.parametrize("name", ALLOWANCES)
def test_each_bucket(name):
    burst, rate = ALLOWANCES[name]
    budgets = Budgets()
    budgets.tick(0)
    assert empty(budgets, name) == burst
    with pytest.raises(ConnectionFault, match=f"too many {name}") as caught:
        budgets.spend(name)
    assert caught.value.code is ErrorCode.H3_EXCESSIVE_LOAD
    budgets.tick(1_000_000_000)
    assert empty(budgets, name) == rate
    budgets.tick(1_000_000_000_000)
    assert empty(budgets, name) == burst, "no more than at the beginning"


def test_buckets_are_apart():
    budgets = Budgets()
    empty(budgets, "resets")
    budgets.spend("datagrams")

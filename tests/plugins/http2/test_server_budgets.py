"""Buckets empty, fill with time, and never overflow."""

import pytest

from workbench_http2.server_budgets import ALLOWANCES, Budgets
from workbench_http2.server_faults import ConnectionFault
from workbench_http2.server_frames import ErrorCode

SECOND = 1_000_000_000


@pytest.mark.parametrize("name", ALLOWANCES)
def test_a_bucket(name):
    burst, rate = ALLOWANCES[name]
    budgets = Budgets()
    budgets.tick(5 * SECOND)
    for _ in range(burst):
        budgets.spend(name)
    with pytest.raises(ConnectionFault, match=f"too many {name}") as caught:
        budgets.spend(name)
    assert caught.value.code is ErrorCode.ENHANCE_YOUR_CALM
    budgets.tick(6 * SECOND)
    for _ in range(rate):
        budgets.spend(name)
    budgets.tick(100_000 * SECOND)
    for _ in range(burst):
        budgets.spend(name)
    with pytest.raises(ConnectionFault):
        budgets.spend(name)


def test_buckets_do_not_know_each_other():
    budgets = Budgets()
    for _ in range(ALLOWANCES["settings"][0]):
        budgets.spend("settings")
    budgets.spend("pings")

"""The promises the defaults make together."""

from workbench.serving.limits import ServingLimits
from workbench.serving.server import _GRACE_S


def test_a_shutdown_takes_less_than_five_seconds():
    limits = ServingLimits()
    assert limits.drain_ns / 1e9 + _GRACE_S < 5
    assert limits.linger_ns + limits.tick_ns < limits.drain_ns


def test_one_slow_reader_costs_more_than_one_read():
    assert ServingLimits().read_size < ServingLimits().buffered

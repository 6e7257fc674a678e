"""A fresh server has counted nothing."""

from dataclasses import asdict

from workbench.serving.counters import Counters


def test_all_totals_start_at_nought():
    assert set(asdict(Counters()).values()) == {0}

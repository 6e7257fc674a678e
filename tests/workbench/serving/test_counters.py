"""A fresh server has counted nothing; facts are counted by kind."""

from dataclasses import asdict

from workbench.serving.counters import MAX_KINDS, Counters


def test_all_totals_start_at_nought():
    assert {value or 0 for value in asdict(Counters()).values()} == {0}


def test_facts_are_counted_by_kind_within_bounds():
    counters = Counters()
    for number in range(2 * MAX_KINDS):
        counters.count(f"kind {number}")
    counters.count("kind 0")
    assert counters.facts["kind 0"] == 2
    assert len(counters.facts) == MAX_KINDS

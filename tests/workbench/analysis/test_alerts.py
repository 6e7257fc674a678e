from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.alerts import Rule, RuleState

SECOND = 10**9


def fired(rule, seconds):
    state = RuleState(rule)
    alerts = (state.match(number, round(moment * SECOND)) for number, moment in enumerate(seconds, 1))
    return [(alert.packet, alert.matches, alert.withheld) for alert in alerts if alert is not None]


def test_enough_within_the_window():
    rule = Rule(name="r", filter="x", at_least=3, within_ns=SECOND)
    assert fired(rule, [0, 0.6, 1.2]) == []
    assert fired(rule, [0, 0.6, 1.0]) == [(3, 3, 0)]
    assert fired(rule, [0, 5, 5.4, 5.8, 6.0]) == [(4, 3, 0)]


def test_each_match_counts_once():
    assert fired(Rule(name="r", filter="x", at_least=2), [0, 1, 2, 3, 4]) == [(2, 2, 0), (4, 2, 0)]
    assert fired(Rule(name="r", filter="x"), [7, 7]) == [(1, 1, 0), (2, 1, 0)]


def test_a_rule_is_quiet_for_a_while_and_says_what_it_kept_back():
    rule = Rule(name="r", filter="x", every_ns=10 * SECOND)
    assert fired(rule, [0, 1, 2, 9.9, 10, 11, 30]) == [(1, 1, 0), (5, 1, 3), (7, 1, 1)]


def test_a_clock_that_was_set_back_silences_nothing():
    assert fired(Rule(name="r", filter="x", every_ns=10 * SECOND), [100, 5]) == [(1, 1, 0), (2, 1, 0)]


@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 5), st.integers(0, 10))
def test_alerts_are_never_more_than_matches_allow(moments, at_least, within):
    rule = Rule(name="r", filter="x", at_least=at_least, within_ns=within * SECOND)
    found = fired(rule, sorted(moments))
    assert len(found) * at_least <= len(moments)
    for packet, matches, _ in found:
        assert matches == at_least
        assert not within or sorted(moments)[packet - 1] - sorted(moments)[packet - at_least] <= within

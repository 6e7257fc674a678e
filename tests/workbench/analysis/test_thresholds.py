import pytest

from workbench.analysis.measurement import QUANTITIES, Measurement
from workbench.analysis.thresholds import BUILT_IN, Threshold, judge, load_thresholds
from workbench.api import Severity, UsageError

RESETS = "tcp.reset_share"


def test_every_quantity_has_levels_that_ascend_and_a_reason():
    assert BUILT_IN.keys() == QUANTITIES.keys()
    for threshold in BUILT_IN.values():
        levels = [level for level in (threshold.note, threshold.warn, threshold.error) if level is not None]
        assert levels
        assert levels == sorted(set(levels))
        assert threshold.reason


@pytest.mark.parametrize(
    ("value", "severity"), [(0.04, None), (0.05, Severity.NOTE), (0.2, Severity.WARN), (0.9, Severity.ERROR)]
)
def test_the_highest_level_that_is_reached_counts(value, severity):
    found = judge([Measurement(RESETS, "", value, 100, 7)])
    assert [anomaly.severity for anomaly in found] == ([severity] if severity is not None else [])


def test_few_samples_say_nothing():
    assert judge([Measurement(RESETS, "", 1.0, 9)]) == ()
    assert judge([Measurement(RESETS, "", 1.0, 10)])


def test_the_most_severe_come_first():
    found = judge([Measurement(RESETS, "", 0.06, 100), Measurement("tls.alert_share", "", 1.0, 1)])
    assert [anomaly.severity for anomaly in found] == [Severity.ERROR, Severity.NOTE]


def test_a_file_changes_levels_and_keeps_the_rest(tmp_path):
    path = tmp_path / "t.toml"
    path.write_text(f'[{RESETS}]\nwarn = 0.5\nnote = false\nat_least = 2\n["tls.alert_share"]\noff = true\n')
    levels = load_thresholds(path)
    built_in = BUILT_IN[RESETS]
    assert levels[RESETS] == Threshold(warn=0.5, error=built_in.error, at_least=2, reason=built_in.reason)
    assert "tls.alert_share" not in levels
    assert levels["dns.failure_share"] == BUILT_IN["dns.failure_share"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[tcp.reset_shar]\nwarn = 1", "Did you mean tcp.reset_share"),
        ("[tcp.reset_share]\nloud = 1", "loud"),
        ("[tcp.reset_share]\nwarn = true", "warn"),
        ("[tcp.reset_share]\nwarn = -1", "warn"),
        ("[tcp.reset_share]\nat_least = 0", "at_least"),
        ("tcp = 5", "no quantity 'tcp'"),
        ("[[[", "not TOML"),
    ],
)
def test_mistakes_are_named(tmp_path, text, words):
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words) as caught:
        load_thresholds(path)
    assert str(path) in str(caught.value)

import pytest

from workbench.analysis.setting_values import choice, duration_ns
from workbench.api import UsageError


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("100ms", 100_000_000),
        ("1.5s", 1_500_000_000),
        ("7us", 7_000),
        ("7µs", 7_000),
        ("3 ns", 3),
        ("2m", 120 * 10**9),
        ("1h", 3600 * 10**9),
    ],
)
def test_durations(text, ns):
    assert duration_ns(text, "here") == ns


@pytest.mark.parametrize("text", ["", "5", "ms", "-1s", "0s", "1e3s", "1 day", "0.1ns", "999999999999999h", "١s"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"here: .* is not a duration. .*100ms"):
        duration_ns(text, "here")


def test_choices():
    assert choice("a", ("a", "b"), "here") == "a"
    with pytest.raises(UsageError, match="Choose from a, b"):
        choice("c", ("a", "b"), "here")

import pytest

from workbench.analysis.alert_rules import load_rules, rule_of
from workbench.analysis.alerts import Rule
from workbench.api import Severity, UsageError

WHOLE = """
[[rule]]
name = "the shop fails"
filter = "http.response.code >= 500"
at_least = 5
within = "10s"
every = "1m"
severity = "error"
command = ["notify", "a b", "$HOME; rm"]

[[rule]]
filter = "icmp"
within = "2s"
"""


def test_rules_as_written(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(WHOLE)
    first, second = load_rules(path)
    assert first == Rule(
        name="the shop fails",
        filter="http.response.code >= 500",
        at_least=5,
        within_ns=10 * 10**9,
        every_ns=60 * 10**9,
        severity=Severity.ERROR,
        command=("notify", "a b", "$HOME; rm"),
    )
    assert (second.name, second.at_least, second.every_ns) == ("icmp", 1, 2 * 10**9)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "no filter"),
        ({"filter": ""}, "filter: '' is not text"),
        ({"filter": 5}, "is not text"),
        ({"filter": "x", "atleast": 5}, "nothing called 'atleast'"),
        ({"filter": "x", "at_least": 0}, "at_least"),
        ({"filter": "x", "at_least": True}, "at_least"),
        ({"filter": "x", "within": 10}, "not a duration"),
        ({"filter": "x", "severity": "loud"}, "chat, note, warn, error"),
        ({"filter": "x", "command": "rm -rf /"}, "no shell"),
        ({"filter": "x", "command": []}, "no shell"),
        ({"filter": "x", "command": ["a\0b"]}, "no shell"),
    ],
)
def test_mistakes_are_named_with_their_place(table, words):
    with pytest.raises(UsageError, match=words) as caught:
        rule_of(table, "rules.toml: rule 3")
    assert str(caught.value).startswith("rules.toml: rule 3")


@pytest.mark.parametrize("text", ["", "x = 1", "rule = 5", "rule = [1]", "[rule]\nfilter = 'x'", "[[rule]]\n[other]", "[["])
def test_files_that_are_none(tmp_path, text):
    path = tmp_path / "rules.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"rules\.toml"):
        load_rules(path)

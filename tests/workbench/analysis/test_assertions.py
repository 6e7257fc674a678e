import pytest

from workbench.analysis.assertions import Assertion, parse_assertion
from workbench.api import UsageError


@pytest.mark.parametrize(
    ("comparison", "true_of"),
    [
        ("==", {5}),
        ("!=", {4, 6}),
        ("<", {4}),
        ("<=", {4, 5}),
        (">", {6}),
        (">=", {5, 6}),
        ("eq", {5}),
        ("lt", {4}),
        ("ge", {5, 6}),
    ],
)
def test_comparisons(comparison, true_of):
    asserted = parse_assertion(("http", comparison, "5"))
    assert {count for count in (4, 5, 6) if asserted.judge(count).holds} == true_of


def test_words_and_signs_are_the_same():
    assert parse_assertion(("http", "le", "0")) == Assertion("http", "<=", 0)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("http", "=", "0"), "no comparison"),
        (("http", "==", "many"), "not a number"),
        (("http", "==", "-1"), "not a number"),
        (("http", "==", "9" * 40), "not a number"),
        (("http", "==", "٣"), "not a number"),
        ((" ", "==", "0"), "empty filter"),
    ],
)
def test_what_asserts_nothing_is_refused(words, remedy):
    with pytest.raises(UsageError, match=remedy):
        parse_assertion(words)

"""How a line is put together, and what is said about one that cannot be."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_line import LONGEST, MOST_DEEP, mistake, read_line
from dissectors.filter_syntax import Every, Inverse, Some, Syntax, Text, Word, normal
from workbench.api import UsageError


def shape(syntax: Syntax | None) -> Any:
    """A tree as nested lists."""
    if isinstance(syntax, Inverse):
        return ["not", shape(syntax.of)]
    if isinstance(syntax, Every | Some):
        return ["and" if isinstance(syntax, Every) else "or", *map(shape, syntax.parts)]
    return syntax.text if isinstance(syntax, Word | Text) else None if syntax is None else normal(syntax)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        ("  \t ", None),
        ("a", "a"),
        ("a b", ["and", "a", "b"]),
        ("a and b && c", ["and", "a", "b", "c"]),
        ("a or b c", ["or", "a", ["and", "b", "c"]]),
        ("(a or b) c", ["and", ["or", "a", "b"], "c"]),
        ("a || b", ["or", "a", "b"]),
        ("a||b", ["or", "a", "b"]),
        ("not a b", ["and", ["not", "a"], "b"]),
        ("!(a b)", ["not", ["and", "a", "b"]]),
        ("not not a", ["not", ["not", "a"]]),
        ("((a))", "a"),
        ('"a or b"', "a or b"),
        ("nota orb andy anyone", ["and", "nota", "orb", "andy", "anyone"]),
        ("a==1 or b in {1 2} or len(c)>3", ["or", "a == 1", "b in {1, 2}", "len(c) > 3"]),
        ("(a==1)or(b==2)", ["or", "a == 1", "b == 2"]),
        ("a -1 > 2", "a - 1 > 2"),
        ("1 + 2 * 3 & 4 == a", "{1 + {2 * 3}} & 4 == a"),
        ("/index.html 10.0.0.0/8 00-11-22", ["and", "/index.html", "10.0.0.0/8", "00-11-22"]),
        ("x / 2 > 1", "x / 2 > 1"),
        ("all a > 1 and any b in {1}", ["and", "all a > 1", "any b in {1}"]),
        ("x in {aa:bb, 1 .. 2, -3}", "x in {aa:bb, 1 .. 2, -3}"),
        ("x in {-5..5}", "x in {-5 .. 5}"),
    ],
)
def test_precedence(text, tree):
    assert shape(read_line(text)) == tree


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("and tcp", "and tcp\n^\nand joins two terms, and the first is missing"),
        ("tcp and and udp", "tcp and and udp\n        ^\nand joins two terms, and the first is missing"),
        ("or tcp", "or tcp\n^\nor joins two terms, and the first is missing"),
        ("tcp not", "tcp not\n       ^\na term is missing after not"),
        ("tcp and", "tcp and\n       ^\na term is missing after and"),
        ("tcp or", "tcp or\n      ^\na term is missing after or"),
        ('tcp "abc', 'tcp "abc\n    ^\nthe quotation mark is never closed'),
        ("tcp == 'a", "tcp == 'a\n       ^\nthe quotation mark is never closed"),
        ("(tcp", "(tcp\n^\nthis parenthesis is never closed"),
        ("a in {3", "a in {3\n     ^\nthis brace is never closed"),
        ("a[0", "a[0\n ^\nthis bracket is never closed"),
        ("tcp)", "tcp)\n   ^\nthis parenthesis was never opened"),
        ("tcp ()", "tcp ()\n     ^\na term is missing"),
        ("a in {}", "a in {}\n      ^\na needs a value. Write a==1"),
        ("a ==", "a ==\n    ^\na needs a value. Write a==1"),
        ("== 5", "== 5\n^\na term cannot begin with =="),
        ("a == 3 == 4", "a == 3 == 4\n       ^\n== was not expected here. Expected: "),
        ("a,b", "a,b\n ^\n, was not expected here. Expected: "),
        ("(a==3)+1 > 3", "(a==3)+1 > 3\n ^\nthis is true or false: it is no value to compare"),
        ("all a === 1", "all a === 1\n^\n=== says itself whether all are meant. Leave out all"),
        ("a == 'xy'", "a == 'xy'\n     ^\n'xy' is more than one character"),
        ("max(a,", "max(a,\n      ^\nthe line ends here. Expected: a name or value"),
        ("(" * 70, "(" * 70 + "\n" + " " * MOST_DEEP + "^\n64 of these inside each other are enough"),
        ("a\x1b = =", "a· = =\n     ^\n"),
    ],
)
def test_mistakes_have_a_caret(text, said):
    with pytest.raises(UsageError) as caught:
        read_line(text, lambda name: f"{name}==1")
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("text", ["!" * 5_000 + "a", "a" + "[0]" * 5_000, "1" + " + 1" * 5_000 + " > 2", "-" * 5_000 + "1 > 2"])
def test_depth_is_bounded(text):
    with pytest.raises(UsageError, match="are enough"):
        read_line(text)


def test_length_is_bounded_but_long_sets_are_not_too_long():
    with pytest.raises(UsageError, match="characters"):
        read_line("a" * (LONGEST + 1))
    assert read_line("a in {" + ", ".join(map(str, range(2_000))) + "}") is not None


def test_many_shallow_terms_are_fine():
    assert len(read_line(" or ".join(["a - 1 > b[0]"] * 500)).parts) == 500


def test_the_caret_stands_below_its_character():
    assert str(mistake("ab\tcd", 3, "no \x1b", "Try")) == "ab·cd\n   ^\nno \\x1b. Try"


@given(st.text(st.sampled_from("ab. 01\"'\\/(){}[]=<>!~&|,+-*%:inotandrxml\x00\n"), max_size=30))
def test_any_line_is_read_or_refused(text):
    try:
        syntax = read_line(text)
    except UsageError as caught:
        syntax, said = None, str(caught)
    else:
        said = ""
    assert said.replace("\n", "").isprintable()
    if syntax is not None:
        again = read_line(normal(syntax))
        assert again is not None
        assert normal(again) == normal(syntax)

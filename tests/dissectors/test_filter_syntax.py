"""The normal form of a line reads as itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dissectors.filter_line import read_line
from dissectors.filter_syntax import Arithmetic, Called, Text, Word, begin_of, normal, words_of

NAMES = st.sampled_from(("tcp.len", "http.host", "port", "x", "10.0.0.1", "80", "aa:bb"))
TEXTS = st.text(st.characters(codec="ascii", exclude_characters='"\\\r\n', min_codepoint=32), max_size=5).map(
    lambda text: f'"{text}"'
)
VALUES = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.builds("len({})".format, inner),
        st.builds("max({}, {})".format, inner, inner),
        st.builds("{{{} {} {}}}".format, inner, st.sampled_from("+-*/%&"), inner),
        st.builds("{}[{}]".format, NAMES, st.sampled_from(("0", "1:2", "-3:", "1-2,4"))),
        st.builds("-{}".format, inner),
    ),
    max_leaves=4,
)
TERMS = st.one_of(
    NAMES,
    TEXTS,
    st.builds("{} {} {}".format, VALUES, st.sampled_from(("==", "!=", "gt", "contains", "~")), st.one_of(VALUES, TEXTS)),
    st.builds("any {} < {}".format, NAMES, NAMES),
    st.builds("{} in {{{}, {}..{}}}".format, NAMES, TEXTS, st.integers(0, 9), st.integers(0, 9)),
)
LINES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=5,
)


@given(LINES)
def test_the_normal_form_is_a_fixed_point(line):
    syntax = read_line(line)
    assert syntax is not None
    again = read_line(normal(syntax))
    assert again is not None
    assert normal(again) == normal(syntax)


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("a   b", "a and b"),
        ("a && (b || c)", "a and (b or c)"),
        ("! a", "not a"),
        ("not(a b)", "not (a and b)"),
        ("a eq 1", "a == 1"),
        ("a !== 1", "a ~= 1"),
        ("a ~ 'x'", "a matches 'x'"),
        ("a in {1 2..3}", "a in {1, 2 .. 3}"),
        ("a - b - c > 0", "{a - b} - c > 0"),
        ("(a)+1 > 0", "a + 1 > 0"),
        ("a[0][1]", "a[0][1]"),
    ],
)
def test_one_way_to_write_it(line, form):
    syntax = read_line(line)
    assert syntax is not None
    assert normal(syntax) == form


def test_words_and_beginnings():
    syntax = read_line("x + len(y) > 1 z")
    assert begin_of(syntax) == 0
    value = syntax.parts[0].left
    assert isinstance(value, Arithmetic)
    assert [word.text for word in words_of(value)] == ["x", "y"]
    assert isinstance(value.right, Called)
    assert list(words_of(Text("a", '"a"', "a", 0))) == []
    assert begin_of(Word("a", 7)) == 7

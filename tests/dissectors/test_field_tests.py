"""Literals against values whose kind is known, and against values of any kind."""

import pytest

from dissectors.field_catalog import Kind
from dissectors.field_tests import LONGEST_MATCHED, check, pair_check, range_check
from dissectors.filter_strings import quoted, raw
from dissectors.filter_syntax import Text, Word
from dissectors.filter_view import Found
from dissectors.term_error import TermError


def literal(text: str) -> Word | Text:
    """What was typed."""
    return quoted(text, 5) if text[0] == '"' else raw(text, 5) if text[:2] == 'r"' else Word(text, 5)


@pytest.mark.parametrize(
    ("found", "sign", "text", "holds"),
    [
        (Found("GET"), "==", "GET", True),
        (Found("GET"), "==", "get", False),
        (Found(200, "OK"), "==", "200", True),
        (Found(200, "OK"), "==", "0xc8", True),
        (Found(200, "OK"), "==", "OK", True),
        (Found(200), "==", "200-299", True),
        (Found(200), ">=", "200", True),
        (Found(200), "<", "200.5", True),
        (Found(1.5), "==", "1.5", True),
        (Found(True), "==", "true", True),
        (Found(False), "==", "1", False),
        (Found(b"GET\xc8"), "==", "474554c8", True),
        (Found(b"GET\xc8"), "==", "47:45:54:c8", True),
        (Found(b"GET"), "==", '"GET"', True),
        (Found(b"\xff"), "==", r'"\xff"', True),
        (Found("10.1.2.3"), "==", "10.0.0.0/8", True),
        (Found("11.1.2.3"), "==", "10.0.0.0/8", False),
        (Found("b"), ">", "a", True),
        (Found(b"b"), ">", "a", True),
        (Found("GET"), "contains", "E", True),
        (Found("GET"), "contains", "e", False),
        (Found(b"GET\xc8"), "contains", "54c8", True),
        (Found(b"GET\xc8"), "contains", '"54c8"', False),
        (Found(None, "", lambda: b"GET"), "contains", "GET", True),
        (Found(404, "Not Found"), "contains", '"Found"', True),
        (Found("GET"), "matches", '"^g.t$"', True),
        (Found("/a.html"), "matches", r'"\.html$"', True),
        (Found("/axhtml"), "matches", r'r"\.html$"', False),
        (Found(b"a\nb"), "matches", '"a.b"', True),
        (Found(404, "Not Found"), "matches", '"found"', True),
        (Found(b"x" * LONGEST_MATCHED + b"end"), "matches", '"end"', False),
    ],
)
def test_values_of_any_kind(found, sign, text, holds):
    assert check(None, sign, literal(text)).test(found) is holds


@pytest.mark.parametrize(
    ("kind", "found", "sign", "text", "holds"),
    [
        (Kind.NUMBER, Found(6, "TCP"), "==", "TCP", True),
        (Kind.NUMBER, Found(6, "TCP"), ">", "5", True),
        (Kind.FLAG, Found(True, "Set"), "==", '"Set"', True),
        (Kind.IP, Found("10.0.0.1"), ">", "10.0.0.0", True),
        (Kind.MAC, Found("02:00:00:00:00:01"), "==", "02-00-00-00-00-01", True),
        (Kind.MAC, Found("02:00:00:00:00:01"), "contains", "00:01", True),
        (Kind.SEVERITY, Found(2, "warn"), ">=", "warning", True),
        (Kind.SEVERITY, Found(1, "note"), "==", "warn", False),
        (Kind.BYTES, Found(b"\x40"), "==", "40", True),
        (Kind.BYTES, Found(b"\x41"), ">", "40", True),
        (Kind.TIME, Found(1_500_000_000), ">", "1.4", True),
    ],
)
def test_values_of_a_known_kind(kind, found, sign, text, holds):
    assert check(kind, sign, literal(text), worded=True).test(found) is holds


@pytest.mark.parametrize(
    ("kind", "sign", "text", "said"),
    [
        (Kind.NUMBER, "==", "abc", "abc is not a number"),
        (Kind.NUMBER, "contains", "1", "not for number fields"),
        (Kind.IP, "matches", '"1"', "not for address fields"),
        (Kind.BYTES, "==", "xyz", "are no bytes"),
        (Kind.SEVERITY, "==", "bad", "There are chat"),
        (None, "matches", '"("', "no regular expression"),
        (None, "matches", '"a{99999999999}"', "no regular expression"),
    ],
)
def test_what_cannot_be_compared_is_refused(kind, sign, text, said):
    with pytest.raises(TermError) as caught:
        check(kind, sign, literal(text))
    assert said in f"{caught.value.sentence} {caught.value.remedy}"
    assert caught.value.offset >= 5


def test_ranges():
    assert range_check(Kind.NUMBER, Word("3", 0), Word("5", 0)).test(Found(5))
    assert not range_check(Kind.IP, Word("10.0.0.1", 0), Word("10.0.0.9", 0)).test(Found("10.0.1.0"))
    assert range_check(None, Word("b", 0), Word("d", 0)).test(Found("c"))


@pytest.mark.parametrize(
    ("sign", "left", "right", "holds"),
    [
        ("==", "a", "a", True),
        ("==", "a", b"a", True),
        ("==", "a", 1, False),
        (">", 2, 1, True),
        ("<", "9.0.0.0", "10.0.0.0", True),
        ("<", "9.0.0.0", "2001:db8::1", False),
        ("contains", "abc", "b", True),
        ("contains", 1, 1, False),
        ("==", True, 1, True),
    ],
)
def test_values_against_values(sign, left, right, holds):
    assert pair_check(sign)(Found(left), Found(right)) is holds


def test_fields_are_no_patterns():
    with pytest.raises(TermError, match="regular expression"):
        pair_check("matches")

"""Single values against what was typed: equal, greater, containing, matching; and values against each other.

A header field says of which kind its values are, so that a literal of another kind is a mistake. What a plugin's field holds is only known
when it is there: a literal is compared as whatever the value turns out to be.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dissectors.field_catalog import Kind
from dissectors.field_intervals import Intervals, intervals, place
from dissectors.field_literals import bounds, hex_bytes, network, number
from dissectors.filter_syntax import Text, Word
from dissectors.filter_view import Found
from dissectors.term_error import TermError
from workbench.api import Severity

__all__ = ["LONGEST_MATCHED", "Check", "check", "pair_check", "range_check"]

LONGEST_MATCHED = 64 * 1024
"""Bytes of one value that a regular expression sees: some expressions take a time that grows with the square of what they are given."""

Test = Callable[[Found], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda found, given: found > given,
    "<": lambda found, given: found < given,
    ">=": lambda found, given: found >= given,
    "<=": lambda found, given: found <= given,
}
_NUMERIC = (Kind.NUMBER, Kind.FLAG, Kind.IP, Kind.MAC, Kind.TIME, Kind.SPAN)
_SEVERITIES = {severity.name.lower(): severity for severity in Severity} | {"warning": Severity.WARN}


@dataclass(frozen=True, slots=True)
class Check:
    """A test of one value; `numbers` says the same of numbers, where it can be said so."""

    test: Test
    numbers: Intervals | None = None


def check(kind: Kind | None, sign: str, literal: Word | Text, *, worded: bool = False) -> Check:
    """`sign literal` for values of a kind (None: of any); `worded` numbers have names.

    Raises `TermError` for a literal that is none of that kind."""
    if not literal.text and isinstance(literal, Word):
        raise TermError("a value is missing", offset=literal.at)
    if sign == "matches":
        return Check(_matches(kind, literal))
    if sign == "contains":
        return Check(_contains(kind, literal))
    if kind in _NUMERIC:
        return _numeric(kind, sign, literal, worded=worded)
    if kind is Kind.SEVERITY:
        return _severity(sign, literal)
    if kind is Kind.BYTES:
        given = _given_bytes(literal)
        order = _ORDERS.get(sign)
        return Check((lambda found: found.bytes == given) if order is None else (lambda found: order(found.bytes, given)))
    return Check(_ordered(sign, literal) if sign in _ORDERS else _equal(literal))


def range_check(kind: Kind | None, first: Word | Text, last: Word | Text) -> Check:
    """From `first` to `last`, both included."""
    if kind in _NUMERIC:
        found = intervals(kind, "==", first.text, first.at, last.text)
        return Check(_within(kind, found), found)
    low, high = check(kind, ">=", first).test, check(kind, "<=", last).test
    return Check(lambda found: low(found) and high(found))


def _within(kind: Kind, wanted: Intervals) -> Test:
    def test(found: Found) -> bool:
        at = place(kind, found.value)
        return at is not None and at[0] == wanted.axis and wanted.holds(at[1])

    return test


def _numeric(kind: Kind, sign: str, literal: Word | Text, *, worded: bool) -> Check:
    try:
        wanted = intervals(kind, sign, literal.text, literal.at)
    except TermError:
        if sign != "==" or not worded:
            raise
        words = literal.text.lower()  # the words for a number: ip.proto == "TCP"
        return Check(lambda found: found.text.lower() == words)
    return Check(_within(kind, wanted), wanted)


def _severity(sign: str, literal: Word | Text) -> Check:
    given = _SEVERITIES.get(literal.text.lower())
    if given is None:
        known = ", ".join(severity.name.lower() for severity in Severity)
        raise TermError(f"{literal.text} is no severity", remedy=f"There are {known}", offset=literal.at)
    level, order = int(given), _ORDERS.get(sign)
    return Check((lambda found: found.value == level) if order is None else (lambda found: order(found.value, level)))


def _matches(kind: Kind | None, literal: Word | Text) -> Test:
    """A regular expression found in a text or in bytes; upper and lower case are equal, as in Wireshark."""
    _wants_text(kind, "matches", literal)
    pattern = literal.pattern if isinstance(literal, Text) else literal.text
    inside = literal.at + literal.source.find('"') + 1 if isinstance(literal, Text) else literal.at
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # "[[a]" may once mean something else, says `re`
            texts = re.compile(pattern, re.IGNORECASE)
            raws = re.compile(pattern.encode("utf-8", "surrogateescape"), re.IGNORECASE | re.DOTALL)
    except re.error as error:
        # an escape makes a place inside uncertain: then the caret stays at the beginning
        offset = (error.pos or 0) if "\\" not in pattern else 0
        raise TermError(f"this is no regular expression: {error.msg}", offset=inside + offset) from None
    except (OverflowError, RecursionError, UnicodeEncodeError) as error:  # a{99999999999}, a thousand parentheses
        raise TermError(f"this is no regular expression for us: {error}", offset=inside) from None

    def test(found: Found) -> bool:
        value = found.value
        if value is None or isinstance(value, bytes) or kind is Kind.BYTES:
            return raws.search(found.bytes, 0, LONGEST_MATCHED) is not None
        return texts.search(value if isinstance(value, str) else found.text or str(value), 0, LONGEST_MATCHED) is not None

    return test


def _contains(kind: Kind | None, literal: Word | Text) -> Test:
    """Text in a text, bytes (as text or in hex) in bytes, and text in the words for a number."""
    _wants_text(kind, "contains", literal)
    text = literal.text
    raw = _raw(text)
    given = hex_bytes(text) if isinstance(literal, Word) else None

    def test(found: Found) -> bool:
        value = found.value
        if value is None or isinstance(value, bytes) or kind in (Kind.BYTES, Kind.MAC):
            data = found.bytes if kind is not Kind.MAC else hex_bytes(str(value)) or b""
            return raw in data or (given is not None and given in data)
        return text in (value if isinstance(value, str) else str(value)) or text in found.text

    return test


def _wants_text(kind: Kind | None, sign: str, literal: Word | Text) -> None:
    if kind in _NUMERIC and not (kind is Kind.MAC and sign == "contains"):
        named = kind.value if kind is not None else ""
        raise TermError(
            f"{sign} is for text and bytes, not for {named} fields", remedy="Compare string(…) of it", offset=literal.at
        )


def _raw(text: str) -> bytes:
    """The bytes of a text; single bytes that are no characters (`"\\xff"`) stay what they are."""
    return b"".join(
        bytes([ord(char) - 0xDC00]) if "\udc80" <= char <= "\udcff" else char.encode("utf-8", "surrogatepass") for char in text
    )


def _given_bytes(literal: Word | Text) -> bytes:
    if isinstance(literal, Text):
        return _raw(literal.text)
    found = hex_bytes(literal.text)
    if found is None:
        remedy = 'Write them like 01:02, or text in quotation marks: "GET"'
        raise TermError(f"{literal.text} are no bytes", remedy=remedy, offset=literal.at)
    return found


def _equal(literal: Word | Text) -> Test:
    """A number, a range of numbers, an address or network, a text, bytes in hex, or an enum's word."""
    text = literal.text
    whole = _float(text)
    limits = bounds(text)
    raw = _raw(text)
    digits = hex_bytes(text) if isinstance(literal, Word) or len(text) > 1 else None
    net = network(text) if "/" in text or ":" in text else None
    wanted = Intervals(net.version, (int(net.network_address),), (int(net.broadcast_address),)) if net is not None else None
    truth = {"true": True, "1": True, "set": True, "false": False, "0": False, "not set": False}.get(text.lower())

    def same(found: Found) -> bool:
        value = found.value
        if isinstance(value, bytes):
            return value in (raw, digits)
        if isinstance(value, bool):
            return value is truth
        if isinstance(value, int | float):
            if limits is not None:
                return limits[0] <= value <= limits[1]
            return found.text == text or (whole is not None and value == whole)
        if wanted is not None and isinstance(value, str):
            at = place(Kind.IP, value)
            if at is not None:
                return at[0] == wanted.axis and wanted.holds(at[1])
        return bool(value == text) or (found.text == text and value is not None)

    return same


def _ordered(sign: str, literal: Word | Text) -> Test:
    """Numbers as numbers, texts by their characters."""
    text, order = literal.text, _ORDERS[sign]
    whole = number(text)
    given = _float(text) if whole is None else whole
    raw = _raw(text)

    def test(found: Found) -> bool:
        value = found.value
        if isinstance(value, int | float):
            return given is not None and order(value, given)
        if isinstance(value, bytes):
            return order(value, raw)
        return isinstance(value, str) and order(value, text)

    return test


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def pair_check(sign: str) -> Callable[[Found, Found], bool]:
    """`left sign right` for two values that were found. Raises `TermError` for a sign that wants a literal."""
    if sign == "matches":
        raise TermError("matches wants a regular expression in quotation marks")
    order = _ORDERS.get(sign)

    def test(left: Found, right: Found) -> bool:
        first, second = _alike(left, right)
        if sign == "contains":
            return type(first) is type(second) and isinstance(first, str | bytes) and second in first
        if isinstance(first, int | float) and isinstance(second, int | float):
            return order(first, second) if order is not None else first == second
        if type(first) is not type(second) or first is None:
            return False
        if order is None:
            return bool(first == second)
        places = place(Kind.IP, first), place(Kind.IP, second)
        if places[0] is not None and places[1] is not None:
            return places[0][0] == places[1][0] and order(places[0][1], places[1][1])
        return order(first, second)

    return test


def _alike(left: Found, right: Found) -> tuple[Any, Any]:
    """Two values as they can be compared: where one is bytes, the other's bytes."""
    if left.value is None or right.value is None or isinstance(left.value, bytes) != isinstance(right.value, bytes):
        return left.bytes, right.bytes
    return left.value, right.value

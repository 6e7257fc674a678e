"""Terms about the fields of messages: is there one of that name, and how does its value compare."""

import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from dissectors.field_names import FieldNames, field_names
from dissectors.field_values import source_of
from dissectors.term_error import TermError
from workbench.api import UNDECODED, Field, Message, ProtocolSpec

__all__ = ["OPERATORS", "field_name", "field_test", "fields_of"]

OPERATORS = ("==", "=", "!=", "~=", ">=", "<=", ">", "<", "contains", "matches")

LONGEST_MATCHED = 64 * 1024
"""Bytes of one value that a regular expression sees: some expressions take a time that grows with the square of what they are given."""

_Test = Callable[[Field], bool]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    ">": lambda found, given: found > given,
    "<": lambda found, given: found < given,
    ">=": lambda found, given: found >= given,
    "<=": lambda found, given: found <= given,
}


def fields_of(name: str, specs: Sequence[ProtocolSpec]) -> tuple[FieldNames, ...]:
    """The protocols whose fields begin like `name`; raises `TermError` when none of them can have a field called so."""
    prefix = name.lower().partition(".")[0]
    if prefix == UNDECODED and "." in name:
        owners = [FieldNames(UNDECODED, frozenset({"data"}), complete=True)]
    else:
        owners = [field_names(spec) for spec in specs if "." in name and spec.filter_prefix == prefix]
    wrong = [owner.wrong(name) for owner in owners]
    if owners and -1 not in wrong:
        raise TermError(f"no field is called {name}", remedy=owners[0].remedy(name), offset=max(wrong))
    return tuple(owners)


def field_name(text: str) -> str:
    """The field in `name`, `name[slice]` or `function(name)`. Raises `TermError`."""
    return source_of(text).name


def field_test(name: str, operator: str, value: str, offset: int = 0) -> Callable[[Message], bool]:
    """Whether a message has a field of that name for which `operator value` holds; with operator "" whether it has one at all.

    `name` may be a slice or a function of one, `offset` is where the value begins. Raises `TermError`.
    """
    source = source_of(name)
    if not operator:
        return lambda message: any(node.abbrev == source.name for _, node in message.root.walk())
    test, wanted = _test(operator, value, offset), operator not in ("!=", "~=")
    return lambda message: any(test(node) is wanted for node in source.values(message))


def _test(operator: str, value: str, offset: int) -> _Test:
    if operator == "contains":
        return _contains(value)
    if operator == "matches":
        return _matches(value, offset)
    return _ordered(operator, value) if operator in _ORDERS else _equal(value)


def _matches(value: str, offset: int) -> _Test:
    """A regular expression found in a text or in bytes; upper and lower case are equal, as in Wireshark."""
    try:
        with warnings.catch_warnings(action="ignore", category=FutureWarning):  # "[[a]" may once mean something else, says `re`
            texts = re.compile(value, re.IGNORECASE)
            raws = re.compile(value.encode("utf-8", "surrogateescape"), re.IGNORECASE | re.DOTALL)
    except re.error as error:
        raise TermError(f"this is no regular expression: {error.msg}", offset=offset + (error.pos or 0)) from None
    except (OverflowError, RecursionError) as error:  # a{99999999999}, a thousand parentheses
        raise TermError(f"this is no regular expression for us: {error}", offset=offset) from None

    def test(node: Field) -> bool:
        found = node.value
        if isinstance(found, bytes):
            return raws.search(found, 0, LONGEST_MATCHED) is not None
        return texts.search(found if isinstance(found, str) else node.text or str(found), 0, LONGEST_MATCHED) is not None

    return test


def _number(text: str) -> int | float | None:
    for read in (lambda: int(text, 0), lambda: float(text)):
        try:
            return read()
        except ValueError:
            continue
    return None


def _equal(value: str) -> _Test:
    """A number, a range of numbers, a text, bytes in hex, or an enum's word."""
    number = _number(value)
    first, last = map(_number, value.partition("-")[::2])
    digits = value.lower().replace(":", "")

    def same(node: Field) -> bool:
        found = node.value
        if isinstance(found, bytes):
            return found.hex() == digits or found == value.encode("utf-8", "surrogateescape")
        if isinstance(found, bool):
            return value.lower() in (("true", "1") if found else ("false", "0"))
        if isinstance(found, int | float) and first is not None and last is not None:
            return first <= found <= last
        return bool(found == value or node.text == value or (number is not None and found == number))

    return same


def _ordered(operator: str, value: str) -> _Test:
    """Numbers as numbers, texts by their characters."""
    number, order = _number(value), _ORDERS[operator]

    def test(node: Field) -> bool:
        found = node.value
        if isinstance(found, int | float):
            return number is not None and order(found, number)
        return isinstance(found, str) and order(found, value)

    return test


def _contains(value: str) -> _Test:
    """Text in a text, bytes (as text or in hex) in bytes, and text in the words for a number."""
    raw = value.encode("utf-8", "surrogateescape")
    try:
        given = bytes.fromhex(value.replace(":", ""))
    except ValueError:
        given = b""

    def test(node: Field) -> bool:
        found = node.value
        if isinstance(found, bytes):
            return raw in found or (bool(given) and given in found)
        return value in (found if isinstance(found, str) else str(found)) or value in node.text

    return test

"""What the terms of a filter line mean: its syntax with names looked up, as questions about packets."""

from functools import partial

from dissectors.field_catalog import WORDED, Kind
from dissectors.field_literals import network
from dissectors.field_tests import Check, check, pair_check, range_check
from dissectors.field_values import Called, Computed, Constant, HeaderBytes, HeaderField, MessageBytes, Source
from dissectors.filter_names import COMPARED_ONLY, Names
from dissectors.filter_operands import operand, source_of
from dissectors.filter_questions import Mode, Question, between, exists, one_of, texts, truthy
from dissectors.filter_syntax import (
    Compared,
    Every,
    Inverse,
    Listed,
    Negative,
    Operand,
    Some,
    Syntax,
    Text,
    Word,
    begin_of,
    normal,
)
from dissectors.filter_tree import Both, Either, Node, Not, Term
from dissectors.term_error import TermError

__all__ = ["meaning"]

_FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_MODES: dict[tuple[str, str], tuple[str, Mode]] = {
    ("", "!="): ("==", "none"),
    ("", "~="): ("==", "other"),
    ("", "==="): ("==", "all"),
    ("any", "!="): ("==", "other"),
    ("all", "!="): ("==", "none"),
}
"""(quantifier, sign) to the comparison that is made and which values must pass it; the others are made as they stand."""


def meaning(syntax: Syntax, names: Names) -> Node:
    """The tree of questions that a line asks. Raises `TermError` for names and values that cannot be."""
    if isinstance(syntax, Every | Some):
        parts = tuple(meaning(part, names) for part in syntax.parts)
        return Both(parts) if isinstance(syntax, Every) else Either(parts)
    if isinstance(syntax, Inverse):
        return Not(meaning(syntax.of, names))
    if isinstance(syntax, Compared):
        return Term(_compared(syntax, names))
    if isinstance(syntax, Listed):
        return Term(_listed(syntax, names))
    return Term(_alone(syntax, names))


def _mode(quantifier: str, sign: str) -> tuple[str, Mode]:
    return _MODES.get((quantifier, sign), (sign, "all" if quantifier == "all" else "any"))


def _compared(syntax: Compared, names: Names) -> Question:
    left, right, sign = syntax.left, syntax.right, syntax.sign
    first = operand(left, names, first=True, whole=sign in ("contains", "matches"))
    second = operand(right, names, first=False)
    if isinstance(first, Word | Text) and not isinstance(second, Word | Text):
        if sign in ("contains", "matches"):
            raise TermError(f"{sign} asks what stands before it: name a field there", offset=begin_of(left))
        left, right, first, second, sign = right, left, second, first, _FLIPPED.get(sign, sign)
    if isinstance(first, Word | Text):
        raise names.unknown(left) if isinstance(left, Word) else TermError("no field is compared here", offset=begin_of(left))
    if sign not in ("contains", "matches"):
        _comparable(first, left)
    comparison, mode = _mode(syntax.quantifier, sign)
    text, doubt = normal(syntax), names.doubt(syntax)
    if isinstance(second, Word | Text):
        return one_of(text, first, _checks(first, comparison, second), mode, doubt)
    if isinstance(second, Constant):
        second = Constant(second.value, first.kind)
    elif first.kind is not second.kind and None not in (first.kind, second.kind) and not _mixable(first.kind, second.kind):
        raise TermError(f"{_said(first)} and {_said(second)} are of two kinds: they cannot be compared", offset=syntax.at)
    try:
        return between(text, first, pair_check(comparison), comparison, second, mode, doubt)
    except TermError as error:
        raise TermError(error.sentence, remedy=error.remedy, offset=begin_of(right)) from None


def _mixable(first: Kind | None, second: Kind | None) -> bool:
    numbers = (Kind.NUMBER, Kind.FLAG)
    raw = (Kind.BYTES, Kind.TEXT, Kind.MAC)
    return (first in numbers and second in numbers) or (first in raw and second in raw)


def _said(source: Source) -> str:
    return source.kind.value if source.kind is not None else "value"


def _checks(source: Source, sign: str, literal: Word | Text) -> list[Check]:
    """What a literal asks of the values of a source. An address without a version of its own is asked of all."""
    worded = isinstance(source, HeaderField) and set(source.names) <= WORDED
    found = check(source.kind, sign, literal, worded=worded)
    _same_version(source, found, literal)
    return [found]


def _same_version(source: Source, found: Check, literal: Word | Text) -> None:
    if isinstance(source, HeaderField) and source.kind is Kind.IP and found.numbers is not None:
        prefixes = {name.partition(".")[0] for name in source.names}
        wanted = "ipv6" if found.numbers.axis == 6 else "ip"
        if wanted not in prefixes and prefixes <= {"ip", "ipv6"}:
            version = 6 if wanted == "ipv6" else 4
            raise TermError(f"{literal.text} is an address of IPv{version}", remedy=f"Ask {wanted}.addr", offset=literal.at)


def _listed(syntax: Listed, names: Names) -> Question:
    source = operand(syntax.left, names, first=True)
    if isinstance(source, Word | Text):
        raise (
            names.unknown(syntax.left)
            if isinstance(syntax.left, Word)
            else TermError("no field is compared here", offset=syntax.at)
        )
    _comparable(source, syntax.left)
    checks: list[Check] = []
    for item in syntax.items:
        first, last = _literal(item.first), item.last and _literal(item.last)
        if not isinstance(first, Word | Text) or not isinstance(last, Word | Text | None):
            raise TermError("a set holds values, not fields", offset=begin_of(item.first))
        checks += [range_check(source.kind, first, last)] if last is not None else _checks(source, "==", first)
    mode: Mode = "all" if syntax.quantifier == "all" else "any"
    return one_of(normal(syntax), source, checks, mode, names.doubt(syntax))


def _literal(syntax: Operand) -> Operand:
    """A negative number as the word that it is."""
    if isinstance(syntax, Negative) and isinstance(syntax.of, Word):
        return Word(f"-{syntax.of.text}", syntax.at)
    return syntax


def _comparable(source: Source, shown: Operand) -> None:
    """Raise unless values of the source can be equal to something: a whole protocol cannot."""
    if isinstance(source, HeaderBytes | MessageBytes):
        name = shown.text if isinstance(shown, Word) else "a protocol"
        remedy = f"Name one of its fields: {name}.FIELD, or a slice: {name}[0:4]"
        raise TermError(f"{name} has no value to compare", remedy=remedy, offset=begin_of(shown))


def _alone(syntax: Operand, names: Names) -> Question:
    """A term that is no comparison."""
    text = normal(syntax)
    if isinstance(syntax, Text):
        return texts(text, syntax.text)
    if isinstance(syntax, Word):
        return _word(syntax, names)
    source = source_of(syntax, names)
    if isinstance(source, Computed | Called):
        return truthy(text, source, names.doubt(syntax))
    return exists(text, source, names.doubt(syntax))


def _word(word: Word, names: Names) -> Question:
    """A bare word: a protocol, a field, an address or network, else text to look for."""
    text, key = word.text, word.text.lower()
    question = names.protocol(word)
    if question is not None:
        return question
    net = network(text)
    if net is not None:
        source = names.source(Word("addr", word.at))
        assert source is not None
        return one_of(text, source, [check(Kind.IP, "==", word)], "any")
    if key in COMPARED_ONLY:
        raise names.valueless(word)
    source = names.source(word)
    if source is not None:
        return exists(text, source, names.doubt(word))
    names.refuse(word)
    return texts(text, text, partial(_taken_for_text, text))


def _taken_for_text(text: str) -> str:
    return f"{text} was looked for as text: it is no protocol and no field"

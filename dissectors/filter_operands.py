"""The values in a comparison as sources: names looked up, numbers in arithmetic read, kinds worked out."""

from dissectors.field_catalog import Kind
from dissectors.field_literals import hex_bytes, number
from dissectors.field_values import Called, Computed, Constant, HeaderBytes, MessageBytes, Sliced, Source, slices
from dissectors.filter_names import Names
from dissectors.filter_syntax import Arithmetic, Negative, Operand, Text, Word, begin_of
from dissectors.filter_syntax import Called as CalledSyntax
from dissectors.filter_syntax import Sliced as SlicedSyntax
from dissectors.term_error import TermError

__all__ = ["operand", "source_of"]

_TIMES = (Kind.TIME, Kind.SPAN)
_NO_NUMBERS = (Kind.TEXT, Kind.IP, Kind.MAC, Kind.SEVERITY)
_TEXTS = ("lower", "upper")


def operand(syntax: Operand, names: Names, *, first: bool, whole: bool = False) -> Source | Word | Text:
    """A side of a comparison: a source, or the literal itself. Behind the sign a word is a field only where it is one for certain, as
    `http.host == www.example.com` is meant otherwise. `whole`: see `Names.source`."""
    if isinstance(syntax, Text):
        return syntax
    if isinstance(syntax, Word):
        found = names.source(syntax, whole=whole) if first else names.certain(syntax)
        if found is None and first:
            names.refuse(syntax)
        return syntax if found is None else found
    if isinstance(syntax, Negative) and isinstance(syntax.of, Word) and names.certain(syntax.of) is None:
        return Word(f"-{syntax.of.text}", syntax.at)
    return source_of(syntax, names)


def source_of(syntax: Operand, names: Names, *, whole: bool = False) -> Source:
    """What is computed. Raises `TermError` for what cannot be."""
    if isinstance(syntax, Word):
        found = names.source(syntax, whole=whole)
        if found is not None:
            return found
        value = number(syntax.text)
        if value is None:
            raise names.unknown(syntax)
        return Constant(value)
    if isinstance(syntax, Text):
        raise TermError("a text is nothing to compute with", offset=syntax.at)
    if isinstance(syntax, SlicedSyntax):
        return Sliced(_named(syntax.of, names), slices(syntax.pieces, syntax.at))
    if isinstance(syntax, CalledSyntax):
        return _called(syntax, names)
    if isinstance(syntax, Negative):
        of = _operand_of_arithmetic(syntax.of, names, None)
        return Computed(Constant(0, of.kind), "-", of, of.kind)
    return _computed(syntax, names)


def _named(syntax: Operand, names: Names) -> Source:
    source = source_of(syntax, names, whole=True)
    if isinstance(source, Constant):
        raise names.unknown(syntax) if isinstance(syntax, Word) else TermError("no field is meant here", offset=begin_of(syntax))
    return source


def _called(syntax: CalledSyntax, names: Names) -> Source:
    function = syntax.function
    several = function in ("max", "min")
    if len(syntax.parts) > 1 and not several:
        raise TermError(f"{function} takes one value", offset=begin_of(syntax.parts[1]))
    parts = tuple(source_of(part, names) if several else _named(part, names) for part in syntax.parts)
    if function in ("len", "count"):
        return Called(function, parts, Kind.NUMBER)
    if function in ("lower", "upper", "string"):
        if function in _TEXTS and parts[0].kind in (Kind.NUMBER, Kind.IP, Kind.FLAG, *_TIMES):
            raise TermError(f"{function} is for text", remedy="Take string(…)", offset=syntax.at)
        return Called(function, parts, Kind.TEXT)
    for part, shown in zip(parts, syntax.parts, strict=True):
        _calculable(part, shown)
    return Called(function, parts, next((part.kind for part in parts if not isinstance(part, Constant)), Kind.NUMBER))


def _computed(syntax: Arithmetic, names: Names) -> Source:
    sides = syntax.left, syntax.right
    found = [_source_or_word(side, names) for side in sides]
    known = next((source for source in found if not isinstance(source, Word)), None)
    kind = known.kind if known is not None else Kind.NUMBER
    left, right = (_literal(source, kind, names) if isinstance(source, Word) else source for source in found)
    for source, shown in zip((left, right), sides, strict=True):
        _calculable(source, shown)
    if (left.kind in _TIMES or right.kind in _TIMES) and (syntax.sign not in "+-" or None in (left.kind, right.kind)):
        raise TermError(f"times know no {syntax.sign}", remedy="Add or subtract durations", offset=syntax.at)
    return Computed(left, syntax.sign, right, _result(left.kind, syntax.sign, right.kind))


def _result(left: Kind | None, sign: str, right: Kind | None) -> Kind | None:
    if None in (left, right):
        return None
    if left in _TIMES or right in _TIMES:
        both = left is Kind.TIME and right is Kind.TIME
        return Kind.SPAN if Kind.TIME not in (left, right) or (both and sign == "-") else Kind.TIME
    return Kind.NUMBER


def _source_or_word(syntax: Operand, names: Names) -> Source | Word:
    if isinstance(syntax, Word) and names.source(syntax) is None:
        return syntax
    return source_of(syntax, names)


def _operand_of_arithmetic(syntax: Operand, names: Names, kind: Kind | None) -> Source:
    found = _source_or_word(syntax, names)
    return _literal(found, kind, names) if isinstance(found, Word) else found


def _literal(word: Word, kind: Kind | None, names: Names) -> Source:
    """A number in arithmetic; beside bytes it is bytes, as everywhere where bytes are compared."""
    if kind in _TIMES:
        from dissectors.field_literals import span_ns

        span = span_ns(word.text)
        if span is not None:
            return Constant(span, Kind.SPAN)
    raw = hex_bytes(word.text) if kind is Kind.BYTES else None
    value = int.from_bytes(raw, "big") if raw is not None else number(word.text)
    if value is None:
        raise names.unknown(word)
    return Constant(value)


def _calculable(source: Source, shown: Operand) -> None:
    if isinstance(source, HeaderBytes | MessageBytes) or source.kind in _NO_NUMBERS:
        what = "a protocol" if source.kind not in _NO_NUMBERS or source.kind is None else source.kind.value
        raise TermError(
            f"{what} is nothing to compute with",
            remedy="Take numbers, slices of bytes, len(…) or count(…)",
            offset=begin_of(shown),
        )

"""What a filter line says, before anybody asks what it means: words, comparisons and how they are joined, each with its place.

`normal` writes it down again in one way; two lines with the same normal form ask the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Arithmetic",
    "Called",
    "Compared",
    "Every",
    "Inverse",
    "Listed",
    "Negative",
    "Operand",
    "Range",
    "Sliced",
    "Some",
    "Syntax",
    "Text",
    "Word",
    "begin_of",
    "normal",
    "words_of",
]


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without quotation marks: the name of a field or protocol, a number, an address, a word to look for."""

    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Text:
    """Characters in quotation marks, escapes resolved; `source` as typed. `pattern` is what a regular expression makes of them: there an
    unknown escape keeps its backslash."""

    text: str
    source: str
    pattern: str
    at: int


@dataclass(frozen=True, slots=True)
class Sliced:
    """Some bytes of a value: `pieces` is what stands between the brackets."""

    of: "Operand"
    pieces: str
    at: int


@dataclass(frozen=True, slots=True)
class Called:
    """A function of values."""

    function: str
    parts: "tuple[Operand, ...]"
    at: int


@dataclass(frozen=True, slots=True)
class Negative:
    """A value with the other sign."""

    of: "Operand"
    at: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two values joined by `+ - * / % &`."""

    left: "Operand"
    sign: str
    right: "Operand"
    at: int


Operand = Word | Text | Sliced | Called | Negative | Arithmetic


@dataclass(frozen=True, slots=True)
class Compared:
    """`left sign right`; `quantifier` is "any", "all" or "" where the sign decides. `at` is where the sign stands."""

    left: Operand
    sign: str
    right: Operand
    quantifier: str
    at: int


@dataclass(frozen=True, slots=True)
class Range:
    """One value of a set, or all from `first` to `last`."""

    first: Operand
    last: Operand | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """`left in {…}`. `at` is where the set begins."""

    left: Operand
    items: tuple[Range, ...]
    quantifier: str
    at: int


@dataclass(frozen=True, slots=True)
class Inverse:
    """`not`."""

    of: "Syntax"
    at: int


@dataclass(frozen=True, slots=True)
class Every:
    """Terms joined by `and`."""

    parts: "tuple[Syntax, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """Terms joined by `or`."""

    parts: "tuple[Syntax, ...]"


Syntax = Operand | Compared | Listed | Inverse | Every | Some


def begin_of(syntax: Syntax) -> int:
    """Where it begins in the line."""
    if isinstance(syntax, Every | Some):
        return begin_of(syntax.parts[0])
    if isinstance(syntax, Compared | Listed | Arithmetic):
        return begin_of(syntax.left)
    return begin_of(syntax.of) if isinstance(syntax, Sliced) else syntax.at


def words_of(operand: Operand) -> Iterator[Word]:
    """The words in a value, which may be names of fields."""
    if isinstance(operand, Word):
        yield operand
    elif isinstance(operand, Called):
        for part in operand.parts:
            yield from words_of(part)
    elif isinstance(operand, Sliced | Negative):
        yield from words_of(operand.of)
    elif isinstance(operand, Arithmetic):
        yield from words_of(operand.left)
        yield from words_of(operand.right)


def normal(syntax: Syntax) -> str:
    """The line that says the same, written in one way; reading it gives an equal normal form."""
    if isinstance(syntax, Every | Some):
        word = " and " if isinstance(syntax, Every) else " or "
        return word.join(f"({normal(part)})" if isinstance(part, Every | Some) else normal(part) for part in syntax.parts)
    if isinstance(syntax, Inverse):
        inner = normal(syntax.of)
        return f"not ({inner})" if isinstance(syntax.of, Every | Some) else f"not {inner}"
    if isinstance(syntax, Compared):
        begin = f"{syntax.quantifier} " if syntax.quantifier else ""
        return f"{begin}{_value(syntax.left)} {syntax.sign} {_value(syntax.right)}"
    if isinstance(syntax, Listed):
        begin = f"{syntax.quantifier} " if syntax.quantifier else ""
        items = (_value(item.first) + (f" .. {_value(item.last)}" if item.last is not None else "") for item in syntax.items)
        return f"{begin}{_value(syntax.left)} in {{{', '.join(items)}}}"
    return _value(syntax)


def _value(operand: Operand) -> str:
    if isinstance(operand, Word):
        return operand.text
    if isinstance(operand, Text):
        return operand.source
    if isinstance(operand, Sliced):
        return f"{_value(operand.of)}[{operand.pieces}]"
    if isinstance(operand, Called):
        return f"{operand.function}({', '.join(map(_value, operand.parts))})"
    if isinstance(operand, Negative):
        return f"-{{{_value(operand.of)}}}" if isinstance(operand.of, Arithmetic | Negative) else f"-{_value(operand.of)}"
    left, right = (
        f"{{{_value(side)}}}" if isinstance(side, Arithmetic | Negative) else _value(side)
        for side in (operand.left, operand.right)
    )
    return f"{left} {operand.sign} {right}"

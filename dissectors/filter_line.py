"""A filter line read by the grammar: its syntax, or what is wrong with it and where. What its words mean is `filter_terms`' business."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dissectors.filter_grammar import SIGNS, parser
from dissectors.filter_strings import character, quoted, raw
from dissectors.filter_syntax import (
    Arithmetic,
    Called,
    Compared,
    Every,
    Inverse,
    Listed,
    Negative,
    Operand,
    Range,
    Sliced,
    Some,
    Syntax,
    Text,
    Word,
    begin_of,
)
from dissectors.term_error import TermError
from dissectors.text import safe
from workbench.api import UsageError

if TYPE_CHECKING:
    from lark import Token, Tree

__all__ = ["LONGEST", "MOST_DEEP", "mistake", "read_line"]

MOST_DEEP = 64
"""Parentheses, negations and signs of arithmetic inside each other: nobody types more, and each is a call."""

LONGEST = 1 << 20
"""Characters of a line: a set of a hundred thousand addresses that a script made."""

_OPENING = {"LPAR": "parenthesis", "LBRACE": "brace"}
_CLOSING = {"RPAR": "LPAR", "RBRACE": "LBRACE"}
_SIGNS = ("PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "AMPERSAND", "SLICE", "NOT")
_JOINS = {"_AND": "and", "_OR": "or"}
_OPERANDS = (Word, Text, Sliced, Called, Negative, Arithmetic)
_EXPECTED = {
    "WORD": "a name or value",
    "COMPARE": "a comparison",
    "_AND": "and",
    "_OR": "or",
    "RPAR": ")",
    "RBRACE": "}",
    "IN": "in {…}",
    "COMMA": "a comma",
    "LBRACE": "{",
}


def read_line(text: str, example: Callable[[str], str] = lambda _: "") -> Syntax | None:
    """The syntax of a line; None for an empty one. `example(name)` may show a comparison with a name that lacks its value.

    Raises `UsageError` with the line and a caret under the mistake.
    """
    if len(text) > LONGEST:
        raise UsageError(f"the filter has {len(text):,} characters", remedy=f"{LONGEST:,} are enough")
    reading = _Reading(text, example)
    tree = reading.tree()
    if not tree.children:
        return None
    try:
        return _syntax(tree.children[0])
    except TermError as error:
        raise mistake(text, error.offset, error.sentence, error.remedy) from None


def mistake(text: str, place: int, sentence: str, remedy: str = "") -> UsageError:
    """The error that shows a line with a caret under one of its characters."""
    line = "".join(char if char.isprintable() else "·" for char in text)
    return UsageError(f"{line}\n{' ' * place}^\n{safe(sentence)}", remedy=safe(remedy))


class _Reading:
    """Feeds the words of a line to the parser one by one, so that it is known what came before a mistake."""

    def __init__(self, text: str, example: Callable[[str], str]) -> None:
        self._text = text
        self._example = example
        self._tokens: list[Token] = []
        self._open: list[tuple[Token, int]] = []
        """Parentheses and braces that wait for their end, with the depth outside each."""
        self._depth = 0

    def tree(self) -> "Tree[Token]":
        """The parse tree."""
        from lark import UnexpectedCharacters, UnexpectedToken

        words: Any = parser().parse_interactive(self._text)  # lark types neither this nor what comes of it
        try:
            for token in words.lexer_thread.lex(words.parser_state):
                words.feed_token(token)
                self._take(token)
            last = self._tokens[-1] if self._tokens else None
            return words.feed_eof(last)  # type: ignore[no-any-return]
        except UnexpectedToken as error:
            raise self._unexpected(error.token, words.accepts()) from None
        except UnexpectedCharacters as error:
            raise self._stray(error.pos_in_stream or 0) from None

    def _take(self, token: "Token") -> None:
        """Note a token that the parser took."""
        place = token.start_pos or 0
        if token.type in _OPENING:
            self._open.append((token, self._depth))
            self._depth += 1
        elif token.type in _CLOSING:
            self._depth = self._open.pop()[1]
        elif token.type in _SIGNS:
            self._depth += 1
        elif token.type in ("COMPARE", "IN", "_AND", "_OR") or (
            token.type == "WORD" and self._tokens and self._ends_operand(self._tokens[-1])
        ):
            self._depth = self._open[-1][1] + 1 if self._open else 0
        if self._depth > MOST_DEEP:
            raise mistake(self._text, place, f"{MOST_DEEP} of these inside each other are enough")
        self._tokens.append(token)

    @staticmethod
    def _ends_operand(token: "Token") -> bool:
        return token.type in ("WORD", "STRING", "RAW", "CHARACTER", "SLICE", "RPAR", "RBRACE")

    def _unexpected(self, token: "Token", accepts: set[str]) -> UsageError:
        ended = token.type == "$END"
        place = len(self._text) if ended else token.start_pos or 0
        before = self._tokens[-1] if self._tokens else None
        kind = before.type if before is not None else ""
        if kind == "COMPARE" and (ended or token.type in ("RPAR", "RBRACE", "_AND", "_OR")):
            return self._valueless(place)
        if kind in ("NOT", *_JOINS) and (ended or token.type == "RPAR"):
            word = _JOINS.get(kind, "not")
            return mistake(self._text, place, f"a term is missing after {word}")
        if token.type in _JOINS:
            word = _JOINS[token.type]
            return mistake(self._text, place, f"{word} joins two terms, and the first is missing")
        if token.type in _CLOSING and (not self._open or self._open[-1][0].type != _CLOSING[token.type]):
            return mistake(self._text, place, f"this {_OPENING[_CLOSING[token.type]]} was never opened")
        if ended and self._open and {"RPAR", "RBRACE"} & accepts:
            opening = self._open[-1][0]
            return mistake(self._text, opening.start_pos or 0, f"this {_OPENING[opening.type]} is never closed")
        if token.type == "COMPARE" and "COMPARE" not in accepts and kind != "WORD":
            return mistake(self._text, place, f"a term cannot begin with {token}")
        if kind in ("LBRACE", "COMMA") and self._open and token.type == "RBRACE":
            return self._valueless(place)
        if token.type in _CLOSING or (ended and kind in ("LPAR", "")):
            return mistake(self._text, place, "a term is missing" if token.type != "RBRACE" else "a value is missing")
        found = "the line ends here" if ended else f"{token} was not expected here"
        return mistake(self._text, place, found, self._remedy(accepts))

    def _remedy(self, accepts: set[str]) -> str:
        words = [_EXPECTED[name] for name in _EXPECTED if name in accepts]
        return f"Expected: {', '.join(words)}" if words else ""

    def _valueless(self, place: int) -> UsageError:
        name = next((str(token) for token in reversed(self._tokens) if token.type == "WORD"), "")
        shown = self._example(name) if name else ""
        return mistake(self._text, place, f"{name or 'this'} needs a value", f"Write {shown}" if shown else "")

    def _stray(self, place: int) -> UsageError:
        sign = self._text[place]
        if sign in "\"'":
            return mistake(self._text, place, "the quotation mark is never closed")
        if sign == "[":
            return mistake(self._text, place, "this bracket is never closed")
        return mistake(self._text, place, f"{sign} was not expected here")


def _syntax(node: Any) -> Syntax:
    """The syntax of a node of the parse tree."""
    from lark import Token

    if isinstance(node, Token):
        return _LEAVES[node.type](node)
    return _BRANCHES[node.data](node.children)


def _operand(node: Any) -> Operand:
    found = _syntax(node)
    if not isinstance(found, _OPERANDS):
        raise TermError("this is true or false: it is no value to compare", offset=begin_of(found))
    return found


def _joined(kind: type[Every] | type[Some]) -> Callable[[list[Any]], Syntax]:
    def build(children: list[Any]) -> Syntax:
        parts = tuple(_syntax(child) for child in children)
        return parts[0] if len(parts) == 1 else kind(parts)

    return build


def _compared(children: list[Any]) -> Syntax:
    quantifier = str(children[0]) if len(children) == 4 else ""
    left, sign, right = children[-3:]
    spelling = SIGNS[str(sign)]
    if quantifier and spelling in ("===", "~="):
        raise TermError(
            f"{sign} says itself whether all are meant", remedy=f"Leave out {quantifier}", offset=children[0].start_pos
        )
    return Compared(_operand(left), spelling, _operand(right), quantifier, sign.start_pos)


def _listed(children: list[Any]) -> Syntax:
    quantifier = str(children[0]) if getattr(children[0], "type", "") == "QUANTIFIER" else ""
    left, word, *items = children[1:] if quantifier else children
    return Listed(_operand(left), tuple(_range(item.children) for item in items), quantifier, word.start_pos + len(word))


def _range(children: list[Any]) -> Range:
    first = _operand(children[0])
    if len(children) > 1:
        return Range(first, _operand(children[1]))
    word = first.of if isinstance(first, Negative) else first  # the sign of -5..5 belongs to its first number
    if isinstance(word, Word) and ".." in word.text.strip("."):
        text, _, high = word.text.partition("..")
        low = Word(text, word.at)
        return Range(low if word is first else Negative(low, first.at), Word(high, word.at + len(text) + 2))
    return Range(first)


def _arithmetic(children: list[Any]) -> Syntax:
    left, sign, right = children
    return Arithmetic(_operand(left), str(sign), _operand(right), sign.start_pos)


def _sliced(children: list[Any]) -> Syntax:
    return Sliced(_operand(children[0]), str(children[1])[1:-1], children[1].start_pos)


def _called(children: list[Any]) -> Syntax:
    return Called(str(children[0]), tuple(_operand(child) for child in children[1:]), children[0].start_pos)


def _group(children: list[Any]) -> Syntax:
    return _syntax(children[0])


_LEAVES: dict[str, Callable[["Token"], Syntax]] = {
    "WORD": lambda token: Word(str(token), token.start_pos or 0),
    "STRING": lambda token: quoted(str(token), token.start_pos or 0),
    "RAW": lambda token: raw(str(token), token.start_pos or 0),
    "CHARACTER": lambda token: character(str(token), token.start_pos or 0),
}
_BRANCHES: dict[str, Callable[[list[Any]], Syntax]] = {
    "some": _joined(Some),
    "both": _joined(Every),
    "negated": lambda children: Inverse(_syntax(children[1]), children[0].start_pos),
    "compared": _compared,
    "listed": _listed,
    "masked": _arithmetic,
    "sum": _arithmetic,
    "product": _arithmetic,
    "negative": lambda children: Negative(_operand(children[1]), children[0].start_pos),
    "sliced": _sliced,
    "called": _called,
    "group": _group,
}

"""A filter line cut into words and put into a tree; what the words mean is `dissectors.filter_terms`' business.

line  = both ("or" both)*           `||` is or, `&&` is and; `and` between terms may be left out
both  = one ("and"? one)*
one   = "not" one | "(" line ")" | term
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from dissectors.filter_tree import Both, Either, Node, Not
from dissectors.term_error import TermError
from dissectors.text import safe
from workbench.api import UsageError

__all__ = ["MOST_DEEP", "Words", "read_line"]

MOST_DEEP = 64
"""Parentheses and negations inside each other: nobody types more, and each is a call."""

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_NAME = r"(?:(?:len|count|lower|upper)\s*\(\s*[^\s\"=!<>()]+\s*\)|[^\s\"=!<>~()]+)"
_TOKEN = re.compile(
    rf"""\s*(?:{_QUOTED}"""
    r"""|(!(?!=)|&&|\|\||[()]|(?:not|and|or)(?![^\s()"]))"""
    rf"""|({_NAME})(?:\s*(==|=|!=|~=|<=|>=|<|>)\s*|\s+(contains|matches)\s+)(?:{_QUOTED}|([^\s"()]*))"""
    rf"""|({_NAME})\s+in\s*{{([^{{}}]*)}}"""
    r"""|([^\s"=<>()~][^\s"()]*)|(.))"""
)
_ESCAPED = re.compile(r"\\(.)")
_WORDS = {"!": "not", "&&": "and", "||": "or"}


@dataclass(frozen=True, slots=True)
class Words:
    """One term, taken apart. Just `text` for text in quotation marks, `name` alone for a bare word, `choices` for `name in {…}`.

    `offset` is where the value (or the first of the choices) begins, counted from the term's beginning.
    """

    name: str = ""
    operator: str = ""
    value: str = ""
    choices: tuple[str, ...] | None = None
    text: str | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class _Token:
    begin: int
    sign: str = ""
    words: Words | None = None


def read_line(text: str, meaning: Callable[[Words], Node]) -> Node | None:
    """The tree of a line, where `meaning(words)` is what each of its terms asks; None for an empty one.

    Raises `UsageError` with the line and a caret under the mistake; `meaning` raises `TermError` for one of its own.
    """
    tokens = _tokens(text)
    if not tokens:
        return None
    return _Parser(text, tokens, meaning).line()


class _Parser:
    def __init__(self, text: str, tokens: list[_Token], meaning: Callable[[Words], Node]) -> None:
        self._text = text
        self._tokens = tokens
        self._meaning = meaning
        self._at = 0

    def line(self) -> Node:
        """The whole line."""
        found = self._either(0)
        if self._at < len(self._tokens):
            raise self._mistake("this parenthesis was never opened")
        return found

    @property
    def _sign(self) -> str:
        """The sign that comes next; "" at a term and at the end."""
        return self._tokens[self._at].sign if self._at < len(self._tokens) else ""

    def _either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._sign == "or":
            self._at += 1
            parts.append(self._both(depth, "or"))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int, after: str = "") -> Node:
        parts = [self._one(depth, after)]
        while self._at < len(self._tokens) and self._sign not in ("or", ")"):
            after = self._sign if self._sign == "and" else ""
            self._at += bool(after)
            parts.append(self._one(depth, after))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _one(self, depth: int, after: str) -> Node:
        if self._at == len(self._tokens):
            raise self._mistake(f"a term is missing after {after}" if after else "a term is missing")
        if depth == MOST_DEEP:
            raise self._mistake(f"{MOST_DEEP} of these inside each other are enough")
        token = self._tokens[self._at]
        self._at += 1
        if token.sign == "not":
            return Not(self._one(depth + 1, "not"))
        if token.sign == "(":
            found = self._either(depth + 1)
            if self._sign != ")":
                raise self._mistake("this parenthesis is never closed", token.begin)
            self._at += 1
            return found
        if token.words is None:
            why = (
                f"{token.sign} joins two terms, and the first is missing" if token.sign in ("and", "or") else "a term is missing"
            )
            raise self._mistake(why, token.begin)
        try:
            return self._meaning(token.words)
        except TermError as error:
            raise _mistake(self._text, token.begin + error.offset, error.sentence, error.remedy) from None

    def _mistake(self, sentence: str, place: int | None = None) -> UsageError:
        if place is None:
            place = self._tokens[self._at].begin if self._at < len(self._tokens) else len(self._text)
        return _mistake(self._text, place, sentence)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        assert match is not None
        begin = at + len(match[0]) - len(match[0].lstrip())
        at = match.end()
        if match[2]:
            found.append(_Token(begin, _WORDS.get(match[2], match[2])))
            continue
        found.append(_Token(begin, "", _words(text, begin, match)))
    return found


def _words(text: str, begin: int, match: "re.Match[str]") -> Words:
    quoted, _, name, sign, verb, quoted_value, value, chosen, choices, word, stray = match.groups()
    if quoted is not None:
        return Words(text=_plain(quoted))
    if chosen is not None:
        return Words(chosen, "in", choices=_items(choices), offset=match.start(9) - begin)
    if name is not None:
        operator = sign or verb
        if quoted_value is not None:
            return Words(name, operator, _plain(quoted_value), offset=match.start(6) - 1 - begin)
        return Words(name, operator, value, offset=match.start(7) - begin)
    if stray is not None:
        sentence = "the quotation mark is never closed" if stray == '"' else f"a term cannot begin with {stray}"
        raise _mistake(text, begin, sentence)
    return Words(word)


def _plain(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted)


def _items(text: str) -> tuple[str, ...]:
    """The values between braces, separated by commas or spaces; one empty value where there are none."""
    found = re.findall(rf"{_QUOTED}|([^\s,\"]+)", text)
    return tuple(_plain(quoted) or bare for quoted, bare in found) or ("",)


def _mistake(text: str, column: int, sentence: str, remedy: str = "") -> UsageError:
    line = "".join(char if char.isprintable() else "·" for char in text)
    return UsageError(f"{line}\n{' ' * column}^\n{safe(sentence)}", remedy=safe(remedy))

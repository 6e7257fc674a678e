"""What stands in quotation marks in a filter: escapes as in Wireshark, raw strings, single characters."""

import re

from dissectors.filter_syntax import Text
from dissectors.term_error import TermError

__all__ = ["character", "quoted", "raw"]

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{4}|[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LARGEST_BYTE = 0xFF


def quoted(source: str, at: int) -> Text:
    """`"…"`: `\\n \\t \\x41 \\101 \\u00e9` and the like are characters; a backslash before anything else goes, except in patterns."""
    inner = source[1:-1]
    return Text(_ESCAPE.sub(_plain, inner), source, _ESCAPE.sub(_pattern, inner), at)


def raw(source: str, at: int) -> Text:
    """`r"…"`: no escapes at all."""
    inner = source[2:-1]
    return Text(inner, source, inner, at)


def character(source: str, at: int) -> Text:
    """`'x'`: one character, perhaps escaped. Raises `TermError` for more."""
    inner = _ESCAPE.sub(_plain, source[1:-1])
    if len(inner) != 1:
        raise TermError(f"{source} is more than one character", remedy='Put text in "…"', offset=at)
    return Text(inner, source, inner, at)


def _plain(match: "re.Match[str]") -> str:
    word = match[1]
    if word[0] == "x" and len(word) > 1:
        return _byte(int(word[1:], 16))
    if word[0] == "u" and len(word) > 1:
        return chr(int(word[1:], 16))
    if word[0].isdigit() and word.isdigit() and word[0] in "01234567":
        return _byte(int(word, 8))
    return _LETTERS.get(word, word)


def _pattern(match: "re.Match[str]") -> str:
    """In a pattern `\\.` and `\\d` mean something to the regular expression, and `\\\\` is one backslash for it, as in Wireshark."""
    word = match[1]
    return word if word in ('"', "\\") else match[0]


def _byte(number: int) -> str:
    """One byte in a text, so that encoding the text gives it back."""
    number &= _LARGEST_BYTE
    return chr(number) if number < 0x80 else chr(0xDC00 + number)

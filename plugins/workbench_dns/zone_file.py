"""Zone files (RFC 1035 5): $ORIGIN and $TTL, names that repeat the line before, parentheses, comments and quoted strings. No $INCLUDE."""

import re
from collections.abc import Iterator

from workbench_dns.presentation import Labels, labels_of, rdata_of, seconds_of, type_of
from workbench_dns.zone import ResourceRecord, Zone, make_zone

__all__ = ["read_zone"]

_DEFAULT_TTL = 3600

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|;[^\n]*|\(|\)|\n|[ \t\r]+|(?:\\.|[^\s;()"\\])+')


def _lines(text: str) -> Iterator[tuple[int, bool, list[str]]]:
    """(line number, whether it begins with a blank, words) of each entry; parentheses join lines."""
    words: list[str] = []
    depth, number, begun, blank = 0, 1, 1, False
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() != at:
            raise ValueError(f"line {number}: nobody knows what {text[at : at + 10]!r} means")
        at, word = found.end(), found.group()
        if word == "\n":
            if not depth and words:
                yield begun, blank, words
                words = []
            number += 1
            if not depth:
                blank, begun = False, number
        elif word.isspace():
            blank = blank or (not words and found.start() > 0 and text[found.start() - 1] == "\n") or found.start() == 0
        elif word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        elif not word.startswith(";"):
            words.append(word)
    if at != len(text) or depth:
        raise ValueError(f"line {number}: a quotation mark or a parenthesis is not closed")
    if words:
        yield begun, blank, words


def _unquoted(word: str) -> str:
    if word.startswith('"'):
        return re.sub(r"\\(.)", r"\1", word[1:-1])
    return word


def read_zone(text: str) -> Zone:
    """The zone that a file describes. Raises `ValueError` that names the line."""
    return make_zone(_records(text))


def _records(text: str) -> Iterator[ResourceRecord]:
    origin: Labels = ()
    owner: Labels | None = None
    default = _DEFAULT_TTL
    for number, blank, words in _lines(text):
        try:
            if words[0].upper() == "$ORIGIN":
                origin = labels_of(words[1], origin)
                continue
            if words[0].upper() == "$TTL":
                default = seconds_of(words[1]) or 0
                continue
            if words[0].startswith("$"):
                raise ValueError(f"{words[0]} is not known here")
            if not blank:
                owner = labels_of(words.pop(0), origin)
            if owner is None:
                raise ValueError("there is no name before this line that it could repeat")
            yield _record(owner, words, default, origin)
        except (ValueError, IndexError) as error:
            raise ValueError(f"line {number}: {error}") from error


def _record(owner: Labels, words: list[str], ttl: int, origin: Labels) -> ResourceRecord:
    """TTL and class may stand in either order, or be left out (RFC 1035 5.1)."""
    for _ in range(2):
        seconds = seconds_of(words[0])
        if seconds is not None:
            ttl = seconds
            words = words[1:]
        elif words[0].upper() == "IN":
            words = words[1:]
    kind = type_of(words[0])
    return ResourceRecord(owner, kind, ttl, rdata_of(kind, [_unquoted(word) for word in words[1:]], origin))

"""What may come next in a filter line: the parser says which kinds of words, the plugins which names."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dissectors.field_catalog import ALIASES, HEADERS, MESSAGE_FACTS, PACKET_FIELDS
from dissectors.field_names import field_names
from dissectors.field_seeds import seen_names
from dissectors.filter_grammar import FUNCTIONS, QUANTIFIERS, parser
from workbench.api import ProtocolSpec, Severity

__all__ = ["MOST_SUGGESTED", "Completions", "completions"]

MOST_SUGGESTED = 200
"""Words offered: whoever wants more types a letter."""

LONGEST_COMPLETED = 2_000
"""Characters of a line that is still typed by hand."""

_PARTIAL = re.compile(r"[\w.]*\Z")
_COMPARISONS = ("==", "!=", ">", ">=", "<", "<=", "contains", "matches", "in {")


@dataclass(frozen=True, slots=True)
class Completions:
    """`words` may stand from place `start` of the line on, instead of what is there."""

    start: int
    words: tuple[str, ...]


def completions(text: str, specs: Sequence[ProtocolSpec], seen: Collection[str] = ()) -> Completions:
    """What `text` may go on with. `seen` are names of fields that a capture has shown."""
    match = _PARTIAL.search(text)
    start = match.start() if match is not None else len(text)
    partial = text[start:].lower()
    accepted, before = _accepted(text[:start]) if len(text) <= LONGEST_COMPLETED else (set[str](), [])
    found = dict.fromkeys(word for word in _words(accepted, before, partial, specs, seen) if word.lower().startswith(partial))
    found.pop(text[start:], None)
    return Completions(start, tuple(found)[:MOST_SUGGESTED])


def _accepted(text: str) -> tuple[set[str], list[Any]]:
    """The kinds of words that the parser takes behind a text, and the words of the text; none where it is wrong already."""
    from lark import UnexpectedInput

    words: Any = parser().parse_interactive(text)
    tokens: list[Any] = []
    try:
        for token in words.lexer_thread.lex(words.parser_state):
            words.feed_token(token)
            tokens.append(token)
    except UnexpectedInput:
        return set(), []
    return words.accepts(), tokens


def _words(
    accepted: set[str], before: Sequence[Any], partial: str, specs: Sequence[ProtocolSpec], seen: Collection[str]
) -> Iterator[str]:
    last = before[-1].type if before else ""
    if last == "COMPARE":
        yield from _values(before)
        if "." not in partial:
            return
    if "COMPARE" in accepted and last in ("WORD", "SLICE", "RPAR", "RBRACE") and not partial:
        yield from _COMPARISONS
    if "_AND" in accepted and last:
        yield from ("and", "or")
    if "WORD" in accepted:
        yield from _names(partial, specs, seen)
    if "NOT" in accepted:
        yield "not"
    if "QUANTIFIER" in accepted:
        yield from QUANTIFIERS
    if "FUNCTION" in accepted:
        yield from (f"{function}(" for function in FUNCTIONS)


def _values(before: Sequence[Any]) -> Iterator[str]:
    """Values with names."""
    if len(before) > 1 and str(before[-2]) == "note.severity":
        yield from (severity.name.lower() for severity in Severity)


def _names(partial: str, specs: Sequence[ProtocolSpec], seen: Collection[str]) -> Iterator[str]:
    """Protocols, and the fields of the one whose prefix is typed: examples of all protocols would have to be played."""
    prefix = partial.partition(".")[0]
    if "." not in partial:
        yield from sorted({*HEADERS, *(spec.filter_prefix for spec in specs), *(name for name in ALIASES if "." not in name)})
        yield from sorted({f"{name.partition('.')[0]}." for name in MESSAGE_FACTS})
        return
    yield from sorted(name for name in (*PACKET_FIELDS, *ALIASES, *MESSAGE_FACTS, *seen) if name.startswith(f"{prefix}."))
    for spec in specs:
        if spec.filter_prefix == prefix:
            names = seen_names(spec) | {f"{prefix}.{word}" for word in field_names(spec).words}
            yield from sorted(name for name in names if name.startswith(f"{prefix}."))

"""The filter line: which packets and messages the user wants to see.

Terms are joined by spaces or `and`, and negated by `not` or `!`:

    http1 port==8080 not "favicon"       protocol, port (or a range: 8000-8099), text
    10.0.0.0/8 tcp.stream==3             address or network, stream number
    http.request.method=="GET"           any field that a plugin of that prefix decodes, by its filter name
    http.response.code>=500              also != > < <=, `contains "part"`, a range (200-299), `in {200, 404}`
    http.chunk_size                      messages that have such a field

Names are Wireshark's where it has them (`http`, `ip.addr`, `tcp.port`, `udp.stream`, `frame.number`). A term is either about columns of
the packet index, answered for many packets at once, or about messages, which need dissecting; `dissectors.filter_terms` has them all.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dissectors.field_terms import TermError
from dissectors.filter_terms import ColumnTerm, MessageTerm, comparison, named, one_of, word_or_text
from dissectors.text import safe
from workbench.api import Message, ProtocolSpec, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captures.index import PacketIndex

__all__ = ["Filter", "parse_filter"]

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_TOKEN = re.compile(
    rf"""\s*(?:{_QUOTED}"""
    r"""|(!(?!=)|not\b|&&|and\b)"""
    rf"""|([^\s"=!<>]+)(?:\s*(==|=|!=|<=|>=|<|>)\s*|\s+(contains|matches)\s+)(?:{_QUOTED}|([^\s"]*))"""
    rf"""|([^\s"=!<>]+)\s+in\s*{{([^{{}}]*)}}"""
    r"""|([^\s"=<>][^\s"]*)|(.))"""
)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Filter:
    """A parsed filter line. It matches a packet when `columns` says so and, if it `needs_messages`, `packet` of its messages does."""

    text: str
    column_terms: tuple[tuple[ColumnTerm, bool], ...]
    """Terms about packets, each with whether it is wanted (False: negated)."""
    message_terms: tuple[tuple[MessageTerm, bool], ...]
    """Terms about messages, likewise."""

    @property
    def needs_messages(self) -> bool:
        """Whether columns alone cannot decide."""
        return bool(self.message_terms)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What to tell a person when nothing matches: where the line may not mean what was meant."""
        return tuple(term.doubt for term, _ in self.message_terms if term.doubt)

    def columns(self, index: "PacketIndex", start: int, stop: int) -> "NDArray[np.bool_]":
        """Which of the rows `[start, stop)` the columns let through."""
        import numpy as np

        mask = np.ones(max(0, stop - start), np.bool_)
        for term, wanted in self.column_terms:
            rows = term(index, start, stop)
            mask &= rows if wanted else ~rows
        return mask

    def message(self, message: Message) -> bool:
        """Whether a message passes the terms about messages."""
        return all(term(message) == wanted for term, wanted in self.message_terms)

    def packet(self, messages: Iterable[Message]) -> bool:
        """Whether a packet with these messages passes the terms about messages: one message does, or there is none to object to."""
        found = [self.message(message) for message in messages]
        return any(found) or (not found and not any(wanted for _, wanted in self.message_terms))


def parse_filter(text: str, specs: Sequence[ProtocolSpec]) -> Filter:
    """Read a filter line; raises `UsageError` with the line and a caret under the mistake."""
    column_terms: list[tuple[ColumnTerm, bool]] = []
    message_terms: list[tuple[MessageTerm, bool]] = []
    at, wanted, open_end = 0, True, ""
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        assert token is not None
        begin = at + len(token[0]) - len(token[0].lstrip())
        at = token.end()
        operator = token[2]
        if operator in ("!", "not"):
            wanted, open_end = not wanted, operator
            continue
        if operator is not None:
            if (not column_terms and not message_terms) or open_end:
                raise _mistake(text, begin, f"{operator} joins two terms, and the first is missing")
            open_end = operator
            continue
        try:
            term = _term(token, specs)
        except TermError as error:
            raise _mistake(text, begin + error.offset, error.sentence, error.remedy) from None
        if isinstance(term, MessageTerm):
            message_terms.append((term, wanted))
            if wanted and (column := term.column) is not None:
                column_terms.append((column, True))
        else:
            column_terms.append((term, wanted))
        wanted, open_end = True, ""
    if open_end:
        raise _mistake(text, len(text), f"a term is missing after {open_end}")
    return Filter(text, tuple(column_terms), tuple(message_terms))


def _term(token: "re.Match[str]", specs: Sequence[ProtocolSpec]) -> ColumnTerm | MessageTerm:
    quoted, _, name, sign, verb, quoted_value, value, chosen, choices, word, stray = token.groups()
    if quoted is not None:
        return word_or_text(_ESCAPED.sub(r"\1", quoted))
    if chosen is not None:
        place = token.start(9) - token.start(8)
        return one_of([comparison(chosen, "==", item, place, specs) for item in _items(choices)])
    if name is not None:
        operator, place = sign or verb, token.end(4 if sign else 5) - token.start(3)
        if quoted_value is not None:
            return comparison(name, operator, _ESCAPED.sub(r"\1", quoted_value), place, specs)
        return comparison(name, operator, value, token.start(7) - token.start(3), specs)
    if stray == '"':
        raise TermError("the quotation mark is never closed")
    if stray is not None:
        raise TermError(f"a term cannot begin with {stray}")
    return named(word, specs)


def _items(text: str) -> list[str]:
    """The values between braces, separated by commas or spaces; one empty value where there are none."""
    found = re.findall(rf"{_QUOTED}|([^\s,\"]+)", text)
    return [_ESCAPED.sub(r"\1", quoted) or bare for quoted, bare in found] or [""]


def _mistake(text: str, column: int, sentence: str, remedy: str = "") -> UsageError:
    line = "".join(char if char.isprintable() else "·" for char in text)
    return UsageError(f"{line}\n{' ' * column}^\n{safe(sentence)}", remedy=safe(remedy))

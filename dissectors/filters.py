"""The filter line: which packets and messages the user wants to see.

Terms are joined by `and` (or just a space), `or` and parentheses, and negated by `not` or `!`:

    http1 port==8080 not "favicon"       protocol, port (or a range: 8000-8099), text
    10.0.0.0/8 or tcp.stream==3          address or network, stream number
    http.request.method=="GET"           any field that a plugin of that prefix decodes, by its filter name
    http.response.code>=500              also > < <=, a range (200-299), `in {200, 404}`, `contains "part"`, `matches "^a.*z$"`
    http.response.code!=200              there is such a field, and none is 200 (`~=`: one is not)
    len(http.file_data)>1000             also count(…) of fields in a message, lower(…) and upper(…) of text
    tcp.port==80 (http or tls)           packets pass as in Wireshark: each term asks all messages that are complete with a packet
    http.chunk_size                      messages that have such a field

Names are Wireshark's where it has them (`http`, `ip.addr`, `tcp.port`, `udp.stream`, `frame.number`). A term is either about columns of
the packet index, answered for many packets at once, or about messages, which need dissecting; `dissectors.filter_terms` has them all.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dissectors.filter_line import read_line
from dissectors.filter_rows import Rows
from dissectors.filter_terms import ColumnTerm, MessageTerm, meaning
from dissectors.filter_tree import Node, Not, Term, bounds, terms, truth
from workbench.api import Message, ProtocolSpec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from captures.index import PacketIndex

__all__ = ["Filter", "Marks", "parse_filter"]


@dataclass(frozen=True)
class Filter:
    """A parsed filter line; `tree` is None where it lets everything through."""

    text: str
    tree: Node | None

    @property
    def needs_messages(self) -> bool:
        """Whether columns alone cannot decide."""
        return bool(self._questions)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What to tell a person when nothing matches: where the line may not mean what was meant."""
        return tuple(term.asks.doubt for term in self._questions if term.asks.doubt)

    @property
    def _questions(self) -> tuple[Term, ...]:
        """The terms about messages."""
        return tuple(term for term in terms(self.tree) if isinstance(term.asks, MessageTerm)) if self.tree is not None else ()

    def columns(self, index: "PacketIndex", start: int, stop: int) -> "NDArray[np.bool_]":
        """Which of the rows `[start, stop)` may pass, as far as columns can tell."""
        import numpy as np

        size = max(0, stop - start)
        all_rows, no_rows = np.ones(size, np.bool_), np.zeros(size, np.bool_)
        if self.tree is None:
            return all_rows

        def answer(term: Term) -> "tuple[NDArray[np.bool_], NDArray[np.bool_]]":
            if isinstance(term.asks, MessageTerm):
                return no_rows, all_rows if term.asks.column is None else term.asks.column(index, start, stop)
            rows = term.asks(index, start, stop)
            return rows, rows

        return bounds(self.tree, answer)[1]  # type: ignore[no-any-return]

    def packet(self, messages: Sequence[Message], column: Callable[[ColumnTerm], bool]) -> bool:
        """Whether a packet with these messages passes; `column` answers what is asked about the packet itself."""
        if self.tree is None:
            return True

        def answer(term: Term) -> bool:
            return any(map(term.asks, messages)) if isinstance(term.asks, MessageTerm) else column(term.asks)

        return bool(truth(self.tree, answer))

    def chosen(self, messages: Sequence[Message], column: Callable[[ColumnTerm], bool]) -> list[Message]:
        """The messages of one packet that are meant: those that pass by themselves, or else, where the packet passes, those that a term
        is true of."""
        alone = [message for message in messages if self.packet((message,), column)]
        if alone or len(messages) < 2 or not self.packet(messages, column):
            return alone
        asked = [] if self.tree is None else [term.asks for term in _wanted(self.tree) if isinstance(term.asks, MessageTerm)]
        return [message for message in messages if any(term(message) for term in asked)]

    def choose(self, messages: Iterator[Message], index: "PacketIndex") -> Iterator[Message]:
        """The messages that are meant among all of a capture, which come in order of completion."""
        rows = Rows(index)
        waiting: list[Message] = []
        for message in messages:
            if waiting and message.packet != waiting[0].packet:
                yield from self.chosen(waiting, partial(rows.answer, waiting[0].packet - 1))
                waiting = []
            waiting.append(message)
        if waiting:
            yield from self.chosen(waiting, partial(rows.answer, waiting[0].packet - 1))


class Marks:
    """Which packets of a capture pass, found out in one walk over its messages.

    With `carriers` a message speaks for all packets that carry a part of it, not only for the one that completes it: whoever exports
    them wants messages whole.
    """

    def __init__(self, wanted: Filter, index: "PacketIndex", *, carriers: bool = False) -> None:
        import numpy as np

        self._carriers = carriers
        self._filter = wanted
        self._index = index
        self._true = [(term, np.zeros(len(index), np.bool_)) for term in wanted._questions]

    def hear(self, message: Message) -> None:
        """One message."""
        packets = message.packets if self._carriers else (message.packet,)
        for term, marks in self._true:
            if term.asks(message):
                marks[[packet - 1 for packet in packets if packet <= len(marks)]] = True

    def mask(self) -> "NDArray[np.bool_]":
        """For every row of the index as it was at first, whether it passes."""
        import numpy as np

        size = len(self._true[0][1]) if self._true else len(self._index)
        if self._filter.tree is None:
            return np.ones(size, np.bool_)
        known = {id(term): marks for term, marks in self._true}

        def answer(term: Term) -> "NDArray[np.bool_]":
            return known[id(term)] if id(term) in known else term.asks(self._index, 0, size)

        return truth(self._filter.tree, answer)  # type: ignore[no-any-return]


def parse_filter(text: str, specs: Sequence[ProtocolSpec]) -> Filter:
    """Read a filter line; raises `UsageError` with the line and a caret under the mistake."""
    return Filter(text, read_line(text, lambda words: meaning(words, specs)))


def _wanted(node: Node, *, upright: bool = True) -> Iterator[Term]:
    """The terms that are asked for, not those that are to be false."""
    if isinstance(node, Term):
        if upright:
            yield node
    elif isinstance(node, Not):
        yield from _wanted(node.inner, upright=not upright)
    else:
        for part in node.parts:
            yield from _wanted(part, upright=upright)

"""A filter: which packets and messages the user wants to see.

The language is a subset of Wireshark's display filters, and a little more. Terms are joined by `and` (or just a space), `or` and
parentheses, and negated by `not` or `!`:

    http1 port==8080 not "favicon"       protocol, port (or a range: 8000-8099), text
    10.0.0.0/8 or tcp.stream==3          address or network, stream number
    http.request.method=="GET"           any field that a plugin of that prefix decodes, by its filter name
    http.response.code>=500              also > < <=, a range (200-299), `in {200, 404, 500..599}`, `contains "part"`, `matches "^a.*z$"`
    http.response.code!=200              there is such a field, and none is 200 (`~=`: one is not, `===`: all are)
    any tcp.port>1024, all tcp.port>1024 one of several values, or each
    udp[8:3]==81:60:03                   slices of fields and protocols
    len(http.file_data)>1000             also count lower upper max min abs string
    tcp.analysis.retransmission          what the stream before a packet tells; also tcp.analysis.ack_rtt>0.2, tcp.window_size<1000
    tcp.len - 1 > tcp.window_size_value  arithmetic (+ - * / % &) and fields against fields
    tcp.flags & 0x02                     true where anything is left
    frame.time>="2024-01-31 12:00:00"    moments, and seconds: frame.time_relative<0.5
    tcp.port==80 (http or tls)           packets pass as in Wireshark: each term asks all messages that are complete with a packet
    http.chunk_size                      packets that have such a field

A term asks columns of the packet index, the headers of a packet, or its messages, which need dissecting: `dissectors.filter_terms`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dissectors.field_catalog import example
from dissectors.filter_columns import Block, Mask, layered
from dissectors.filter_line import mistake, read_line
from dissectors.filter_names import Names
from dissectors.filter_questions import Cost, Question
from dissectors.filter_rows import Rows
from dissectors.filter_syntax import normal
from dissectors.filter_terms import meaning
from dissectors.filter_tree import Node, Not, Term, bounds, terms, truth
from dissectors.filter_view import Headers, View
from dissectors.term_error import TermError
from workbench.api import Message, ProtocolSpec

if TYPE_CHECKING:
    from captures.capture import Capture

__all__ = ["Filter", "parse_filter"]

Known = Callable[[Question], bool]
"""What columns and headers say of the packet in question."""


@dataclass(frozen=True)
class Filter:
    """A parsed filter line; `tree` is None where it lets everything through. `normal` is the line written in one way."""

    text: str
    tree: Node | None
    normal: str = ""

    @property
    def questions(self) -> tuple[Question, ...]:
        """What its terms ask, in the order of the line."""
        return () if self.tree is None else tuple(term.asks for term in terms(self.tree))

    @property
    def needs_messages(self) -> bool:
        """Whether packets must be dissected to decide."""
        return any(question.cost is Cost.MESSAGES for question in self.questions)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What to tell a person when nothing matches: where the line may not mean what was meant."""
        found = (question.doubt() for question in self.questions if question.doubt is not None)
        return tuple(doubt for doubt in found if doubt)

    def possible(self, block: Block) -> Mask:
        """Which rows of a block may pass, as far as columns can tell."""
        return self.bounds(block, {})[1]

    def bounds(self, block: Block, known: dict[int, Mask]) -> tuple[Mask, Mask]:
        """Which rows pass for certain, and which may. `known` has exact answers by the identity of their question."""
        every, none = block.all(), block.none()
        if self.tree is None:
            return every, every
        odd = layered(block)

        def answer(term: Term) -> tuple[Mask, Mask]:
            question: Question = term.asks
            exact = known.get(id(question))
            if exact is not None:
                return exact, exact
            rows = question.possible(block)
            return (rows & ~odd, rows | odd) if question.cost is Cost.COLUMNS else (none, rows | odd)

        return bounds(self.tree, answer)

    def passes(self, view: View, known: Known) -> bool:
        """Whether a packet passes; `known` answers what is asked about its columns and headers."""
        if self.tree is None:
            return True

        def answer(term: Term) -> bool:
            question: Question = term.asks
            return question.holds(view) if question.cost is Cost.MESSAGES else known(question)

        return bool(truth(self.tree, answer))

    def packet(self, rows: Rows, row: int, messages: Sequence[Message]) -> bool:
        """Whether the packet of a row passes with these messages, those that it completes."""
        return self.passes(View(rows.headers(row), messages), lambda question: rows.answer(row, question))

    def chosen(self, messages: Sequence[Message], headers: Headers, known: Known) -> list[Message]:
        """The messages of one packet that are meant: those that pass by themselves, or else, where the packet passes, those that a term
        is true of."""
        alone = [message for message in messages if self.passes(View(headers, (message,)), known)]
        if alone or len(messages) < 2 or not self.passes(View(headers, messages), known):
            return alone
        asked = [] if self.tree is None else [term.asks for term in _wanted(self.tree) if term.asks.cost is Cost.MESSAGES]
        return [message for message in messages if any(question.holds(View(headers, (message,))) for question in asked)]

    def choose(self, messages: Iterator[Message], capture: "Capture") -> Iterator[Message]:
        """The messages that are meant among all of a capture, which come in order of completion."""
        rows = Rows(capture)
        waiting: list[Message] = []
        for message in messages:
            if waiting and message.packet != waiting[0].packet:
                yield from self._chosen_of(waiting, rows)
                waiting = []
            waiting.append(message)
        if waiting:
            yield from self._chosen_of(waiting, rows)

    def _chosen_of(self, messages: list[Message], rows: Rows) -> list[Message]:
        row = messages[0].packet - 1
        return self.chosen(messages, rows.headers(row), lambda question: rows.answer(row, question))


def parse_filter(text: str, specs: Sequence[ProtocolSpec]) -> Filter:
    """Read a filter line; raises `UsageError` with the line and a caret under the mistake."""
    syntax = read_line(text, example)
    if syntax is None:
        return Filter(text, None)
    try:
        return Filter(text, meaning(syntax, Names(specs)), normal(syntax))
    except TermError as error:
        raise mistake(text, error.offset, error.sentence, error.remedy) from None


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

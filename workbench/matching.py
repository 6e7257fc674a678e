"""Which packets pass a filter: columns first, then headers, and only those streams are dissected that can still make a difference.

What messages said is kept (`dissectors.filter_tables`): the next filter about the same streams dissects nothing. Texts, slices and long
values are not kept; for each such term it is kept which packets it was true of.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from captures.capture import Capture
from captures.streams import Streams
from dissectors.engine import Dissector
from dissectors.filter_columns import Block, Mask, layered
from dissectors.filter_questions import Cost, Question, header_names
from dissectors.filter_rows import Rows
from dissectors.filter_tables import FieldTable
from dissectors.filter_tree import truth
from dissectors.filter_view import View, header_values
from dissectors.filters import Filter
from workbench.api import Message, Transport

__all__ = ["Matcher"]

FEW_PACKETS = 20_000
"""Packets dissected at once for a part of a capture: a second of work at most. Longer streams are dissected as far as is needed."""

MOST_ANSWERS = 64
"""Terms whose answers are kept, those used last: a bit of memory for each packet they hold for."""

MOST_SINGLE = 64
"""UDP streams looked up one by one for those they may continue; of more, all that share a server come along."""

_UDP = 17

Messages = Callable[[int], Sequence[Message]]
"""The messages that are complete with a packet."""


class _Coverage:
    """How much of each stream (twice its number, plus one for UDP) was looked at: the rows of the capture that there were then."""

    def __init__(self) -> None:
        self._rows = np.zeros(0, np.int64)

    def missing(self, keys: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which streams have packets that were not looked at; `last` is the number of the last packet of each."""
        self._make_room(int(keys.max(initial=-1)))
        return keys[self._rows[keys] < last[keys]]

    def known(self, keys: NDArray[np.int64]) -> Mask:
        """Which streams were looked at before, as far as they went then."""
        self._make_room(int(keys.max(initial=-1)))
        return self._rows[keys] > 0

    def cover(self, keys: NDArray[np.int64], rows: int) -> None:
        """They were looked at."""
        self._make_room(int(keys.max(initial=-1)))
        self._rows[keys] = rows

    def _make_room(self, most: int) -> None:
        if most >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(most + 1, np.int64)])


class _Answers:
    """What was found out about one term, whose values are not kept."""

    def __init__(self) -> None:
        self.coverage = _Coverage()
        self.true: set[int] = set()
        self.seen: set[int] = set()
        """Packets that complete messages; the term was asked about them."""

    def add(self, packet: int, *, holds: bool) -> None:
        """One packet was asked."""
        self.seen.add(packet)
        if holds:
            self.true.add(packet)

    def forget(self, packets: Iterable[int]) -> None:
        """They are asked again."""
        self.true.difference_update(packets)
        self.seen.difference_update(packets)


class Matcher:
    """Answers filters about one capture, and remembers. Not thread-safe."""

    def __init__(
        self,
        capture: Capture,
        dissector: Callable[[], Dissector],
        origins: Callable[[Transport, int], Sequence[int]],
        messages: Messages,
    ) -> None:
        self._capture = capture
        self._dissector = dissector
        self._origins = origins
        self._messages = messages
        self.rows = Rows(capture)
        """What headers say, of this capture."""
        self._last = np.zeros(0, np.int64)
        self._looked = 0
        self._odd = FieldTable()
        self._odd_rows = 0
        self.clear()
        self.dissected = 0
        """Packets that were dissected for filters so far."""

    def clear(self) -> None:
        """Forget what messages said: with other secrets they may say more."""
        self._table = FieldTable()
        self._kept = _Coverage()
        self._answers: dict[str, _Answers] = {}

    def matching(self, wanted: Filter, start: int, stop: int) -> NDArray[np.int64]:
        """Numbers of the packets among rows `[start, stop)` that pass, ascending."""
        block = Block(self._capture, start, stop)
        known: dict[int, Mask] = {}
        certain, possible = self._without_messages(wanted, block, known)
        undecided = possible & ~certain
        questions = [question for question in wanted.questions if question.cost is Cost.MESSAGES]
        if not questions or not undecided.any():
            return np.flatnonzero(certain) + start + 1
        stepwise = self._look(questions, block, undecided)
        for question in questions:
            known[id(question)] = self._answer(question, block, undecided & ~stepwise)
        passing = certain | (undecided & self._truth(wanted, known))
        for row in np.flatnonzero(undecided & stepwise).tolist():
            passing[row] = self._passes(wanted, start + row)
        while len(self._answers) > MOST_ANSWERS:
            self._answers.pop(next(iter(self._answers)))
        return np.flatnonzero(passing) + start + 1

    def carriers(self, wanted: Filter) -> NDArray[np.int64]:
        """Like `matching` for all packets, except that a message speaks for every packet that carries a part of it: whoever exports them
        wants messages whole."""
        index = self._capture.index
        block = Block(self._capture, 0, len(index))
        known: dict[int, Mask] = {}
        self._without_messages(wanted, block, known)
        questions = [question for question in wanted.questions if question.cost is Cost.MESSAGES]
        known |= {id(question): block.none() for question in questions}
        rows = self.streams(wanted)
        for message in self.walk(np.flatnonzero(index.stream >= 0) if rows is None else rows):
            view = View(self.rows.headers(message.packet - 1), (message,))
            for question in questions:
                if question.holds(view):
                    known[id(question)][[packet - 1 for packet in message.packets if packet <= len(block)]] = True
        return np.flatnonzero(block.all() if wanted.tree is None else self._truth(wanted, known)) + 1

    def streams(self, wanted: Filter) -> NDArray[np.int64] | None:
        """The rows of all streams with a packet that may pass, for who dissects them himself; None for all."""
        index = self._capture.index
        block = Block(self._capture, 0, len(index))
        certain, possible = self._without_messages(wanted, block, {})
        keys = _keys(block, possible | certain)
        every = _keys(block, block.all())
        return None if len(keys) == len(every) else self._rows_of(keys)

    def walk(self, rows: NDArray[np.int64]) -> Iterator[Message]:
        """The messages in the streams of these rows, in order of completion."""
        streams, dissector = Streams(self._capture), self._dissector()
        self.dissected += len(rows)
        for event in streams.walk(rows):
            yield from dissector.receive(event)
        for event in streams.flush():
            yield from dissector.receive(event)
        yield from dissector.finish()

    def _without_messages(self, wanted: Filter, block: Block, known: dict[int, Mask]) -> tuple[Mask, Mask]:
        """(certain, possible) after columns and headers; their exact answers go into `known`."""
        for question in wanted.questions:
            if question.cost is Cost.COLUMNS:
                known[id(question)] = self._exactly(question, block)
        certain, possible = wanted.bounds(block, known)
        for question in wanted.questions:
            if question.cost is Cost.HEADERS:
                known[id(question)] = self._headers(question, block, possible & ~certain)
                certain, possible = wanted.bounds(block, known)
        return certain, possible

    def _exactly(self, question: Question, block: Block) -> Mask:
        """What a question without messages says of every row of a block: ordinary ones at once, odd ones by what their headers say."""
        odd = layered(block)
        if question.exact is None:
            found, odd = block.none(), question.possible(block) | odd
        else:
            found = question.exact(block)
        if question.settled or not odd.any():
            return found
        if question.plain is not None and question.exact is not None:
            self._read_odd(block.stop)
            if self._odd.knows(question.plain):
                return np.where(odd, block.of(self._odd.answer(question.plain, block.stop)), found)
        found = found.copy()
        for place, row in zip(np.flatnonzero(odd).tolist(), block.rows[odd].tolist(), strict=True):
            found[place] = question.holds(View(self.rows.headers(row)))
        return found

    def _read_odd(self, stop: int) -> None:
        """Keep what the headers of odd rows say, up to row `stop`."""
        begin, self._odd_rows = self._odd_rows, max(stop, self._odd_rows)
        block = Block(self._capture, begin, self._odd_rows)
        for place in np.flatnonzero(layered(block)).tolist():
            if self._odd.full:
                return
            number = begin + place + 1
            for name, values in header_values(self._capture, number).items():
                for found in values:
                    self._odd.add(number, name, found.value, found.text)

    def _headers(self, question: Question, block: Block, undecided: Mask) -> Mask:
        """The same for the undecided rows alone: headers must be read from the file."""
        found = block.none()
        asked = undecided & (question.possible(block) | layered(block))
        found[asked] = self._exactly(question, block.only(asked))
        return found

    def _truth(self, wanted: Filter, known: dict[int, Mask]) -> Mask:
        assert wanted.tree is not None
        return truth(wanted.tree, lambda term: known[id(term.asks)])  # type: ignore[no-any-return]

    def _passes(self, wanted: Filter, row: int) -> bool:
        """One packet, its stream dissected as far as is needed for it."""
        return wanted.packet(self.rows, row, self._messages(row + 1))

    def _look(self, questions: Sequence[Question], block: Block, undecided: Mask) -> Mask:
        """Dissect the streams of undecided rows as far as nobody did; returns the rows that are better asked one by one."""
        keys = _keys(block, undecided)
        whole = not block.start and block.stop == len(self._capture.index)
        while True:  # once more where it turns out that values are too long, or too many, to be kept
            last = self._last_rows()
            missing = np.unique(np.concatenate([self._covering(question).missing(keys, last) for question in questions]))
            if not len(missing):
                return block.none()
            rows = self._rows_of(missing)
            if not whole:
                # a stream that grows is followed, not read anew each time; a long one is read as far as is needed
                known = np.any([self._covering(question).known(missing) for question in questions], axis=0)
                if len(rows) > FEW_PACKETS or known.any():
                    return np.isin(_key_column(block), missing)
            self._read(questions, rows, missing)

    def _covering(self, question: Question) -> _Coverage:
        if question.plain is not None and self._table.knows(question.plain):
            return self._kept
        known = self._answers.pop(question.text, None) or _Answers()
        self._answers[question.text] = known
        return known.coverage

    def _answer(self, question: Question, block: Block, undecided: Mask) -> Mask:
        if question.plain is not None and self._table.knows(question.plain):
            return self._table.answer(question.plain, block.stop)[block.start :]
        answers = self._answers[question.text]
        found = _rows_in(answers.true, block)
        if any(header_names(source) for source in question.sources):
            # headers may make it true of a packet that completes no message
            for place in np.flatnonzero(undecided & ~_rows_in(answers.seen, block)).tolist():
                found[place] = question.holds(View(self.rows.headers(block.start + place)))
        return found

    def _read(self, questions: Sequence[Question], rows: NDArray[np.int64], keys: NDArray[np.int64]) -> None:
        """Dissect the streams of `rows`, keep what their messages say, and the answers to questions that need more than is kept."""
        end = len(self._capture.index)
        fresh = self._kept.missing(keys, self._last_rows())
        self._table.forget(self._marked(fresh))
        asked = [question for question in questions if question.plain is None or not self._table.knows(question.plain)]
        for question in asked:
            self._answers[question.text].forget((rows + 1).tolist())
        is_fresh = np.zeros(int(keys.max()) + 1, np.bool_)
        is_fresh[fresh] = True
        column = _key_column(Block(self._capture, 0, end))
        for messages in _by_packet(self.walk(rows)):
            packet = messages[0].packet
            key = int(column[packet - 1])
            if not self._table.full and key < len(is_fresh) and is_fresh[key]:
                for message in messages:
                    _keep(self._table, message)
            if asked:
                self._ask(asked, View(self.rows.headers(packet - 1), messages), packet)
        self._kept.cover(keys, end)
        for question in asked:
            self._answers[question.text].coverage.cover(keys, end)

    def _ask(self, questions: Sequence[Question], view: View, packet: int) -> None:
        for question in questions:
            self._answers[question.text].add(packet, holds=question.holds(view))

    def _marked(self, keys: NDArray[np.int64]) -> Mask:
        index = self._capture.index
        return np.isin(_key_column(Block(self._capture, 0, len(index))), keys) if len(keys) else np.zeros(len(index), np.bool_)

    def _last_rows(self) -> NDArray[np.int64]:
        """By stream the number of its last packet."""
        index = self._capture.index
        size = 2 * max(index.stream_count("tcp"), index.stream_count("udp"), 1)
        if size > len(self._last):
            self._last = np.concatenate([self._last, np.zeros(size - len(self._last), np.int64)])
        if self._looked < len(index):
            block = Block(self._capture, self._looked, len(index))
            keys = _key_column(block)
            rows = np.flatnonzero(keys >= 0)
            self._last[keys[rows]] = self._looked + rows + 1  # of several rows of one stream the last stays
            self._looked = len(index)
        return self._last

    def _rows_of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of these streams, and of those that they may continue."""
        index = self._capture.index
        column = _key_column(Block(self._capture, 0, len(index)))
        return np.flatnonzero(np.isin(column, self._with_origins(keys)) & (column >= 0))

    def _with_origins(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        index = self._capture.index
        streams = (keys[keys % 2 == 1] // 2).tolist()
        if not streams:
            return keys
        if len(streams) <= MOST_SINGLE:
            earlier: Iterable[int] = {other for stream in streams for other in self._origins("udp", stream)}
        else:
            servers = {index.flow("udp", stream).server for stream in streams}
            earlier = [stream for stream in range(max(streams)) if index.flow("udp", stream).server in servers]
        return np.unique(np.concatenate([keys, np.array([2 * stream + 1 for stream in earlier], np.int64)]))


def _key_column(block: Block) -> NDArray[np.int64]:
    """Of each row its stream: twice its number, plus one for UDP; below 0 without one."""
    keys: NDArray[np.int64] = 2 * block.column("stream").astype(np.int64) + (block.column("ip_protocol") == _UDP)
    return keys


def _rows_in(packets: set[int], block: Block) -> Mask:
    """The rows of these packets."""
    found = block.none()
    rows = np.fromiter(packets, np.int64, len(packets)) - 1 - block.start
    found[rows[(rows >= 0) & (rows < len(found))]] = True
    return found


def _keys(block: Block, rows: Mask) -> NDArray[np.int64]:
    keys = _key_column(block)[rows & (block.column("stream") >= 0)]
    return np.unique(keys)


def _by_packet(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Messages in order of completion, those of one packet together."""
    waiting: list[Message] = []
    for message in messages:
        if waiting and message.packet != waiting[0].packet:
            yield waiting
            waiting = []
        waiting.append(message)
    if waiting:
        yield waiting


def _keep(table: FieldTable, message: Message) -> None:
    """Put what a message says into a table."""
    packet = message.packet
    stack = [message.root]
    while stack:
        node = stack.pop()
        if node.children:
            stack.extend(reversed(node.children))
        if node.abbrev:
            table.add(packet, node.abbrev, node.value, node.text)
    table.add(packet, "workbench.protocol", message.protocol, "")
    table.add(packet, "workbench.direction", message.direction.name.lower(), "")
    if message.label:
        table.add(packet, "workbench.label", message.label, "")
    for layer in message.layer:
        table.add(packet, "workbench.layer", layer, "")
    for note in message.notes:
        table.add(packet, "note.severity", int(note.severity), note.severity.name.lower())
        table.add(packet, "note.text", note.text, "")
        if note.section:
            table.add(packet, "note.section", note.section, "")

"""Dissects a whole capture, or a growing one again and again, and keeps the sums: messages, response times, remarks."""

from collections import Counter
from collections.abc import Iterable, Iterator

from captures.stream_events import Noticed, StreamEvent
from captures.streams import Streams
from workbench.analysis.exchanges import Exchanges
from workbench.analysis.hierarchy import MessageCounts
from workbench.analysis.remarks import Remarks
from workbench.api import Message
from workbench.session import Session

__all__ = ["BATCH", "Watcher"]

BATCH = 65_536
"""Packets indexed between two rounds of dissecting: columns grow in large steps, and a first message comes early."""


class Watcher:
    """Follows a session and sums up what it says. Exhaust `look` and `finish`; after `finish` the sums are final."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.messages: Counter[str] = Counter()
        self.faulty: Counter[str] = Counter()
        """Messages with errors, by protocol."""
        self.counts = MessageCounts(session.capture.index)
        self.exchanges = Exchanges()
        self.remarks = Remarks()
        self._streams = Streams(session.capture)
        self._dissector = session.dissector()

    def look(self) -> Iterator[Message]:
        """The messages that were completed since the last look, with all that was captured since then."""
        while True:
            grown = self.session.grow(BATCH)
            yield from self._dissect(self._streams.advance())
            if not grown:
                return

    def finish(self) -> Iterator[Message]:
        """The capture is over: what was left comes out, complete or not."""
        yield from self.look()
        yield from self._dissect(self._streams.flush())
        yield from self._count(self._dissector.finish())

    def _dissect(self, events: Iterable[StreamEvent]) -> Iterator[Message]:
        for event in events:
            if isinstance(event, Noticed):
                self.remarks.note(event.stream.transport, event.note, event.packet)
            yield from self._count(self._dissector.receive(event))

    def _count(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            self.messages[message.protocol] += 1
            self.faulty[message.protocol] += bool(message.errors)
            self.counts.add(message)
            self.exchanges.add(message)
            self.remarks.add(message)
            yield message

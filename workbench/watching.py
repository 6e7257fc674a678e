"""The one walk over a capture, or over a growing one again and again, for everybody who listens; and the sums that are always wanted."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from captures.stream_events import Noticed, StreamEvent
from captures.streams import Streams
from workbench.analysis.exchanges import Exchanges
from workbench.analysis.hierarchy import MessageCounts
from workbench.analysis.remarks import Remarks
from workbench.api import Message
from workbench.session import Session

__all__ = ["BATCH", "Listener", "Walk", "Watcher"]

BATCH = 65_536
"""Packets indexed between two rounds of dissecting: columns grow in large steps, and a first message comes early."""


class Listener(Protocol):
    """Hears what a walk finds, in order."""

    def message(self, message: Message) -> None:
        """The next message, complete."""

    def noticed(self, event: Noticed) -> None:
        """The next remark about a transport."""


class Walk:
    """Follows a session; the listeners hear everything once. Exhaust `look` and `finish`; after `finish` nothing comes any more."""

    def __init__(self, session: Session, listeners: Sequence[Listener] = ()) -> None:
        self.session = session
        self._listeners = tuple(listeners)
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
        yield from self._tell(self._dissector.finish())

    def _dissect(self, events: Iterable[StreamEvent]) -> Iterator[Message]:
        for event in events:
            if isinstance(event, Noticed):
                for listener in self._listeners:
                    listener.noticed(event)
            yield from self._tell(self._dissector.receive(event))

    def _tell(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            for listener in self._listeners:
                listener.message(message)
            yield message


class Watcher(Walk):
    """A walk that keeps the sums: messages, response times, remarks. After `finish` they are final."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, (self,))
        self.messages: Counter[str] = Counter()
        self.faulty: Counter[str] = Counter()
        """Messages with errors, by protocol."""
        self.counts = MessageCounts(session.capture.index)
        self.exchanges = Exchanges()
        self.remarks = Remarks()

    def message(self, message: Message) -> None:
        """Count it."""
        self.messages[message.protocol] += 1
        self.faulty[message.protocol] += bool(message.errors)
        self.counts.add(message)
        self.exchanges.add(message)
        self.remarks.add(message)

    def noticed(self, event: Noticed) -> None:
        """Count it."""
        self.remarks.note(event.stream.transport, event.note, event.packet)

"""Looks at a growing capture again and again: dissects what is new, keeps the counts."""

from collections import Counter
from collections.abc import Iterator

from captures.streams import Streams
from dissectors import Dissector
from workbench.analysis.exchanges import Exchanges
from workbench.analysis.remarks import Remarks
from workbench.api import Message
from workbench.session import Session

__all__ = ["Watcher"]


class Watcher:
    """Follows a session. After `finish`, every stream is at its end and the counts are final."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.messages: Counter[str] = Counter()
        self.faulty: Counter[str] = Counter()
        self.exchanges = Exchanges()
        self.remarks = Remarks()
        self._streams = Streams(session.capture)
        self._dissector = Dissector(session.registry.specs, decode_as=session.decode_as)

    def look(self) -> list[Message]:
        """Index and dissect what was captured since the last look."""
        self.session.grow()
        return list(self._count(message for event in self._streams.advance() for message in self._dissector.receive(event)))

    def finish(self) -> list[Message]:
        """The capture is over: what was left incomplete comes out now."""
        found = self.look()
        found += self._count(message for event in self._streams.flush() for message in self._dissector.receive(event))
        found += self._count(self._dissector.finish())
        return found

    def _count(self, messages: Iterator[Message]) -> Iterator[Message]:
        for message in messages:
            self.messages[message.protocol] += 1
            if message.errors:
                self.faulty[message.protocol] += 1
            self.exchanges.add(message)
            self.remarks.add(message)
            yield message

"""Looks for what alert rules describe, in a capture that may still grow; yields alerts.

Each packet is looked at once, with the messages that it completes; nothing is dissected where no rule asks for messages.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from captures import marks
from captures.streams import Streams
from dissectors.filter_columns import Block
from dissectors.filter_rows import Rows
from dissectors.filters import Filter, parse_filter
from workbench.analysis.alerts import Alert, Rule, RuleState
from workbench.api import Message, UsageError
from workbench.session import Session

__all__ = ["Alerting", "Fired"]

BATCH = 16_384
"""Packets indexed between two rounds: alerts come early, and the messages of one round are held in memory."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An alert, and the last message that its packet completed, where rules ask for messages and there is one."""

    alert: Alert
    message: Message | None


_Found = dict[int, list[Message]]
"""Messages by the packet that completed them."""


class Alerting:
    """Applies rules to a session. Raises UsageError for a rule whose filter cannot be read."""

    def __init__(self, session: Session, rules: Sequence[Rule]) -> None:
        self._session = session
        self._watched = [(RuleState(rule), _filter(rule, session)) for rule in rules]
        self._dissects = any(wanted.needs_messages for _, wanted in self._watched)
        self._streams = Streams(session.capture)
        self._dissector = session.dissector()
        self._seen = 0
        self.caught_up = False
        """Whether the last look took all there was."""

    @property
    def doubts(self) -> tuple[tuple[Rule, str], ...]:
        """Where the filter of a rule may not mean what was meant."""
        return tuple((state.rule, doubt) for state, wanted in self._watched for doubt in wanted.doubts)

    @property
    def seen(self) -> int:
        """Packets that were looked at."""
        return self._seen

    def look(self) -> Iterator[Fired]:
        """The alerts among the next packets that were not looked at, BATCH of them at most, in their order. Exhaust it.

        Whoever writes the file may be faster for a while, so this does not wait until there is nothing more; see `caught_up`.
        """
        self.caught_up = self._session.grow(BATCH) < BATCH
        start, self._seen = self._seen, len(self._session)
        if start == self._seen:
            return
        found = self._messages() if self._dissects else {}
        lists = [self._alerts(state, self._matching(wanted, start, found)) for state, wanted in self._watched]
        yield from self._fired(lists, found)

    def finish(self) -> Iterator[Fired]:
        """The capture is over: all that was not looked at, and messages that only their stream's end completes."""
        yield from self.look()
        while not self.caught_up:
            yield from self.look()
        if not self._dissects:
            return
        found: _Found = {}
        for event in self._streams.flush():
            _sort_in(found, self._dissector.receive(event))
        _sort_in(found, self._dissector.finish())
        asking = [(state, wanted) for state, wanted in self._watched if wanted.needs_messages]
        lists = [self._alerts(state, self._passing(wanted, sorted(found), found)) for state, wanted in asking]
        yield from self._fired(lists, found)

    def _messages(self) -> _Found:
        found: _Found = {}
        for event in self._streams.advance():
            _sort_in(found, self._dissector.receive(event))
        return found

    def _matching(self, wanted: Filter, start: int, found: _Found) -> Iterator[int]:
        """Numbers of the packets from row `start` on that pass."""
        if not wanted.needs_messages:
            return iter(self._session.matching(wanted, start, self._seen).tolist())
        rows = wanted.possible(Block(self._session.capture, start, self._seen))
        return self._passing(wanted, (np.flatnonzero(rows) + start + 1).tolist(), found)

    def _passing(self, wanted: Filter, numbers: Iterable[int], found: _Found) -> Iterator[int]:
        rows = Rows(self._session.capture)
        return (number for number in numbers if wanted.packet(rows, number - 1, found.get(number, ())))

    def _alerts(self, state: RuleState, numbers: Iterable[int]) -> list[Alert]:
        index = self._session.capture.index
        # a packet without a time lies in no window
        timed = (number for number in numbers if number > 0 and not index.flags[number - 1] & marks.TIMELESS)
        alerts = (state.match(number, int(index.time_ns[number - 1])) for number in timed)
        return [alert for alert in alerts if alert is not None]

    def _fired(self, lists: Iterable[list[Alert]], found: _Found) -> Iterator[Fired]:
        for alert in heapq.merge(*lists, key=lambda alert: alert.packet):
            done = found.get(alert.packet)
            yield Fired(alert, done[-1] if done else None)


def _sort_in(found: _Found, messages: Iterable[Message]) -> None:
    for message in messages:
        found.setdefault(message.packet, []).append(message)


def _filter(rule: Rule, session: Session) -> Filter:
    try:
        return parse_filter(rule.filter, session.registry.specs)
    except UsageError as error:
        raise UsageError(error.message, place=f"rule {rule.name!r}", remedy=error.remedy) from None

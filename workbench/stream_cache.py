"""Messages of single streams, dissected as far as somebody looked and remembered within a bound.

Random access for screens: the messages of packet 700,000 need its stream up to there, not the capture. For everything in order, see
`dissectors.dissect`.
"""

import sys
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from captures.stream_events import StreamEvent
from dissectors.engine import Dissector
from workbench.api import Direction, Message, Transport

__all__ = ["MessageCache", "size_of"]

MESSAGE_BYTES, FIELD_BYTES = 300, 350
"""What a message and each of its fields take in memory; measured with tracemalloc on 1,500 messages of streambus and of HTTP."""

CARRIER_BYTES = 150
"""What it costs to find a message by one of its packets."""

STREAM_BYTES = 65_536
"""What a stream costs that is dissected half-way (its reassembler, its decoder, what waits in them), measured likewise."""

Key = tuple[Transport, int]


def size_of(message: Message) -> int:
    """Bytes that keeping `message` costs, estimated."""
    fields = sum(1 for _ in message.root.walk())
    views = sum(len(view.data) for view in message.views[1:])
    return MESSAGE_BYTES + len(message.raw) + views + FIELD_BYTES * fields + CARRIER_BYTES * len(message.packets)


class _Progress:
    """One stream's messages up to where it was dissected. Older ones go when they outgrow `limit`; `first` is then above 0."""

    def __init__(self, number: int, events: Iterator[StreamEvent | None], dissector: Dissector, packets: int, limit: int) -> None:
        self._number = number
        self.packets = packets
        self.checked_at = 0
        """How many packets the capture had when `packets` was last compared."""
        self.complete = False
        self.first = 0
        self.messages: deque[Message] = deque()
        self.carried: dict[int, deque[Message]] = {}
        """The messages by the packets that carry bytes of them, in stream order."""
        self._events = events
        self._dissector = dissector
        self._limit = limit
        self._kept = 0
        self._fed = 0
        self._dry = False
        """Whether the capture has nothing more of this stream now."""
        self._looked = 0
        self._finished = {Direction.TO_SERVER: 0, Direction.TO_CLIENT: 0}

    @property
    def bytes(self) -> int:
        """What this stream costs, estimated."""
        return STREAM_BYTES + self._kept

    def advance_to(self, packet: int, direction: Direction) -> None:
        """Dissect until every message that `packet` carries bytes of is known."""
        self._looked = packet
        while not self.complete and not (self._passed(packet) and self._is_known(packet, direction)):
            self._step()

    def _passed(self, packet: int) -> bool:
        return self._fed > packet or self._dry

    def _is_known(self, packet: int, direction: Direction) -> bool:
        return self._finished[direction] >= packet and not self._dissector.waits_inside(packet, direction)

    def advance_to_end(self) -> None:
        """Dissect the rest of the stream."""
        self._looked = sys.maxsize
        while not self.complete:
            self._step()

    def _step(self) -> None:
        try:
            event = next(self._events)
        except StopIteration:
            self.complete = True
            self._keep(self._dissector.finish())
            return
        self._dry = event is None
        if event is None:
            return
        self._fed = max(self._fed, event.packet)
        self._keep(self._dissector.receive(event))

    def _keep(self, messages: Iterator[Message]) -> None:
        for message in messages:
            if message.stream != self._number:
                continue  # of a stream that is only walked beside this one
            self.messages.append(message)
            for packet in message.packets:
                self.carried.setdefault(packet, deque()).append(message)
            self._kept += size_of(message)
            self._finished[message.direction] = max(self._finished[message.direction], message.packet)
        while self._kept > self._limit and len(self.messages) > 1:
            self._forget_oldest()

    def forget_older_half(self) -> bool:
        """Forget the older half of the messages, but none behind the last look: whoever goes on from there, or a little back, need not
        begin again. Whether there was any."""
        count = len(self.messages)
        while len(self.messages) > count // 2 and self.messages[0].packet <= self._looked:
            self._forget_oldest()
        return len(self.messages) < count

    def _forget_oldest(self) -> None:
        gone = self.messages.popleft()
        for packet in gone.packets:
            left = self.carried[packet]
            left.popleft()
            if not left:
                del self.carried[packet]
        self._kept -= size_of(gone)
        self.first = max(self.first, gone.packet + 1)


class MessageCache:
    """The streams looked at last, within `limit` bytes altogether."""

    def __init__(
        self,
        events: Callable[[Transport, int], Iterator[StreamEvent | None]],
        dissector: Callable[[], Dissector],
        packets: Callable[[Transport, int], int],
        limit: int,
        grown: Callable[[], int] = lambda: 0,
    ) -> None:
        """`events` walks one stream, perhaps with others beside it (`captures.growing_stream`), `packets` says how many packets it has now
        (a stream that was thought to be over and grew is dissected again), `grown` how many the whole capture has: as long as that stays,
        nobody need count those of a stream."""
        self._events = events
        self._dissector = dissector
        self._packets = packets
        self._limit = limit
        self._grown = grown
        self._streams: OrderedDict[Key, _Progress] = OrderedDict()
        self._bytes = 0

    def of_packet(self, transport: Transport, stream: int, packet: int, direction: Direction) -> tuple[Message, ...]:
        """The messages that `packet` (which travels in `direction`) carries bytes of, in stream order."""
        progress = self._get(transport, stream, packet)
        self._bytes -= progress.bytes
        progress.advance_to(packet, direction)
        found = tuple(progress.carried.get(packet, ()))
        self._bytes += progress.bytes
        self._shrink()
        return found

    def of_stream(self, transport: Transport, stream: int) -> tuple[Message, ...]:
        """All messages of a stream; of one that outgrows the bound, the last ones."""
        progress = self._get(transport, stream, 0)
        self._bytes -= progress.bytes
        progress.advance_to_end()
        self._bytes += progress.bytes
        self._shrink()
        return tuple(progress.messages)

    @property
    def bytes(self) -> int:
        """What is kept at the moment, estimated."""
        return self._bytes

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self._streams):
            self._drop(key)

    def _get(self, transport: Transport, stream: int, packet: int) -> _Progress:
        key = (transport, stream)
        known = self._streams.get(key)
        if known is not None and (0 < packet < known.first or not self._is_current(key, known) or (not packet and known.first)):
            self._drop(key)
            known = None
        if known is None:
            events = self._events(transport, stream)
            known = _Progress(stream, events, self._dissector(), self._packets(transport, stream), self._limit)
            known.checked_at = self._grown()
            self._streams[key] = known
            self._bytes += known.bytes
        self._streams.move_to_end(key)
        return known

    def _is_current(self, key: Key, progress: _Progress) -> bool:
        grown = self._grown()
        if not progress.complete or (progress.checked_at == grown and grown):
            return True
        progress.checked_at = grown
        return progress.packets == self._packets(*key)

    def _forget_half(self, key: Key) -> bool:
        """Whether there was anything to forget of a stream."""
        progress = self._streams[key]
        before = progress.bytes
        forgot = progress.forget_older_half()
        self._bytes += progress.bytes - before
        return forgot

    def _drop(self, key: Key) -> None:
        self._bytes -= self._streams.pop(key).bytes

    def _shrink(self) -> None:
        """First streams go that are over, those looked at longest ago before others, then the older messages of each, then the rest."""
        others = list(self._streams)[:-1]
        for key in [key for key in others if self._streams[key].complete]:
            if self._bytes <= self._limit:
                return
            self._drop(key)
            others.remove(key)
        while self._bytes > self._limit and others:
            others = [key for key in others if self._bytes <= self._limit or self._forget_half(key)]
        while self._bytes > self._limit and len(self._streams) > 1:
            self._drop(next(iter(self._streams)))

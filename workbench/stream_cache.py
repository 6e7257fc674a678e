"""Messages of single streams, dissected as far as somebody looked and remembered within a bound.

Random access for screens: the messages of packet 700,000 need its stream up to there, not the capture. For everything in order, see
`dissectors.dissect`.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterator

from captures.stream_events import Delivered, StreamEvent
from dissectors.engine import Dissector
from workbench.api import Direction, Message, Transport

__all__ = ["MessageCache", "size_of"]

MESSAGE_BYTES = 600
FIELD_BYTES = 400
"""What a message and each of its fields take in memory, measured with tracemalloc on streambus and HTTP messages, rounded up."""

Key = tuple[Transport, int]


def size_of(message: Message) -> int:
    """Bytes that keeping `message` costs, estimated."""
    fields = sum(1 for _ in message.root.walk())
    return MESSAGE_BYTES + len(message.raw) + FIELD_BYTES * fields + sum(len(view.data) for view in message.views[1:])


class _Progress:
    """One stream's messages up to where it was dissected. Older ones go when they outgrow `limit`; `first` is then above 0."""

    def __init__(self, events: Iterator[StreamEvent], dissector: Dissector, packets: int, limit: int) -> None:
        self.packets = packets
        self.bytes = 0
        self.complete = False
        self.first = 0
        self.messages: deque[Message] = deque()
        self._events = events
        self._dissector = dissector
        self._limit = limit
        self._fed = 0
        self._finished = {Direction.TO_SERVER: 0, Direction.TO_CLIENT: 0}

    def advance_to(self, packet: int, direction: Direction) -> None:
        """Dissect until every message that `packet` carries bytes of is known."""
        while not self.complete and (self._fed <= packet or self._finished[direction] < packet):
            self._step()

    def advance_to_end(self) -> None:
        """Dissect the rest of the stream."""
        while not self.complete:
            self._step()

    def _step(self) -> None:
        event = next(self._events, None)
        if event is None:
            self.complete = True
            self._keep(self._dissector.finish())
            return
        self._fed = max(self._fed, event.chunk.packet if isinstance(event, Delivered) else event.packet)
        self._keep(self._dissector.receive(event))

    def _keep(self, messages: Iterator[Message]) -> None:
        for message in messages:
            self.messages.append(message)
            self.bytes += size_of(message)
            self._finished[message.direction] = max(self._finished[message.direction], message.packet)
        while self.bytes > self._limit and len(self.messages) > 1:
            gone = self.messages.popleft()
            self.bytes -= size_of(gone)
            self.first = max(self.first, gone.packet + 1)


class MessageCache:
    """The streams looked at last, within `limit` bytes altogether."""

    def __init__(
        self,
        events: Callable[[Transport, int], Iterator[StreamEvent]],
        dissector: Callable[[], Dissector],
        packets: Callable[[Transport, int], int],
        limit: int,
    ) -> None:
        """`events` walks one stream, `packets` says how many packets it has now (a live stream that grew is dissected again)."""
        self._events = events
        self._dissector = dissector
        self._packets = packets
        self._limit = limit
        self._streams: OrderedDict[Key, _Progress] = OrderedDict()

    def of_packet(self, transport: Transport, stream: int, packet: int, direction: Direction) -> tuple[Message, ...]:
        """The messages that `packet` (which travels in `direction`) carries bytes of, in stream order."""
        progress = self._get(transport, stream, packet)
        progress.advance_to(packet, direction)
        self._shrink()
        return tuple(message for message in progress.messages if packet in message.packets)

    def of_stream(self, transport: Transport, stream: int) -> tuple[Message, ...]:
        """All messages of a stream; of one that outgrows the bound, the last ones."""
        progress = self._get(transport, stream, 0)
        progress.advance_to_end()
        self._shrink()
        return tuple(progress.messages)

    @property
    def bytes(self) -> int:
        """What is kept at the moment, estimated."""
        return sum(progress.bytes for progress in self._streams.values())

    def _get(self, transport: Transport, stream: int, packet: int) -> _Progress:
        key, packets = (transport, stream), self._packets(transport, stream)
        known = self._streams.get(key)
        if known is None or known.packets != packets or 0 < packet < known.first:
            known = _Progress(self._events(transport, stream), self._dissector(), packets, self._limit)
            self._streams[key] = known
        self._streams.move_to_end(key)
        return known

    def _shrink(self) -> None:
        while len(self._streams) > 1 and self.bytes > self._limit:
            self._streams.popitem(last=False)

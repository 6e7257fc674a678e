"""UDP conversations seen as two byte streams: each datagram is one chunk, at the offset where the earlier ones end."""

from collections.abc import Callable, Sequence

from captures.segment import Segment
from captures.stream_events import Delivered, Ended, EndReason, Noticed, Stream, StreamEvent
from workbench.api import Chunk, Direction, Note, Severity

__all__ = ["Datagrams"]


class Datagrams:
    """One UDP conversation. Takes `Segment`s like a TCP reassembler, of which it reads direction, bytes, length, packet and time."""

    __slots__ = ("_last", "_lost", "_offsets", "closed", "packet", "stream")

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.closed = False
        self.packet = 0
        """The last packet."""
        self._offsets = [0, 0]
        self._lost = [0, 0]
        self._last = [0, 0]

    def receive(self, datagram: Segment) -> Sequence[StreamEvent]:
        """The datagram as a chunk; nothing for an empty one."""
        way, length, data, packet = datagram.direction, datagram.length, datagram.data, datagram.packet
        self.packet = self._last[way] = packet
        if not length:
            return ()
        direction, offset, lost = Direction(way), self._offsets[way], self._lost[way]
        self._offsets[way] = offset + length
        events: list[StreamEvent] = []
        missing = length - len(data)
        if missing > 0:
            text = f"datagram cut by the snapshot length: {missing} bytes missing"
            events.append(Noticed(self.stream, packet, Note(Severity.NOTE, text, offset + len(data), offset + length), direction))
        if data:
            chunk = Chunk(direction, offset, data, packet, packet, datagram.time_ns, lost)
            events.append(Delivered(self.stream, chunk))
            self._lost[way] = missing
        else:
            self._lost[way] = lost + missing
        return events

    def offer(self, datagram: Segment, take: Callable[[int, Segment], bool]) -> bool:
        """`receive` for a datagram that somebody may take, so that nobody wants its chunk: he is asked, with the stream's number, where
        nothing is missing of it, nor before it. Whether he took it."""
        way, length = datagram.direction, datagram.length
        if not length or length != len(datagram.data) or self._lost[way] or not take(self.stream.number, datagram):
            return False
        self.packet = self._last[way] = datagram.packet
        self._offsets[way] += length
        return True

    def finish(self, reason: EndReason = "capture") -> list[StreamEvent]:
        """End the directions that carried a datagram."""
        self.closed = True
        return [Ended(self.stream, Direction(way), packet, reason) for way, packet in enumerate(self._last) if packet]

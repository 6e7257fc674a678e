"""TCP segments for tests, so that these read like a conversation."""

from captures.reassembly import Reassembler, ReassemblyLimits
from captures.segment import ACK, FIN, RST, SYN, Segment
from captures.stream_events import Delivered, Ended, Noticed, Stream, StreamEvent
from workbench.api import Direction, Endpoint, FlowKey

STREAM = Stream("tcp", 0, FlowKey("tcp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 80)))


class Wire:
    """A reassembler and the packets shown to it so far; sequence numbers are relative to each side's initial one."""

    def __init__(self, limits: ReassemblyLimits | None = None, initial: tuple[int, int] = (1000, 5000)) -> None:
        self.initial = initial
        self.payloads: dict[int, bytes] = {}
        self.events: list[StreamEvent] = []
        self.reassembler = Reassembler(STREAM, limits, recall=self.payloads.__getitem__)

    def packet(
        self,
        direction: int,
        sequence: int,
        data: bytes = b"",
        *,
        ack: int = 1,
        flags: int = ACK,
        window: int = 1000,
        length: int | None = None,
    ) -> list[StreamEvent]:
        """Show one packet; returns the new events. Relative numbers: the SYN is 0, the first byte is 1."""
        number = len(self.payloads) + 1
        self.payloads[number] = data
        own, other = self.initial[direction], self.initial[1 - direction]
        segment = Segment(
            direction,
            own + sequence & 0xFFFFFFFF,
            other + ack & 0xFFFFFFFF if flags & ACK else 0,
            flags,
            window,
            data,
            len(data) if length is None else length,
            number,
            number * 1000,
        )
        new = list(self.reassembler.receive(segment))
        self.events += new
        return new

    def handshake(self) -> "Wire":
        """SYN, SYN/ACK, ACK."""
        self.packet(0, 0, flags=SYN)
        self.packet(1, 0, flags=SYN | ACK)
        self.packet(0, 1)
        return self

    def fin(self, direction: int, sequence: int, data: bytes = b"", ack: int = 1) -> list[StreamEvent]:
        """A FIN after `data`."""
        return self.packet(direction, sequence, data, ack=ack, flags=ACK | FIN)

    def reset(self, direction: int, sequence: int, data: bytes = b"") -> list[StreamEvent]:
        """A reset."""
        return self.packet(direction, sequence, data, flags=ACK | RST)

    def finish(self) -> list[StreamEvent]:
        """The capture ends."""
        new = list(self.reassembler.finish())
        self.events += new
        return new

    def data(self, direction: int) -> bytes:
        """Everything delivered in one direction; lost bytes as dots."""
        return b"".join(b"." * c.gap + c.data for c in chunks(self.events) if c.direction == direction)


def chunks(events):
    """The chunks among events."""
    return [event.chunk for event in events if isinstance(event, Delivered)]


def notes(events):
    """The texts of the notes among events."""
    return [event.note.text for event in events if isinstance(event, Noticed)]


def ends(events):
    """(direction, packet, reason) of the ends among events."""
    return [(Direction(event.direction), event.packet, event.reason) for event in events if isinstance(event, Ended)]

"""TCP reassembly without sockets or files: segments of one connection in capture order go in, stream events come out (RFC 9293).

Choices where captures differ from what the end points saw:

- The first bytes captured for an offset win; a later copy that differs is noted.
- A hole is given up when the other side acknowledges bytes behind it (it had what the capture misses), when too much waits behind
  it, or when the direction ends. The next chunk then says how many bytes were lost.
- A connection whose beginning was not captured starts at the first sequence number seen.
- A reset ends its sender's direction only where its sequence number is exactly the next one (RFC 5961 3.2); what was in flight
  towards its sender is still delivered. When a SYN follows a reset that refused a connection, the direction begins after all.

Which packets belong to one connection is the index's business, reading their bytes is `streams`'.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from captures.backlog import Backlog, Piece
from captures.half_stream import NEVER, OLDEST, SEQUENCE_MASK, HalfStream, Recall, Release
from captures.segment import ACK, FIN, RST, SYN, URG, Segment
from captures.stream_events import Delivered, Ended, EndReason, Noticed, Stream, StreamEvent
from workbench.api import Chunk, Direction, Note, Severity

__all__ = ["Budget", "Reassembler", "ReassemblyLimits", "Segment"]

_TELLING = FIN | SYN | RST | URG | ACK


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassemblyLimits:
    """Bounds that keep hostile captures cheap."""

    buffered_bytes: int = 8 << 20
    """Behind one hole. Linux lets a receive window grow to 6 MiB by default; no honest sender has more in flight."""
    buffered_segments: int = 8192
    """Behind one hole: 8 MiB in segments of 1 KiB."""
    total_memory: int = 128 << 20
    """Bytes of memory behind all holes of a capture together, whatever the number of streams."""
    history: int = 16
    """Delivered pieces remembered in each direction, to compare retransmissions with: most repeat one of the last few."""
    open_streams: int = 32_768
    """Connections and conversations followed at once, at most 7 KiB each with full history; the least recently used go first."""


class Budget:
    """Memory used behind holes, over all connections that share this object."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used = 0


class Reassembler:
    """Puts the segments of one connection in order."""

    __slots__ = ("_budget", "_halves", "_limits", "_recall", "stream")

    def __init__(
        self,
        stream: Stream,
        limits: ReassemblyLimits | None = None,
        *,
        recall: Recall | None = None,
        budget: Budget | None = None,
    ) -> None:
        """`recall` gives an earlier packet's payload; without it, retransmissions of delivered bytes are not compared."""
        self.stream = stream
        self._limits = limits or ReassemblyLimits()
        self._recall = recall
        self._budget = budget or Budget()
        history = self._limits.history
        self._halves = (HalfStream(Direction.TO_SERVER, history), HalfStream(Direction.TO_CLIENT, history))

    @property
    def closed(self) -> bool:
        """Both directions ended: later segments of this connection change nothing."""
        return self._halves[0].ended and self._halves[1].ended

    @property
    def refused(self) -> bool:
        """Whether the connection ended with a reset before any byte."""
        return self._halves[0].refused or self._halves[1].refused

    @property
    def packet(self) -> int:
        """The last packet."""
        return max(self._halves[0].packet, self._halves[1].packet)

    def receive(self, segment: Segment) -> Sequence[StreamEvent]:
        """Take the next segment of the capture; returns what it makes known, in order."""
        direction, sequence, acknowledgment, flags, window, data, length, packet, time_ns = segment
        half = self._halves[direction]
        other = self._halves[1 - direction]
        if sequence != half.expected or flags & _TELLING != ACK or len(data) != length or not window or other.alert:
            return self._unusual(half, other, segment)
        # the ordinary case, kept short: most segments of most captures end here
        half.acknowledged = acknowledgment
        half.window = window
        half.packet = packet
        half.time_ns = time_ns
        if not length:
            return ()
        offset = half.offset
        half.offset = end = offset + length
        half.expected = (sequence + length) & SEQUENCE_MASK
        half.history.append((offset, end, packet, 0))
        return [Delivered(self.stream, Chunk(half.direction, offset, data, packet, packet, time_ns))]

    def finish(self, reason: EndReason = "capture") -> list[StreamEvent]:
        """No more segments: deliver what waits and end both directions, for this reason unless they know a better one."""
        events: list[StreamEvent] = []
        for half, other in (self._halves, self._halves[::-1]):
            if not half.started or half.ended:
                continue
            release = Release(half.packet, half.time_ns)
            while half.waiting:
                self._give_up(half, release, events)
            if half.ended:
                continue
            unseen = half.distance(other.acknowledged) if other.acknowledged != NEVER else 0
            if 1 < unseen <= OLDEST:  # one may be the FIN
                text = f"gap: {unseen} bytes acknowledged at the end but missing in the capture"
                self._note(events, half, half.packet, Severity.WARN, text, half.offset, half.offset + unseen)
            self._end(half, half.packet, "rst" if half.peer_reset else reason, events)
        return events

    def _unusual(self, half: HalfStream, other: HalfStream, segment: Segment) -> list[StreamEvent]:
        """Whatever is not the next bytes of an undisturbed direction."""
        events: list[StreamEvent] = []
        flags = segment.flags
        half.packet, half.time_ns = segment.packet, segment.time_ns
        if not half.started:
            if not self._begin(half, other, segment, events):
                return events
        elif flags & SYN:
            self._synchronize_again(half, other, segment, events)
        if not flags & RST:
            self._read_window(half, other, segment, events)
            if flags & ACK:
                half.acknowledged = segment.acknowledgment
                self._read_acknowledgment(half, other, segment, events)
        if half.ended:
            self._after_end(half, other, segment, events)
        elif flags & RST:
            self._reset(half, other, segment, events)
        else:
            self._take(half, other, segment, events)
        half.settle()
        other.settle()
        return events

    def _begin(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> bool:
        """The first segment of a direction; False when it is none."""
        flags = segment.flags
        if flags & RST and other.synchronized and not (flags & ACK and other.distance(segment.acknowledgment) == 0):
            text = "reset that does not acknowledge the SYN: it refuses nothing"
            self._note(events, half, segment.packet, Severity.WARN, text, section="RFC 9293 3.10.7.3")
            return False
        half.synchronized = bool(flags & SYN)
        half.begin((segment.sequence + half.synchronized) & SEQUENCE_MASK)
        if not flags & (SYN | RST) and not other.started:
            self._note(events, half, segment.packet, Severity.NOTE, "the beginning of this connection was not captured")
        return True

    def _synchronize_again(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        """A SYN in a direction that has begun: a retransmission, one that was captured late, or one after a refusal."""
        first = (segment.sequence + 1) & SEQUENCE_MASK
        if half.refused:
            half.refused = half.ended = other.peer_reset = False
            half.begin(first)
            self._note(events, half, segment.packet, Severity.WARN, "the reset before this SYN was not believed")
        elif first == half.base:
            if half.synchronized:
                self._note(events, half, segment.packet, Severity.NOTE, "retransmission of the SYN")
        elif half.offset == 0 and not half.waiting:
            half.begin(first)
        else:
            text = "SYN with another initial sequence number inside a connection, ignored"
            self._note(events, half, segment.packet, Severity.WARN, text)
            return
        half.synchronized = True

    def _read_window(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        stalled = segment.window == 0 and not segment.flags & (SYN | FIN)
        if stalled and half.window != 0:
            self._note(events, half, segment.packet, Severity.WARN, "zero window: this side takes no more bytes for now")
        half.window = segment.window
        other.stalled = stalled

    def _read_acknowledgment(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        """What the acknowledgment says about the other direction: probes answered, bytes that the capture lacks."""
        if half.probed and not segment.length and half.distance(segment.sequence) == 0:
            self._note(events, half, segment.packet, Severity.NOTE, "keep-alive ACK")
        half.probed = False
        ahead = other.distance(segment.acknowledgment)
        if not other.started or other.ended or ahead > OLDEST:  # nobody acknowledges more than a window
            return
        acknowledged = other.offset + ahead
        if segment.flags & SYN and other.synchronized and acknowledged == 0 < other.offset:
            text = "the data in the SYN was not accepted (TCP Fast Open); it has to be sent again"
            self._note(events, half, segment.packet, Severity.NOTE, text, section="RFC 7413 4.2")
        release = Release(segment.packet, segment.time_ns)
        while other.waiting and acknowledged > (other.backlog.pieces[0].offset if other.backlog.pieces else other.fin):
            self._give_up(other, release, events)

    def _after_end(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        distance = half.distance(segment.sequence)
        if segment.flags & RST:
            other.peer_reset = other.peer_reset or distance == 0
        elif not segment.length and not segment.flags & FIN:
            return
        elif distance + segment.length <= 0:
            what = _bytes(segment.length) if segment.length else "the FIN"
            self._note(events, half, segment.packet, Severity.NOTE, f"retransmission of {what} after the end")
        else:
            text = f"{_bytes(segment.length)} after the end of this direction, ignored"
            self._note(events, half, segment.packet, Severity.WARN, text)

    def _reset(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        distance = half.distance(segment.sequence)
        if distance < 0 or (distance and not half.waiting):
            text = "reset with a sequence number that is not the next one: a careful receiver ignores it"
            self._note(events, half, segment.packet, Severity.WARN, text, section="RFC 5961 3.2")
            return
        other.peer_reset = True
        if segment.length:
            text = f"reset with {_bytes(segment.length)} of diagnostic data: {segment.data[:80]!r}"
            self._note(events, half, segment.packet, Severity.NOTE, text, section="RFC 9293 3.5.3")
        release = Release(segment.packet, segment.time_ns)
        while half.waiting and not half.ended:
            self._give_up(half, release, events)
        if not half.ended:
            self._note(events, half, segment.packet, Severity.WARN, "connection reset", half.offset, half.offset)
            self._end(half, segment.packet, "rst", events)
            half.refused = half.offset == 0 and not half.synchronized

    def _take(self, half: HalfStream, other: HalfStream, segment: Segment, events: list[StreamEvent]) -> None:
        """Payload and FIN of a segment in a direction that is open."""
        distance = half.distance(segment.sequence + bool(segment.flags & SYN))
        length = segment.length
        if distance == -1 and length <= 1 and not segment.flags & (SYN | FIN):
            self._note(events, half, segment.packet, Severity.NOTE, "keep-alive", half.offset - 1, half.offset)
            other.probed = True
            return
        piece = Piece(half.offset + distance, half.offset + distance + length, segment.data[:length], segment.packet)
        if length:
            self._take_piece(half, piece, segment, events)
        if segment.flags & URG:
            text = "urgent data, delivered in line"
            self._note(events, half, segment.packet, Severity.NOTE, text, piece.offset, piece.end, "RFC 6093")
        if segment.flags & FIN and half.fin == NEVER and piece.end >= half.offset and not half.ended:
            half.fin, half.fin_packet = piece.end, segment.packet
            self._close_where_due(half, Release(segment.packet, segment.time_ns), events)

    def _take_piece(self, half: HalfStream, piece: Piece, segment: Segment, events: list[StreamEvent]) -> None:
        packet = segment.packet
        if len(piece.data) < segment.length:
            text = f"packet cut by the snapshot length: {_bytes(segment.length - len(piece.data))} missing"
            self._note(events, half, packet, Severity.NOTE, text, piece.offset + len(piece.data), piece.end)
        elif half.stalled and segment.length == 1 and piece.offset == half.offset:
            self._note(events, half, packet, Severity.NOTE, "zero-window probe", piece.offset, piece.end)
        if piece.offset < half.offset:
            known = min(piece.end, half.offset)
            text = f"retransmission of {_bytes(known - piece.offset)}"
            self._note(events, half, packet, Severity.NOTE, text, piece.offset, known)
            if self._recall is not None and half.contradicts(piece, self._recall):
                self._note_difference(half, piece, events)
            if piece.end <= half.offset:
                return
            piece = piece.cut(half.offset, piece.end)
        backlog = half.backlog
        if piece.offset == half.offset and backlog.pieces:
            text = f"out-of-order segment: {_bytes(backlog.bytes)} were waiting for it"
            self._note(events, half, packet, Severity.NOTE, text, piece.offset, piece.end)
        before = backlog.cost
        added, differs = backlog.insert(piece)
        self._budget.used += backlog.cost - before
        if differs:
            self._note_difference(half, piece, events)
        elif not added:
            text = f"retransmission of {_bytes(piece.end - piece.offset)} that wait behind a gap"
            self._note(events, half, packet, Severity.NOTE, text, piece.offset, piece.end)
        release = Release(packet, segment.time_ns)
        self._release(half, release, events)
        while half.waiting and self._over_limits(half):
            self._give_up(half, release, events)

    def _over_limits(self, half: HalfStream) -> bool:
        limits, backlog = self._limits, half.backlog
        return (
            backlog.bytes > limits.buffered_bytes
            or len(backlog.pieces) > limits.buffered_segments
            or self._budget.used > limits.total_memory
        )

    def _release(self, half: HalfStream, release: Release, events: list[StreamEvent]) -> None:
        """Deliver what no longer has a hole before it."""
        before = half.backlog.cost
        for piece in half.backlog.take(half.offset):
            chunk = half.deliver(piece, release)
            if chunk is not None:
                events.append(Delivered(self.stream, chunk))
        self._budget.used -= before - half.backlog.cost
        self._close_where_due(half, release, events)

    def _give_up(self, half: HalfStream, release: Release, events: list[StreamEvent]) -> None:
        """Skip the first hole and deliver what lies behind it. Something must be waiting."""
        pieces = half.backlog.pieces
        start, stop = half.offset, pieces[0].offset if pieces else half.fin
        missing = half.skip(stop)
        text = f"gap: {_bytes(missing)} missing in the capture"
        self._note(events, half, release.packet, Severity.WARN, text, start, stop)
        self._release(half, release, events)

    def _close_where_due(self, half: HalfStream, release: Release, events: list[StreamEvent]) -> None:
        """End the direction when everything before its FIN was delivered."""
        if half.fin == NEVER or half.fin > half.offset:
            return
        chunk = Chunk(half.direction, half.offset, b"", release.packet, half.fin_packet, release.time_ns, half.lost, last=True)
        events.append(Delivered(self.stream, chunk))
        half.base += 1  # the FIN takes a sequence number of its own (RFC 9293 3.4)
        self._end(half, release.packet, "fin", events)

    def _end(self, half: HalfStream, packet: int, reason: EndReason, events: list[StreamEvent]) -> None:
        half.ended = True
        half.fin = NEVER
        self._budget.used -= half.backlog.cost
        half.backlog = Backlog()
        half.history.clear()
        events.append(Ended(self.stream, half.direction, packet, reason))

    def _note_difference(self, half: HalfStream, piece: Piece, events: list[StreamEvent]) -> None:
        text = "overlap differs: these bytes were captured before with another content, which is kept"
        self._note(events, half, piece.packet, Severity.WARN, text, piece.offset, piece.end)

    def _note(
        self,
        events: list[StreamEvent],
        half: HalfStream,
        packet: int,
        severity: Severity,
        text: str,
        start: int = 0,
        end: int = 0,
        section: str = "",
    ) -> None:
        note = Note(severity, text, max(start, 0), max(end, 0), section)
        events.append(Noticed(self.stream, packet, note, half.direction))


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"

"""What is odd about the segments of one TCP stream, told packet by packet as Wireshark tells it (`tcp.analysis.*`).

The rules are heuristics: they guess from one place in the network what two hosts saw. They are Wireshark 4.0's, with its default
preferences, in our own words; tests hold them to tshark with random segments. `captures.tcp_calm` gives the same for whole streams
without surprises by columns; `captures.tcp_analysis` puts both together.
"""

from collections.abc import Iterator
from typing import NamedTuple

from captures.segment import ACK, FIN, PSH, RST, SYN

__all__ = [
    "ACK_LOST",
    "DUPLICATE_ACK",
    "FAST_RETRANSMISSION",
    "IN_ORDER_AGAIN_NS",
    "KEEP_ALIVE",
    "KEEP_ALIVE_ACK",
    "LOST",
    "MOST_UNACKED",
    "NO_OPTION",
    "OUT_OF_ORDER",
    "PRESENT",
    "RETRANSMISSION",
    "REUSED_PORTS",
    "SPURIOUS_RETRANSMISSION",
    "UNSCALED",
    "WINDOW_FULL",
    "WINDOW_UPDATE",
    "ZERO_WINDOW",
    "ZERO_WINDOW_PROBE",
    "ZERO_WINDOW_PROBE_ACK",
    "Finding",
    "Sent",
    "walk",
]

RETRANSMISSION, FAST_RETRANSMISSION, SPURIOUS_RETRANSMISSION, OUT_OF_ORDER = 1, 2, 4, 8
LOST, ACK_LOST, DUPLICATE_ACK, WINDOW_UPDATE, WINDOW_FULL = 16, 32, 64, 128, 256
ZERO_WINDOW, ZERO_WINDOW_PROBE, ZERO_WINDOW_PROBE_ACK, KEEP_ALIVE, KEEP_ALIVE_ACK, REUSED_PORTS = (
    512,
    1024,
    2048,
    4096,
    8192,
    16384,
)
PRESENT = 32768
"""Wireshark shows an analysis at all."""

NO_OPTION = -1
"""A SYN without the window scale option; also: nothing is known about a side's scale."""
UNSCALED = -2
"""No scaling is used: one of the SYNs came without the option (RFC 7323 section 2.2)."""

IN_ORDER_AGAIN_NS = 3_000_000
"""A segment that comes so soon behind one it should have preceded was reordered, not sent again; where the handshake's round trip is
known, that is the bound."""
_FAST_NS = 20_000_000
"""A retransmission that comes so soon after duplicate ACKs is their answer (RFC 5681 section 3.2)."""
_MODULUS, _HALF = 1 << 32, 1 << 31
_MASK = _MODULUS - 1
_NEAR = 1 << 30
MOST_UNACKED = 10_000
"""Segments remembered until they are acknowledged, as in Wireshark: without ACKs there is nothing to learn from more of them."""
_MOST_IN_FLIGHT = 2_000_000_000
"""No window is larger (RFC 7323 section 2.3); more comes of segments that belong elsewhere."""
_NO_WINDOW_SEEN = _MASK
_SFR = SYN | FIN | RST


class Sent(NamedTuple):
    """One segment, as its columns in the index say; `shift` is a SYN's window scale or NO_OPTION, `sacked` how many bytes its SACK
    blocks cover."""

    row: int
    time_ns: int
    direction: int
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    shift: int = NO_OPTION
    sacked: int = 0


class Finding(NamedTuple):
    """What is said about one segment. Frames are packet numbers, 0 for none; times are nanoseconds.

    `marks` are bits; `initial_rtt_ns` is 0 until the handshake is complete.
    """

    row: int
    marks: int
    acks_frame: int = 0
    ack_rtt_ns: int = 0
    bytes_in_flight: int = 0
    push_bytes_sent: int = 0
    duplicate_ack_num: int = 0
    duplicate_ack_frame: int = 0
    rto_ns: int = 0
    rto_frame: int = 0
    initial_rtt_ns: int = 0


class _Unacked:
    """Segments that were not acknowledged yet, oldest first: [seq, end, time, frame]."""

    __slots__ = ("segments", "tidy")

    def __init__(self) -> None:
        self.segments: list[list[int]] = []
        self.tidy = True
        """Whether they ascend, so that an ACK needs to look at the first ones only."""

    def add(self, seq: int, end: int, time_ns: int, frame: int, base: int) -> None:
        segments = self.segments
        if not segments:
            self.tidy = True
        elif self.tidy:
            first, last = segments[0], segments[-1]
            ascending = (last[0] - base) & _MASK < (seq - base) & _MASK and (last[1] - base) & _MASK < (end - base) & _MASK
            self.tidy = ascending and (end - first[0]) & _MASK < _NEAR
        segments.append([seq, end, time_ns, frame])

    def acknowledge(self, ack: int) -> tuple[int, int]:
        """(frame, time) of the oldest segment that ends just there, (0, 0) where none does; what is acknowledged is forgotten."""
        segments = self.segments
        if not segments:
            return 0, 0
        if not self.tidy or min((ack - segments[0][0]) & _MASK, (segments[0][0] - ack) & _MASK) >= _NEAR:
            return self._look_at_all(ack)
        gone, found = 0, (0, 0)
        for segment in segments:
            if segment[1] == ack:
                found = segment[3], segment[2]
            elif (segment[1] - ack) & _MASK < _HALF:
                if (segment[0] - ack) & _MASK >= _HALF:
                    segment[0] = ack
                break
            gone += 1
        if gone:
            del segments[:gone]
        return found

    def _look_at_all(self, ack: int) -> tuple[int, int]:
        found, kept = (0, 0), []
        for segment in reversed(self.segments):
            if segment[1] == ack:
                found = segment[3], segment[2]
                continue
            if (segment[0] - ack) & _MASK >= _HALF and (ack - segment[1]) & _MASK >= _HALF:
                segment[0] = ack
            if (ack - segment[1]) & _MASK >= _HALF:
                kept.append(segment)
        kept.reverse()
        self.segments = kept
        return found

    def span(self, base: int) -> int:
        """From the first byte that was not acknowledged to the last one."""
        segments = self.segments
        if self.tidy:
            return (segments[-1][1] - segments[0][0]) & _MASK
        return max((one[1] - base) & _MASK for one in segments) - min((one[0] - base) & _MASK for one in segments)

    def oldest(self) -> tuple[int, int] | None:
        """(frame, time) of the oldest segment."""
        return (self.segments[0][3], self.segments[0][2]) if self.segments else None


class _Side:
    """What is known about one direction. Numbers are 0 as long as they are unknown, as in Wireshark."""

    def __init__(self) -> None:
        self.base = -1
        self.next = 0
        self.next_time = 0
        self.next_frame = 0
        self.highest = 0
        """Up to here it sent without holes, so that nothing beyond can be acknowledged."""
        self.ack = 0
        self.ack_time = 0
        self.window = _NO_WINDOW_SEEN
        self.shift = NO_OPTION
        self.unscaled_yet = False
        """A SYN was sent and nothing else: windows of SYNs are not scaled."""
        self.duplicates = 0
        """Duplicate ACKs in a row; -1 when it was told that the other side acknowledges what it never sent, which counts like two."""
        self.first_ack_frame = 0
        self.marks = 0
        self.unacked = _Unacked()
        self.flight_known = True
        self.pushed = 0
        self.push_ended = False
        self.sacked = 0


class _Handshake:
    """When the SYN came, and how long the first ACK took from there."""

    __slots__ = ("rtt_ns", "syn_ns")

    def __init__(self) -> None:
        self.syn_ns: int | None = None
        self.rtt_ns = 0


def walk(segments: Iterator[Sent], *, reused: bool = False) -> Iterator[Finding]:
    """Findings for all segments of one stream, in capture order; `reused`: an earlier connection used the same ports."""
    sides = _Side(), _Side()
    handshake = _Handshake()
    for sent in segments:
        own, other = sides[sent.direction], sides[1 - sent.direction]
        marks = PRESENT | REUSED_PORTS if reused else 0
        reused = False
        marks |= _begin(sent, own, other)
        own.sacked = 0
        forward, duplicate = _forward_marks(sent, own, other)
        marks |= forward | _lost_acks(sent, own, other)
        late, rto = _late_marks(sent, own, other, handshake, marks)
        marks |= late
        _advance(sent, own, marks)
        own.marks = marks
        acks_frame, sent_ns = other.unacked.acknowledge(sent.ack)
        in_flight, pushed, told = _flight(sent, own, other)
        if acks_frame or told:
            marks |= PRESENT
        _finish(sent, own, other, handshake)
        yield Finding(
            sent.row,
            marks | PRESENT if marks else 0,
            acks_frame,
            sent.time_ns - sent_ns if acks_frame else 0,
            in_flight,
            pushed if in_flight else 0,
            *duplicate,
            *rto,
            handshake.rtt_ns,
        )


def _begin(sent: Sent, own: _Side, other: _Side) -> int:
    """Initial numbers, from the first packets of each side."""
    marks = 0
    if sent.flags & (SYN | ACK) == SYN | ACK and own.base >= 0 and sent.seq != own.base:
        own.base = sent.seq
        marks = PRESENT | REUSED_PORTS
    elif sent.flags & (SYN | ACK) == SYN and sent.seq == own.base:
        # a reset may have moved it to a number that was acknowledged but never sent; who connects again starts from what was seen
        own.next = own.highest
        marks = PRESENT
    if own.base < 0:
        own.base = sent.seq if sent.flags & SYN else (sent.seq - 1) & _MASK
    if other.base < 0 and sent.flags & ACK:
        other.base = (sent.ack - 1) & _MASK
    if sent.flags & ACK:
        other.flight_known = True
    return marks


def _forward_marks(sent: Sent, own: _Side, other: _Side) -> tuple[int, tuple[int, int]]:
    """What follows from the numbers of this direction; with them number and origin of a duplicate ACK."""
    length, window, following = sent.length, sent.window, own.next
    if length == 1 and sent.seq == following and other.window == 0:
        return ZERO_WINDOW_PROBE | PRESENT, (0, 0)
    marks = 0
    plain = not sent.flags & _SFR
    if window == 0 and plain:
        marks |= ZERO_WINDOW
    if following and (following - sent.seq) & _MASK >= _HALF and not sent.flags & RST:
        marks |= LOST
        # how much is under way is anybody's guess until an ACK comes back
        own.flight_known = False
    if plain and length <= 1 and sent.seq == (following - 1) & _MASK:
        marks |= KEEP_ALIVE
    if plain and length and other.shift != NO_OPTION:
        shift = 0 if other.unscaled_yet else max(other.shift, 0)
        if (sent.seq + length) & _MASK == (other.ack + (other.window << shift)) & _MASK:
            marks |= WINDOW_FULL
    duplicate = 0, 0
    if plain and not length and sent.seq == following and sent.ack == own.ack:
        if window and window != own.window:
            marks |= WINDOW_UPDATE
        elif window and other.marks & KEEP_ALIVE:
            marks |= KEEP_ALIVE_ACK
        elif not window and window == own.window and other.marks & ZERO_WINDOW_PROBE:
            marks |= ZERO_WINDOW_PROBE_ACK
        elif window:
            own.duplicates = max(own.duplicates, 0) + 1
            marks |= DUPLICATE_ACK
            duplicate = own.duplicates, own.first_ack_frame
    return marks | PRESENT if marks else 0, duplicate


def _lost_acks(sent: Sent, own: _Side, other: _Side) -> int:
    """An ACK for bytes that were never seen."""
    if sent.ack != own.ack:
        own.first_ack_frame = sent.row + 1
        own.duplicates = 0
    if not (other.highest and sent.flags & ACK and (other.highest - sent.ack) & _MASK >= _HALF):
        return 0
    if (other.highest - other.next) & _MASK >= _HALF:
        other.highest = other.next
        return ACK_LOST | PRESENT
    # once for each time that the other side goes on
    marks = ACK_LOST | PRESENT if other.duplicates == 0 else PRESENT
    other.duplicates = -1
    return marks


def _late_marks(sent: Sent, own: _Side, other: _Side, handshake: _Handshake, marks: int) -> tuple[int, tuple[int, int]]:
    """Which kind of late segment this is, if it is one; with it the time since the segment that it repeats, and its frame."""
    counts = bool(sent.flags & (SYN | FIN))
    nothing = 0, (0, 0)
    if not (sent.length or counts) or marks & KEEP_ALIVE:
        return nothing
    end = (sent.seq + sent.length) & _MASK
    if sent.length and other.ack and (end == other.ack or (end - other.ack) & _MASK >= _HALF):
        return SPURIOUS_RETRANSMISSION | PRESENT, (0, 0)
    late = own.next and (sent.seq - own.next) & _MASK >= _HALF
    # one byte back and longer: a probe came before it
    if not late or (sent.length > 1 and (own.next - 1) & _MASK == sent.seq):
        return nothing
    since_ack = sent.time_ns - other.ack_time
    if other.duplicates not in (0, 1) and other.ack == sent.seq and 0 <= since_ack < _FAST_NS:
        return FAST_RETRANSMISSION | PRESENT, (0, 0)
    bound = handshake.rtt_ns or IN_ORDER_AGAIN_NS
    # what ends where everything ends was sent before
    if 0 <= sent.time_ns - own.next_time < bound and own.next != (end + counts) & _MASK:
        return OUT_OF_ORDER | PRESENT, (0, 0)
    frame, then = own.unacked.oldest() or (own.next_frame, own.next_time)
    rto = sent.time_ns - then
    return RETRANSMISSION | PRESENT, (rto, frame if rto else 0)


def _advance(sent: Sent, own: _Side, marks: int) -> None:
    """Remember what was sent, and how far."""
    end, counts = (sent.seq + sent.length) & _MASK, bool(sent.flags & (SYN | FIN))
    if (sent.length or counts) and len(own.unacked.segments) < MOST_UNACKED:
        end = (end + counts) & _MASK
        own.unacked.add(sent.seq, end, sent.time_ns, sent.row + 1, own.base)
    if not marks & ZERO_WINDOW_PROBE:
        if not own.next or (own.next - end) & _MASK >= _HALF:
            own.next, own.next_time, own.next_frame = end, sent.time_ns, sent.row + 1
        if not own.highest or sent.seq == own.highest:
            own.highest = own.next
    own.window, own.ack, own.ack_time = sent.window, sent.ack, sent.time_ns


def _flight(sent: Sent, own: _Side, other: _Side) -> tuple[int, int, bool]:
    """(bytes in flight, bytes sent since the last PSH, whether there is anything to say)."""
    if not (sent.length and own.unacked.segments and own.flight_known):
        return 0, 0, False
    in_flight = (own.unacked.span(own.base) - other.sacked) & _MASK
    if not 0 < in_flight < _MOST_IN_FLIGHT:
        in_flight = 0
    elif sent.flags & (SYN | FIN):
        in_flight -= 1
    own.pushed = sent.length if own.push_ended else own.pushed + sent.length
    own.push_ended = bool(sent.flags & PSH)
    return in_flight, own.pushed, True


def _finish(sent: Sent, own: _Side, other: _Side, handshake: _Handshake) -> None:
    """What later segments will need: round trip of the handshake, window scales, SACK blocks."""
    if sent.flags & SYN:
        if sent.shift >= 0:
            own.shift = sent.shift
        if own.shift == NO_OPTION:
            own.shift = other.shift = UNSCALED
        elif sent.flags & ACK and other.shift == UNSCALED:
            own.shift = UNSCALED
        own.unscaled_yet = True
        if not sent.flags & ACK:
            handshake.syn_ns = sent.time_ns
    elif sent.flags & ACK:
        own.unscaled_yet = False
        if handshake.syn_ns is not None and not handshake.rtt_ns:
            handshake.rtt_ns = sent.time_ns - handshake.syn_ns
    own.sacked = sent.sacked

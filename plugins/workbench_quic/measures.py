"""What packets tell about the way between two sides: round trips, losses, reordering, bytes in flight (RFC 9002; RFC 9000 17.4).

All times are those of the capture, so that round trips are those between where it was made and one side. Nothing is known of packets that
were not captured or could not be opened. What is found is shown on the packet that tells it, as generated fields below `quic.analysis`:
`ack_rtt` (seconds from a packet to its acknowledgement, without the delay that the receiver admits), `ack_delay` (that delay, in seconds),
`lost` (how many packets this acknowledgement shows to be lost), `not_lost` (how many of those came after all), `bytes_in_flight`,
`out_of_order` (how many numbers behind the latest one), `repeated_bytes` (of streams and CRYPTO data, that had come before), `spin_rtt`
(seconds between two edges of the spin bit).
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from workbench.api import Direction, Field
from workbench_quic.acks import PacketNumbers
from workbench_quic.frame_items import Ack
from workbench_quic.frame_types import is_eliciting
from workbench_quic.observed import APPLICATION, SPACES, Observed
from workbench_quic.stream_rules import Parameter

__all__ = [
    "MOST_LOST",
    "MOST_OF_HANDSHAKE",
    "MOST_OUTSTANDING",
    "PACKET_THRESHOLD",
    "REPEATED",
    "Acked",
    "Facts",
    "Measures",
    "Ranges",
    "analysis_field",
]

PACKET_THRESHOLD = 3
"""A packet is lost if one sent so many later is acknowledged (RFC 9002 6.1.1)."""

MOST_OUTSTANDING = 4096
"""Packets of one side that wait for their acknowledgement; the oldest is forgotten first. That is 5 MB in flight."""

MOST_OF_HANDSHAKE = 64
"""The same in the spaces of Initial and Handshake packets: a flight has ten, and everybody has the keys of Initial packets."""

MOST_LOST = 256
"""Lost packets of one side and space that may come after all; the oldest is forgotten first."""

Ranges = tuple[tuple[int, int], ...]
"""As in `Ack`."""

Acked = tuple[int, int, Ranges]
"""What an ACK frame says: the largest packet number, the delay, and the ranges."""

Facts = dict[str, float]
"""Values by filter name, in the order in which they were found."""

ACK_RTT, ACK_DELAY, SPIN_RTT = "quic.analysis.ack_rtt", "quic.analysis.ack_delay", "quic.analysis.spin_rtt"
LOST, NOT_LOST, OUT_OF_ORDER = "quic.analysis.lost", "quic.analysis.not_lost", "quic.analysis.out_of_order"
BYTES_IN_FLIGHT = "quic.analysis.bytes_in_flight"
REPEATED = "quic.analysis.repeated_bytes"
"""Found by whoever puts streams in order."""
_NAMES = {
    ACK_RTT: "Round trip to the packet acknowledged",
    ACK_DELAY: "Delay of the acknowledgement",
    SPIN_RTT: "Round trip by the spin bit",
    LOST: "Packets that this acknowledgement shows to be lost",
    NOT_LOST: "Packets that were not lost after all",
    OUT_OF_ORDER: "Packet numbers behind the latest one",
    BYTES_IN_FLIGHT: "Bytes in flight",
    REPEATED: "Bytes of streams that had come before",
}

_EXPONENT = 3
"""The ack_delay_exponent of who does not say another one (RFC 9000 18.2)."""

_LARGEST_EXPONENT = 20
"""Greater ones are invalid (RFC 9000 18.2)."""

_GRANULARITY_NS = 1_000_000
"""RFC 9002 6.1.2."""


class _Sent:
    """What one side sent in one space, and what became of it."""

    __slots__ = ("flight", "lost", "numbers", "outstanding")

    def __init__(self) -> None:
        self.outstanding: dict[int, tuple[int, int]] = {}
        """Time and size by number, in the order of the capture."""
        self.lost: dict[int, None] = {}
        self.flight = 0
        self.numbers = PacketNumbers()


class _Path:
    """Round trips from where the capture was made to one side and back."""

    __slots__ = ("latest", "smoothed")

    def __init__(self) -> None:
        self.latest = 0
        self.smoothed = 0

    def sample(self, rtt: int) -> None:
        self.latest = rtt
        self.smoothed = (7 * self.smoothed + rtt) // 8 if self.smoothed else rtt

    @property
    def loss_delay(self) -> int:
        """RFC 9002 6.1.2; 0 before there is a sample."""
        longest = max(self.latest, self.smoothed)
        return max(longest * 9 // 8, _GRANULARITY_NS) if longest else 0


class Measures:
    """One connection. `see` each of its packets, in the order of the capture."""

    def __init__(self) -> None:
        self._sent = tuple(tuple(_Sent() for _ in range(3)) for _ in Direction)
        self._paths = tuple(_Path() for _ in Direction)
        """By the side at their end."""
        self._exponents = [_EXPONENT, _EXPONENT]
        self._spins: list[bool | None] = [None, None]
        self._edges = [0, 0]
        """When the spin bit changed last."""

    def parameters(self, role: Direction, values: Mapping[int, int]) -> None:
        """The transport parameters of a role that are numbers, by identifier."""
        self._exponents[role] = min(values.get(Parameter.ACK_DELAY_EXPONENT, _EXPONENT), _LARGEST_EXPONENT)

    def in_flight(self, role: Direction) -> int:
        """Bytes of packets of a side that are neither acknowledged nor lost, in all spaces."""
        initial, handshake, application = self._sent[role]
        return initial.flight + handshake.flight + application.flight

    def see(self, packet: Observed) -> Facts:
        """What a packet tells."""
        items = packet.items
        acks = [(item.largest, item.delay, item.ranges) for item in items if type(item) is Ack]
        return self.heed(
            packet.role, SPACES[packet.level], packet.number, packet.time_ns, packet.size, acks, is_eliciting(items), packet.spin
        )

    def heed(
        self,
        role: Direction,
        space: int,
        number: int,
        time_ns: int,
        size: int,
        acks: Sequence[Acked],
        eliciting: bool,
        spin: bool | None,
    ) -> Facts:
        """The same of a packet of `size` bytes, with what it acknowledges, and whether it asks for an acknowledgement itself."""
        found: Facts = {}
        for ack in acks:
            self._acknowledged(role, space, time_ns, ack, found)
        sent = self._sent[role][space]
        new = sent.numbers.follow(number)
        behind = 0
        if not new:
            behind = sent.numbers.largest - number
            new = sent.numbers.add(number)
        if behind > 0:
            found[OUT_OF_ORDER] = behind
        elif new and spin is not None and spin is not self._spins[role]:
            self._spin(role, spin, time_ns, found)
        if new and eliciting:
            outstanding = sent.outstanding
            outstanding[number] = time_ns, size
            sent.flight += size
            if len(outstanding) > (MOST_OUTSTANDING if space == APPLICATION else MOST_OF_HANDSHAKE):
                oldest = next(iter(outstanding))
                sent.flight -= outstanding.pop(oldest)[1]
            found[BYTES_IN_FLIGHT] = self.in_flight(role)
        return found

    def _spin(self, role: Direction, spin: bool, time_ns: int, found: Facts) -> None:
        """An edge of the spin bit (RFC 9000 17.4), or its first value."""
        known = self._spins[role]
        self._spins[role] = spin
        if known is None:
            return
        if self._edges[role]:
            found[SPIN_RTT] = _seconds(time_ns - self._edges[role])
        self._edges[role] = time_ns

    def _acknowledged(self, role: Direction, space: int, time_ns: int, ack: Acked, found: Facts) -> None:
        """A packet of one side acknowledges packets of the other one."""
        largest, admitted, ranges = ack
        sent = self._sent[1 - role][space]
        if sent.lost:
            _came_after_all(sent, largest, ranges, found)
        outstanding = sent.outstanding
        if not outstanding:
            return
        known = outstanding.get(largest)
        if known is not None:
            self._round_trip(role, space, time_ns, admitted, known[0], found)
        acked: list[int] = []
        missing: list[int] = []
        low, high = ranges[0] if ranges else (1, 0)
        for number in outstanding:
            if number > largest:
                break
            (acked if low <= number <= high or _within(number, ranges) else missing).append(number)
        for number in acked:
            sent.flight -= outstanding.pop(number)[1]
        if missing:
            self._missed(role, time_ns, largest, missing, sent, found)

    def _missed(self, role: Direction, time_ns: int, largest: int, missing: list[int], sent: _Sent, found: Facts) -> None:
        """Packets that an acknowledgement left out, some of which may be lost (RFC 9002 6.1)."""
        outstanding, path = sent.outstanding, self._paths[role]
        lost = 0
        deadline = time_ns - path.loss_delay if path.loss_delay else 0
        for number in missing:
            if largest - number >= PACKET_THRESHOLD or outstanding[number][0] <= deadline:
                sent.flight -= outstanding.pop(number)[1]
                sent.lost[number] = None
                lost += 1
        while len(sent.lost) > MOST_LOST:
            del sent.lost[next(iter(sent.lost))]
        if lost:
            found[LOST] = lost

    def _round_trip(self, role: Direction, space: int, time_ns: int, admitted: int, sent_ns: int, found: Facts) -> None:
        delay = 0
        if space == APPLICATION:  # in the others it is meaningless (RFC 9002 5.3)
            delay = (admitted << self._exponents[role]) * 1000
            found[ACK_DELAY] = _seconds(delay)
        rtt = time_ns - sent_ns
        if rtt < 0:
            return
        if rtt > delay:
            rtt -= delay
        self._paths[role].sample(rtt)
        found[ACK_RTT] = _seconds(rtt)


def _came_after_all(sent: _Sent, largest: int, ranges: Ranges, found: Facts) -> None:
    back = [number for number in sent.lost if number <= largest and _within(number, ranges)]
    for number in back:
        del sent.lost[number]
    if back:
        found[NOT_LOST] = len(back)


def _within(number: int, ranges: Ranges) -> bool:
    """Whether a number is in ranges that go downwards."""
    if ranges and number >= ranges[0][0]:
        return number <= ranges[0][1]
    place = bisect_left(ranges, -number, key=_below)
    return place < len(ranges) and number <= ranges[place][1]


def _below(pair: tuple[int, int]) -> int:
    return -pair[0]


def analysis_field(facts: Facts) -> Field:
    """Facts as the field that shows them."""
    children = tuple(Field(_NAMES[word], 0, 0, value, (), word, "", "", 0, None, True) for word, value in facts.items())
    return Field("Analysis", 0, 0, None, children, "quic.analysis", "", "", 0, None, True)


def _seconds(ns: int) -> float:
    return ns / 1_000_000_000

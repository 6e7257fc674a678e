"""Values of header fields for many packets at once: from the columns of the index, as vectors.

They are exact for rows whose headers are ordinary. Rows flagged LAYERED (tunnels, several tags, quoted headers, anything odd) may have more
values than a column holds; who asks has to look at those one by one (`filter_view`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.index import PacketIndex
from captures.pairs import IPV4, IPV6
from dissectors.field_intervals import Intervals
from dissectors.filter_sequences import sequences
from dissectors.filter_streams import STREAM_FIELDS, StreamField

if TYPE_CHECKING:
    from captures.capture import Capture

__all__ = [
    "ADDRESSES",
    "COLUMNS",
    "HEADER_ROWS",
    "SETTLED",
    "Block",
    "Mask",
    "Slot",
    "addressed",
    "inside",
    "layered",
    "narrowed",
]

Mask = NDArray[np.bool_]

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_UDP_HEADER = 8
_LOW_WORD = (1 << 64) - 1
_FLAG_BITS = ("fin", "syn", "reset", "push", "ack", "urg", "ece", "cwr", "ae")


@dataclass(frozen=True)
class Block:
    """Rows `[start, stop)` of a capture, or the `chosen` ones among them (ascending, counted from `start`)."""

    capture: "Capture"
    start: int
    stop: int
    chosen: NDArray[np.int64] | None = None
    memory: dict[str, Any] = field(default_factory=dict, compare=False)
    """What was worked out about these rows, by name: several terms may want it."""

    def __len__(self) -> int:
        return max(0, self.stop - self.start) if self.chosen is None else len(self.chosen)

    @property
    def index(self) -> PacketIndex:
        """The index of the capture."""
        return self.capture.index

    def column(self, name: str) -> NDArray[Any]:
        """That column of these rows."""
        return self.of(self.index.column(name))

    def of(self, whole: NDArray[Any]) -> NDArray[Any]:
        """What an array for the whole index has for these rows."""
        part = whole[self.start : self.stop]
        return part if self.chosen is None else part[self.chosen]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The numbers of these rows, from 0."""
        return np.arange(self.start, self.stop) if self.chosen is None else self.chosen + self.start

    def only(self, rows: Mask) -> "Block":
        """Those rows of the block alone."""
        at = np.flatnonzero(rows)
        return Block(self.capture, self.start, self.stop, at if self.chosen is None else self.chosen[at])

    def none(self) -> Mask:
        """No row."""
        return np.zeros(len(self), np.bool_)

    def all(self) -> Mask:
        """Every row."""
        return np.ones(len(self), np.bool_)


@dataclass(frozen=True, slots=True)
class Slot:
    """At most one value of each row: `there` says which have it. `most` is a number that none is beyond, either way."""

    there: Mask
    values: NDArray[Any]
    most: int


def layered(block: Block) -> Mask:
    """Rows whose columns may not tell everything."""
    found: Mask = (block.column("flags") & marks.LAYERED) != 0
    return found


def inside(slot: Slot, wanted: Intervals) -> Mask:
    """Which rows have a value in the intervals."""
    if not wanted.lows:
        return np.zeros(len(slot.there), np.bool_)
    if len(wanted.lows) == 1:
        return slot.there & _between(slot.values, wanted.lows[0], wanted.highs[0], slot.most)
    lows = np.array([max(low, -slot.most - 1) for low in wanted.lows if low <= slot.most], np.int64)
    if not len(lows):
        return np.zeros(len(slot.there), np.bool_)
    highs = np.array([min(high, slot.most) for high in wanted.highs[: len(lows)]], np.int64)
    at = np.searchsorted(lows, slot.values, side="right") - 1
    return slot.there & (at >= 0) & (slot.values <= highs[np.maximum(at, 0)])


def _between(values: NDArray[Any], low: int, high: int, most: int) -> Mask:
    """Rows with `low <= value <= high`; comparisons that hold for all or for none are not made."""
    found: Mask
    if low > most or high < -most:
        return np.zeros(len(values), np.bool_)
    if low == high:
        found = values == low
    elif low <= -most:
        found = values <= high if high < most else np.ones(len(values), np.bool_)
    else:
        found = values >= low
        if high < most:
            found &= values <= high
    return found


def _transport(block: Block, protocol: int) -> Mask:
    """Rows with a header of TCP or UDP of their own that is whole."""
    found: Mask = (block.column("ip_protocol") == protocol) & (block.column("stream") >= 0)
    return found


def _with(protocol: int, name: str, most: int) -> Callable[[Block], Slot]:
    return lambda block: Slot(_transport(block, protocol), block.column(name), most)


def _version(number: int) -> Callable[[Block], Mask]:
    return lambda block: block.column("ip_version") == number


def _protocol_of(version: int) -> Callable[[Block], Slot]:
    return lambda block: Slot(block.column("ip_version") == version, block.column("ip_protocol"), 255)


def _number(block: Block) -> Slot:
    return Slot(block.all(), block.rows + 1, 1 << 62)


def _time(block: Block) -> Slot:
    return Slot(_timed(block), block.column("time_ns"), 1 << 62)


def _timed(block: Block) -> Mask:
    found: Mask = (block.column("flags") & marks.TIMELESS) == 0
    return found


def _relative_time(block: Block) -> Slot:
    times = block.index.time_ns
    return Slot(_timed(block), block.of(times) - (times[0] if len(times) else 0), 1 << 62)


def _delta(block: Block) -> Slot:
    times, rows = block.index.time_ns, block.rows
    return Slot(_timed(block), times[rows] - times[np.maximum(rows - 1, 0)], 1 << 62)


def _length(block: Block) -> Slot:
    return Slot(_transport(block, _UDP), block.column("payload_length").astype(np.int64) + _UDP_HEADER, 1 << 33)


def _flag(bit: int) -> Callable[[Block], Slot]:
    return lambda block: Slot(_transport(block, _TCP), block.column("tcp_flags") >> bit & 1, 1)


def _sequence(place: int) -> Callable[[Block], Slot]:
    return lambda block: Slot(_transport(block, _TCP), sequences(block.index).columns(block.rows)[place], 1 << 33)


def _of_stream(read: StreamField) -> Callable[[Block], Slot]:
    return lambda block: Slot(*read(block.index, block.rows))


def _tag(block: Block) -> Slot:
    tags = block.column("vlan")
    return Slot(tags >= 0, tags, 1 << 12)


_U16, _U32 = 1 << 16, 1 << 32

COLUMNS: dict[str, Callable[[Block], Slot]] = {
    "frame.number": _number,
    "frame.len": lambda block: Slot(block.all(), block.column("original_length"), _U32),
    "frame.cap_len": lambda block: Slot(block.all(), block.column("captured_length"), _U32),
    "frame.interface_id": lambda block: Slot(block.all(), block.column("interface"), _U16),
    "frame.time": _time,
    "frame.time_epoch": _time,
    "frame.time_relative": _relative_time,
    "frame.time_delta": _delta,
    "vlan.id": _tag,
    "ip.proto": _protocol_of(IPV4),
    "ipv6.nxt": _protocol_of(IPV6),
    "tcp.srcport": _with(_TCP, "source_port", _U16),
    "tcp.dstport": _with(_TCP, "destination_port", _U16),
    "tcp.stream": _with(_TCP, "stream", 1 << 31),
    "tcp.len": _with(_TCP, "payload_length", _U32),
    "tcp.seq_raw": _with(_TCP, "seq", _U32),
    "tcp.ack_raw": _with(_TCP, "ack", _U32),
    "tcp.seq": _sequence(0),
    "tcp.ack": _sequence(1),
    "tcp.flags": _with(_TCP, "tcp_flags", _U16),
    "tcp.window_size_value": _with(_TCP, "window", _U16),
    **{f"tcp.flags.{name}": _flag(bit) for bit, name in enumerate(_FLAG_BITS)},
    "udp.srcport": _with(_UDP, "source_port", _U16),
    "udp.dstport": _with(_UDP, "destination_port", _U16),
    "udp.stream": _with(_UDP, "stream", 1 << 31),
    "udp.length": _length,
    **{name: _of_stream(read) for name, read in STREAM_FIELDS.items()},
}
"""Fields that are numbers and have a column, or nearly one."""

SETTLED = frozenset((*(name for name in COLUMNS if name.startswith("frame.")), *STREAM_FIELDS))
"""Fields whose columns are right for LAYERED rows, too: a packet has one value of them, whatever headers it has."""

ADDRESSES: dict[str, tuple[int, int]] = {
    "ip.src": (IPV4, 0),
    "ip.dst": (IPV4, 1),
    "ipv6.src": (IPV6, 0),
    "ipv6.dst": (IPV6, 1),
}
"""Addresses: IP version, and whether it is the first or the second of the pair."""


def addressed(block: Block, name: str, wanted: Intervals) -> Mask:
    """Rows whose address of that name lies in the intervals. Each pair of addresses is looked at once, for all rows."""
    version, side = ADDRESSES[name]
    if wanted.axis != version:
        return block.none()
    pairs = block.index.pairs
    high, low = pairs.words()[2 * side : 2 * side + 2]
    fitting = np.zeros(len(pairs), np.bool_)
    for first, last in zip(wanted.lows, wanted.highs, strict=True):
        fitting |= _not_below(version, high, low, max(first, 0)) & ~_not_below(version, high, low, last + 1)
    found: Mask = fitting[block.column("pair")] & (block.column("ip_version") == version)
    return found


def _not_below(version: int, high: NDArray[np.uint64], low: NDArray[np.uint64], limit: int) -> Mask:
    """Pairs whose address is at least `limit`; one of IPv4 stands in the high word alone."""
    if limit >> (32 if version == IPV4 else 128):
        return np.zeros(len(high), np.bool_)
    found: Mask
    if version == IPV4:
        found = high >= np.uint64(limit)
    else:
        above, below = np.uint64(limit >> 64), np.uint64(limit & _LOW_WORD)
        found = (high > above) | ((high == above) & (low >= below))
    return found


def _on(protocol: int) -> Callable[[Block], Mask]:
    def rows(block: Block) -> Mask:
        found: Mask = (block.column("ip_protocol") == protocol) & (block.column("ip_version") != 0)
        return found

    return rows


def _arp(block: Block) -> Mask:
    found: Mask = (block.column("ip_version") == 0) & (block.column("other") == block.index.other_names.index("ARP"))
    return found


def _linked(*link_types: int) -> Callable[[Block], Mask]:
    def rows(block: Block) -> Mask:
        fitting = np.array([interface.link_type in link_types for interface in block.capture.interfaces], np.bool_)
        return fitting[block.column("interface")] if len(fitting) else block.none()

    return rows


HEADER_ROWS: dict[str, Callable[[Block], Mask]] = {
    "frame": Block.all,
    "eth": _linked(marks.LINK_ETHERNET),
    "sll": _linked(marks.LINK_SLL, marks.LINK_SLL2),
    "null": _linked(marks.LINK_NULL, marks.LINK_LOOP),
    "raw": _linked(*marks.LINK_RAW),
    "ip": _version(IPV4),
    "ipv6": _version(IPV6),
    "tcp": _on(_TCP),
    "udp": _on(_UDP),
    "icmp": _on(_ICMP),
    "icmpv6": _on(_ICMPV6),
    "igmp": _on(2),
    "esp": _on(50),
    "ospf": _on(89),
    "arp": _arp,
    "vlan": lambda block: block.column("vlan") >= 0,
}
"""Headers whose presence the columns show."""


def narrowed(names: Sequence[str], block: Block) -> Mask:
    """Rows that may have one of these header fields at all, by what their names begin with; LAYERED rows always may."""
    found = layered(block)
    for name in names:
        rows = HEADER_ROWS.get(name.partition(".")[0])
        if rows is None:
            return block.all()
        found = found | rows(block)
    return found

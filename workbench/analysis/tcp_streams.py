"""What TCP connections went through, stream by stream: round trips, segments sent again or in the wrong order, closed windows, resets.

Works on the columns of the index and of `captures.tcp_analysis`; nothing is dissected.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Ints, Mask
from captures.index import PacketIndex
from captures.segment import RST
from captures.tcp_analysis import FLAG_FIELDS, TcpAnalysis, tcp_analysis
from workbench.api import FlowKey

__all__ = ["FlagCount", "StreamFacts", "flag_counts", "stream_count", "stream_facts"]

_TCP = 6
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One connection. Times in nanoseconds, 0 where nothing was measured; pairs are (to the server, to the client).

    `throughput` counts payload bytes, those sent again included, per second of the whole connection; 0 where that has no duration.
    """

    stream: int
    flow: FlowKey
    packets: int
    payload: tuple[int, int]
    duration_ns: int
    handshake_ns: int
    ack_rtt_p50_ns: int
    ack_rtt_max_ns: int
    acks: int
    retransmissions: int
    out_of_order: int
    lost: int
    duplicate_acks: int
    zero_windows: int
    resets: int
    throughput: tuple[float, float]


@dataclass(frozen=True, slots=True)
class FlagCount:
    """How many packets have one of the `tcp.analysis` flags, in how many streams, and the first of them."""

    field: str
    packets: int
    streams: int
    first_packet: int


def flag_counts(index: PacketIndex) -> tuple[FlagCount, ...]:
    """The flags that occur, most frequent first."""
    analysis = tcp_analysis(index)
    found = []
    for field in FLAG_FIELDS:
        rows = np.flatnonzero(analysis.flagged(field))
        if len(rows) and field not in ("tcp.analysis", "tcp.analysis.flags"):
            found.append(FlagCount(field, len(rows), len(np.unique(index.stream[rows])), int(rows[0]) + 1))
    return tuple(sorted(found, key=lambda flag: (-flag.packets, flag.field)))


def stream_count(index: PacketIndex) -> int:
    """How many streams have packets of their own."""
    return len(np.unique(index.stream[_rows(index)]))


def stream_facts(index: PacketIndex, top: int | None = None) -> Iterator[StreamFacts]:
    """The connections with most trouble, then with most payload, up to `top` of them."""
    analysis, count, rows = tcp_analysis(index), index.stream_count("tcp"), _rows(index)
    if not len(rows):
        return
    stream = index.stream[rows].astype(np.int64)

    def counted(mask: Mask) -> Ints:
        return np.bincount(stream[mask[rows]], minlength=count)

    resets = (index.tcp_flags & RST) != 0
    marks = {name: counted(analysis.flagged(f"tcp.analysis.{name}")) for name in _COUNTED}
    reset = counted(resets)
    trouble = sum(marks[name] for name in _TROUBLE) + reset
    payload = np.bincount(2 * stream + index.direction[rows], weights=index.payload_length[rows], minlength=2 * count)
    payload = payload.astype(np.int64).reshape(count, 2)
    packets = np.bincount(stream, minlength=count)
    order = np.lexsort((-payload.sum(axis=1), -trouble))
    first, last = _spans(index, rows, stream, count)
    rtts = _RoundTrips(index, analysis)
    for number in order[packets[order] > 0][:top].tolist():
        duration = int(last[number] - first[number])
        sizes = int(payload[number, 0]), int(payload[number, 1])
        median, longest, acks = rtts.of(number)
        yield StreamFacts(
            stream=number,
            flow=index.flow("tcp", number),
            packets=int(packets[number]),
            payload=sizes,
            duration_ns=duration,
            handshake_ns=int(analysis.initial_rtt_ns()[number]),
            ack_rtt_p50_ns=median,
            ack_rtt_max_ns=longest,
            acks=acks,
            retransmissions=int(marks["retransmission"][number]),
            out_of_order=int(marks["out_of_order"][number]),
            lost=int(marks["lost_segment"][number]),
            duplicate_acks=int(marks["duplicate_ack"][number]),
            zero_windows=int(marks["zero_window"][number]),
            resets=int(reset[number]),
            throughput=(_rate(sizes[0], duration), _rate(sizes[1], duration)),
        )


_COUNTED = ("retransmission", "out_of_order", "lost_segment", "duplicate_ack", "zero_window")
_TROUBLE = ("retransmission", "out_of_order", "lost_segment", "zero_window")


class _RoundTrips:
    """Times to ACK of all streams, sorted once."""

    def __init__(self, index: PacketIndex, analysis: TcpAnalysis) -> None:
        values, there = analysis.values("tcp.analysis.ack_rtt")
        rows = np.flatnonzero(there & (values > 0))
        stream = index.stream[rows]
        order = np.lexsort((values[rows], stream))
        self._stream, self._values = stream[order], values[rows][order]

    def of(self, stream: int) -> tuple[int, int, int]:
        """(median by nearest rank, longest, how many)."""
        low, high = np.searchsorted(self._stream, [stream, stream + 1])
        if low == high:
            return 0, 0, 0
        return int(self._values[(low + high - 1) // 2]), int(self._values[high - 1]), int(high - low)


def _rows(index: PacketIndex) -> Ints:
    return np.flatnonzero((index.ip_protocol == _TCP) & (index.stream >= 0))


def _spans(index: PacketIndex, rows: Ints, stream: Ints, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last moment of each stream."""
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    np.minimum.at(first, stream, index.time_ns[rows])
    np.maximum.at(last, stream, index.time_ns[rows])
    return first, last


def _rate(size: int, duration_ns: int) -> float:
    return size * _SECOND / duration_ns if duration_ns > 0 else 0.0

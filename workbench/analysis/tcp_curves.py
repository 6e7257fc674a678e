"""One TCP connection drawn: what was sent when, how fast, how long ACKs took, and how much the other side was ready for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Ints
from captures.index import PacketIndex
from captures.segment import ACK, SYN
from captures.tcp_analysis import tcp_analysis
from captures.tcp_options import tcp_options
from workbench.analysis.parts import Chart, Column, Series

__all__ = ["STEPS", "curves"]

STEPS = 100
"""Intervals in which throughput is summed up: about as many as a chart has room for."""
_SHORTEST_STEP_NS = 1_000_000
_SECOND = 1_000_000_000
_WAYS = ("to the server", "to the client")
_TIME = Column("time_ns", "since the first packet", "ns")


@dataclass(frozen=True, slots=True)
class _Stream:
    """The packets of one stream as columns; `time` counts from the first packet of the capture."""

    rows: Ints
    time: Ints
    way: Ints
    length: Ints
    offset: Ints
    """Where the first byte belongs, in bytes from the first one seen in that direction."""
    window: Ints
    """As advertised, scaled; -1 where a packet advertises none."""


def curves(index: PacketIndex, stream: int) -> Iterator[Chart]:
    """Four charts of a stream that has packets."""
    seen = _columns(index, stream)
    yield _sequence(index, seen)
    yield _throughput(seen)
    yield _round_trips(index, seen)
    yield _windows(index, seen)


def _columns(index: PacketIndex, stream: int) -> _Stream:
    rows = index.packets_of("tcp", stream) - 1
    way = index.direction[rows].astype(np.int64)
    offset = np.zeros(len(rows), np.int64)
    for direction in (0, 1):
        own = np.flatnonzero(way == direction)
        seq = index.seq[rows[own]]
        if len(own):
            # step by step, so that more than 4 GB are counted on
            steps = np.diff(seq, prepend=seq[:1]).view(np.int32)
            offset[own] = np.cumsum(steps.astype(np.int64))
    flags = index.tcp_flags[rows]
    window = index.window[rows].astype(np.int64) << np.where((flags & SYN) != 0, 0, _scales(index, rows, way)[way])
    window[(flags & ACK) == 0] = -1
    time = index.time_ns[rows] - int(index.time_ns[0])
    return _Stream(rows, time, way, index.payload_length[rows].astype(np.int64), offset, window)


def _scales(index: PacketIndex, rows: Ints, way: Ints) -> NDArray[np.int64]:
    """Shift of each direction's windows: both SYNs must offer it (RFC 7323 section 2.2)."""
    syns = np.flatnonzero((index.tcp_flags[rows] & SYN) != 0)
    shifts = tcp_options(index, rows[syns]).shift
    found = [int(shifts[way[syns] == direction].max(initial=-1)) for direction in (0, 1)]
    return np.array(found if min(found) >= 0 else [0, 0], np.int64)


def _points(title: str, x: Ints, y: NDArray[np.int64] | NDArray[np.float64]) -> Series:
    order = np.argsort(x, kind="stable")
    return Series(title, tuple(x[order].astype(float).tolist()), tuple(y[order].astype(float).tolist()))


def _sequence(index: PacketIndex, seen: _Stream) -> Chart:
    again = tcp_analysis(index).flagged("tcp.analysis.retransmission")[seen.rows]
    series = []
    for direction, name in enumerate(_WAYS):
        data = (seen.way == direction) & (seen.length > 0)
        series.append(_points(name, seen.time[data], (seen.offset + seen.length)[data]))
        if (data & again).any():
            series.append(_points(f"{name}, sent again", seen.time[data & again], (seen.offset + seen.length)[data & again]))
    y = Column("sequence", "bytes sent so far", "bytes")
    return Chart(name="sequence", title="sequence numbers", kind="points", x=_TIME, y=y, series=tuple(series))


def _throughput(seen: _Stream) -> Chart:
    begin, end = int(seen.time.min()), int(seen.time.max())
    step = max(_SHORTEST_STEP_NS, -(-(end - begin + 1) // STEPS))
    place = (seen.time - begin) // step
    count = int(place.max()) + 1
    x = begin + np.arange(count) * step
    series = []
    for direction, name in enumerate(_WAYS):
        own = seen.way == direction
        size = np.bincount(place[own], weights=seen.length[own], minlength=count)
        series.append(_points(name, x, size * _SECOND / step))
    y = Column("rate", "payload", "bytes_rate")
    return Chart(name="throughput", title="throughput", kind="steps", x=_TIME, y=y, series=tuple(series))


def _round_trips(index: PacketIndex, seen: _Stream) -> Chart:
    """By the direction of what was acknowledged: its ACKs come the other way."""
    rtt = tcp_analysis(index).values("tcp.analysis.ack_rtt")[0][seen.rows]
    series = []
    for direction, name in enumerate(_WAYS):
        acks = (seen.way != direction) & (rtt > 0)
        series.append(_points(name, seen.time[acks], rtt[acks]))
    y = Column("ack_rtt", "time to the ACK", "ns")
    return Chart(name="round_trips", title="round trips", kind="points", x=_TIME, y=y, series=tuple(series))


def _windows(index: PacketIndex, seen: _Stream) -> Chart:
    """What each receiver is ready for, and what is under way to it."""
    flight = tcp_analysis(index).values("tcp.analysis.bytes_in_flight")[0][seen.rows]
    series = []
    for direction, name in enumerate(_WAYS):
        told = (seen.way != direction) & (seen.window >= 0)
        series.append(_points(f"window {name}", seen.time[told], seen.window[told]))
        flying = (seen.way == direction) & (flight > 0)
        series.append(_points(f"in flight {name}", seen.time[flying], flight[flying]))
    y = Column("bytes", "bytes", "bytes")
    return Chart(name="window", title="windows and bytes in flight", kind="steps", x=_TIME, y=y, series=tuple(series))

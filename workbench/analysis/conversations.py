"""Who talks to whom and how much: TCP and UDP streams, and hosts, summed up from the packet index's columns."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.index import PacketIndex
from workbench.api import FlowKey, Transport

__all__ = ["Conversation", "Host", "conversations", "hosts"]

_PROTOCOL_NUMBERS: dict[Transport, int] = {"tcp": 6, "udp": 17}


@dataclass(frozen=True, slots=True)
class Conversation:
    """One stream in numbers. Pairs are (to the server, to the client); `bytes` are whole frames, `payload` what they carried. Packets
    without a time say nothing about when it was; where none has one, both times are 0."""

    transport: Transport
    stream: int
    flow: FlowKey
    packets: tuple[int, int]
    bytes: tuple[int, int]
    payload: tuple[int, int]
    first_ns: int
    duration_ns: int


@dataclass(frozen=True, slots=True)
class Host:
    """What one address (IP, or MAC where there is no IP) sent and received, in frames and bytes."""

    address: str
    packets_sent: int
    bytes_sent: int
    packets_received: int
    bytes_received: int


def conversations(
    index: PacketIndex, transport: Transport, *, top: int | None = None, mask: NDArray[np.bool_] | None = None
) -> tuple[Conversation, ...]:
    """The streams of one transport, most bytes first, up to `top` of them. With `mask` only its rows count."""
    count = index.stream_count(transport)
    rows = _rows((index.ip_protocol == _PROTOCOL_NUMBERS[transport]) & (index.stream >= 0), mask)
    if not count or not len(rows):
        return ()
    stream, direction = index.stream[rows].astype(np.int64), index.direction[rows].astype(np.int64)
    slot, slots = stream * 2 + direction, count * 2
    packets = np.bincount(slot, minlength=slots).reshape(count, 2)
    size = _sums(slot, index.original_length[rows], slots).reshape(count, 2)
    payload = _sums(slot, index.payload_length[rows], slots).reshape(count, 2)
    first = np.full(count, np.iinfo(np.int64).max)
    last = np.full(count, np.iinfo(np.int64).min)
    timed = (index.flags[rows] & marks.TIMELESS) == 0
    np.minimum.at(first, stream[timed], index.time_ns[rows[timed]])
    np.maximum.at(last, stream[timed], index.time_ns[rows[timed]])
    never = first > last
    first[never] = last[never] = 0
    present = np.flatnonzero(packets.sum(axis=1))
    order = present[np.argsort(-size.sum(axis=1)[present], kind="stable")][:top]
    return tuple(
        Conversation(
            transport,
            number,
            index.flow(transport, number),
            (int(packets[number, 0]), int(packets[number, 1])),
            (int(size[number, 0]), int(size[number, 1])),
            (int(payload[number, 0]), int(payload[number, 1])),
            int(first[number]),
            int(last[number] - first[number]),
        )
        for number in order.tolist()
    )


def hosts(index: PacketIndex, *, top: int | None = None, mask: NDArray[np.bool_] | None = None) -> tuple[Host, ...]:
    """Every address, most bytes first, up to `top` of them. With `mask` only its rows count."""
    rows = _rows(index.pair >= 0, mask)
    if not len(rows):
        return ()
    pair = index.pair[rows].astype(np.int64)
    packets = np.bincount(pair)
    size = _sums(pair, index.original_length[rows], len(packets))
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for number in np.flatnonzero(packets).tolist():
        for place, address in zip((0, 2), index.pairs.hosts(number), strict=True):
            if address:
                total = totals[address]
                total[place] += int(packets[number])
                total[place + 1] += int(size[number])
    found = (Host(address, *values) for address, values in totals.items())
    return tuple(sorted(found, key=lambda host: (-host.bytes_sent - host.bytes_received, host.address))[:top])


def _rows(which: NDArray[np.bool_], mask: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    return np.flatnonzero(which if mask is None else which[: len(mask)] & mask)


def _sums(slot: NDArray[np.int64], values: NDArray[Any], slots: int) -> NDArray[np.int64]:
    """Sums of `values` by slot; exact up to 2^53, the doubles that bincount adds in."""
    return np.bincount(slot, weights=values, minlength=slots).astype(np.int64)

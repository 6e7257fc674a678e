"""TCP windows as their senders meant them: scaled as both SYNs agreed. Worked out when somebody asks, and kept with the index."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.arrays import Ints, Mask
from captures.index import PacketIndex
from captures.segment import ACK, SYN
from captures.tcp_options import tcp_options
from captures.tcp_walk import NO_OPTION, UNSCALED

__all__ = ["TcpWindows", "agree", "tcp_windows"]

_TCP = 6
_ROW_BITS = 31
"""More packets than an index can hold."""


def agree(shift: Ints, key: Ints, own: Ints, has_ack: Mask) -> None:
    """Note in `shift` (two for each stream, that of the other side at `key ^ 1`) what SYNs with the option values `own` bring about, one
    of each stream."""
    told = np.where(own == NO_OPTION, shift[key], own)
    without = told == NO_OPTION
    shift[key] = np.where(without | (has_ack & (shift[key ^ 1] == UNSCALED)), UNSCALED, told)
    shift[key[without] ^ 1] = UNSCALED


class TcpWindows:
    """The window scales of all streams, found as the index grows, and from which packet on each holds."""

    def __init__(self, index: PacketIndex) -> None:
        self._index = index
        self._rows = 0
        self._shift = np.zeros(0, np.int64)
        self._told = np.zeros(0, np.int64)
        """Side and row of what a SYN brought about, as one number; ascending."""
        self._scales = np.zeros(0, np.int64)

    def update(self) -> None:
        """Take in the SYNs that were indexed since."""
        index, before, count = self._index, self._rows, len(self._index)
        if before == count:
            return
        self._rows = count
        fresh = 2 * index.stream_count("tcp") - len(self._shift)
        self._shift = np.concatenate([self._shift, np.full(fresh, NO_OPTION, np.int64)])
        opening = _whole(index, slice(before, count)) & ((index.tcp_flags[before:count] & SYN) != 0)
        rows = before + np.flatnonzero(opening)
        own = tcp_options(index, rows).shift.astype(np.int64)
        told, scales = [self._told], [self._scales]
        for turn in _turns(index.stream[rows]):
            key = _sides(index, rows[turn])
            agree(self._shift, key, own[turn], (index.tcp_flags[rows[turn]] & ACK) != 0)
            for side in (key, key ^ 1):
                told.append(side << _ROW_BITS | rows[turn])
                scales.append(self._shift[side])
        order = np.argsort(np.concatenate(told))
        self._told, self._scales = np.concatenate(told)[order], np.concatenate(scales)[order]

    def sizes(self, rows: Ints) -> tuple[Ints, Mask]:
        """(bytes, whether there are any) for each of `rows`. Windows of SYNs are never scaled (RFC 7323 section 2.2), and none is before
        a SYN was seen."""
        index = self._index
        there = _whole(index, rows)
        window, side = index.window[rows].astype(np.int64), _sides(index, rows)
        if not len(self._told):
            return window, there
        last = np.searchsorted(self._told, side << _ROW_BITS | rows) - 1
        known = there & (last >= 0) & (self._told[last] >> _ROW_BITS == side) & ((index.tcp_flags[rows] & SYN) == 0)
        return window << np.where(known, np.maximum(self._scales[last], 0), 0), there


def tcp_windows(index: PacketIndex) -> TcpWindows:
    """The windows of everything indexed so far; kept with the index."""
    found = index.derived.get("tcp windows")
    if not isinstance(found, TcpWindows):
        found = index.derived["tcp windows"] = TcpWindows(index)
    found.update()
    return found


def _whole(index: PacketIndex, rows: Ints | slice) -> Mask:
    """Rows with a TCP header that is not cut short."""
    found: Mask = (index.ip_protocol[rows] == _TCP) & (index.stream[rows] >= 0) & ((index.flags[rows] & marks.BROKEN) == 0)
    return found


def _sides(index: PacketIndex, rows: Ints) -> Ints:
    return 2 * index.stream[rows].astype(np.int64) + index.direction[rows]


def _turns(streams: NDArray[np.int32]) -> Iterator[Ints]:
    """Places by turns: the first of each stream, then the second of each that has one, and so on."""
    order = np.argsort(streams, kind="stable")
    first = np.searchsorted(streams[order], streams[order])
    turn = np.arange(len(order)) - first
    yield from np.split(order[np.argsort(turn, kind="stable")], np.cumsum(np.bincount(turn))[:-1]) if len(order) else ()

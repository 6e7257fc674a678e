"""The TCP options that analysis needs, for many packets at once: window scales of SYNs, and how much SACK blocks cover.

The index holds no options; they are read from the file again when somebody analyses.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.arrays import Gather, Ints
from captures.index import PacketIndex
from captures.source import MARGIN

__all__ = ["TcpOptions", "tcp_options"]

_LONGEST = 60
"""Bytes of the longest header (RFC 9293 section 3.1)."""
_LENGTHS = (20, 32, 24, 28, 36, 40, 44, 48, 52, 56, 60)
"""All header lengths, the usual ones first."""
_END, _NOP, _SCALE, _SACK = 0, 1, 3, 5
_BLOCKS = 3
"""Blocks that count, as in Wireshark; beside time stamps there is no room for more (RFC 2018 section 3)."""
_LARGEST_SHIFT = 14
"""A larger scale counts as this one (RFC 7323 section 2.3)."""
_BATCH_BYTES = 4 << 20
"""Bytes of the file that are looked through at once."""
_BATCH_ROWS = 65_536
_COLUMNS = ("seq", "source_port", "destination_port")


@dataclass(frozen=True, slots=True)
class TcpOptions:
    """For each row asked for: the window scale (-1 without the option), and the bytes that SACK blocks cover."""

    shift: NDArray[np.int8]
    sacked: NDArray[np.uint32]


def tcp_options(index: PacketIndex, rows: Ints) -> TcpOptions:
    """Options of TCP packets (rows ascending); all without any where the index knows no file."""
    found = TcpOptions(np.full(len(rows), -1, np.int8), np.zeros(len(rows), np.uint32))
    if index.read is None:
        return found
    ordinary = (index.flags[rows] & marks.ASSEMBLED) == 0
    places = np.flatnonzero(ordinary & (index.payload_offset[rows] < 0xFFFF))
    for batch in _batches(index, rows, places):
        part = rows[batch]
        payload = index.offset[part] + index.payload_offset[part]
        first = max(0, int(payload.min()) - _LONGEST)
        data = index.read(first, int(payload.max()) - first)
        room = len(data) - (payload - first)
        buffer = np.frombuffer(bytes(_LONGEST) + data + bytes(MARGIN), np.uint8)
        whole = room >= 0
        columns = [index.column(name)[part[whole]].astype(np.int64) for name in _COLUMNS]
        _read(buffer, (payload - first)[whole] + _LONGEST, columns, batch[whole], found)
    for place in np.flatnonzero(~ordinary).tolist():
        _read_assembled(index, int(rows[place]), place, found)
    return found


def _batches(index: PacketIndex, rows: Ints, places: Ints) -> Iterator[Ints]:
    """Places whose headers lie near each other in the file."""
    for start in range(0, len(places), _BATCH_ROWS):
        part = places[start : start + _BATCH_ROWS]
        step = index.offset[rows[part]] // _BATCH_BYTES
        yield from np.split(part, np.flatnonzero(np.diff(step)) + 1)


def _read(buffer: NDArray[np.uint8], payload: Ints, columns: list[Ints], places: Ints, found: TcpOptions) -> None:
    """`payload` is where headers end: one begins as far before it as it says itself, with the ports and the number of the index."""
    gather = Gather(buffer)
    header = np.zeros(len(payload), np.int64)
    left = np.arange(len(payload))
    seq, source, destination = columns
    for length in _LENGTHS:
        at = payload[left] - length
        fits = (gather.u8(at + 12) >> 4) * 4 == length
        fits &= (gather.u32(at + 4) == seq[left]) & (gather.u16(at) == source[left]) & (gather.u16(at + 2) == destination[left])
        header[left[fits]] = length
        left = left[~fits]
        if not len(left):
            break
    with_options = np.flatnonzero(header > 20)
    end = payload[with_options]
    _walk(gather, end - header[with_options] + 20, end, places[with_options], found)


def _walk(gather: Gather, at: Ints, end: Ints, places: Ints, found: TcpOptions) -> None:
    """Step through the options of all packets together (RFC 9293 section 3.1: kind, length, value; kinds 0 and 1 are single bytes)."""
    while len(at):
        kind = gather.u8(at)
        length = np.where(kind == _NOP, 1, gather.u8(at + 1))
        going = (kind != _END) & ((kind == _NOP) | (length >= 2)) & (at + length <= end)
        at, end, places, kind, length = (column[going] for column in (at, end, places, kind, length))
        scales = (kind == _SCALE) & (length == 3)
        found.shift[places[scales]] = np.minimum(gather.u8(at[scales] + 2), _LARGEST_SHIFT)
        for block in range(_BLOCKS):
            has = (kind == _SACK) & (length >= 10 + 8 * block)
            edge = at[has] + 2 + 8 * block
            found.sacked[places[has]] += (gather.u32(edge + 4) - gather.u32(edge)).astype(np.uint32)
        at = at + length
        more = at < end
        at, end, places = at[more], end[more], places[more]


def _read_assembled(index: PacketIndex, row: int, place: int, found: TcpOptions) -> None:
    """The same for a header that lies in a reassembled datagram."""
    assert index.read is not None
    pieces = index.assemblies.get(row, ())
    data = b"".join(index.read(int(index.offset[piece]) + start, end - start) for piece, start, end in pieces)
    payload = int(index.payload_offset[row])
    columns: list[Any] = [np.array([int(index.column(name)[row])]) for name in _COLUMNS]
    if payload <= len(data):
        buffer = np.frombuffer(bytes(_LONGEST) + data + bytes(MARGIN), np.uint8)
        _read(buffer, np.array([payload + _LONGEST]), columns, np.array([place]), found)

"""Which TCP streams of a capture arrived complete and unambiguous, and the order of their segments: by columns, all streams at once.

A stream is *undisturbed* when `reassembly` would deliver all its bytes without giving up a hole: then they are its segments sorted by
sequence number. Late segments are fine, and so are second copies of whole segments (the first one counts). Whatever else there is
(segments that overlap in part, resets before data, snapshot lengths, tunnels) is left to `streams`, packet by packet. Their bytes are
`joined`'s.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.arrays import Ints
from captures.index import PacketIndex
from captures.reassembly import ReassemblyLimits
from captures.segment import ACK, FIN, RST, SYN

__all__ = ["Bools", "Segments", "undisturbed"]

_TCP = 6
_SPAN = 1 << 33
"""More than the offsets and packets of one direction, so that a key and one of them fit into one number that sorts like the pair."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Segments:
    """The segments with data of all undisturbed streams, by stream, direction and offset."""

    calm: Bools
    """For each stream number whether it is undisturbed."""
    rows: Ints
    """Index rows."""
    keys: Ints
    """Twice the stream number, plus the direction."""
    ends: Ints
    """Offset in its direction's bytes at which a segment ends."""
    released: Ints
    """Number of the packet with which it became available."""
    ended: Bools
    """By key: whether a FIN came at the end."""


@dataclass(frozen=True, slots=True)
class _Packets:
    """All TCP packets of streams, in capture order. `offset` is where a packet's first byte belongs in its direction, `acknowledged`
    how many bytes of the other direction it acknowledges (0 where it does not)."""

    rows: Ints
    stream: Ints
    key: Ints
    flags: NDArray[np.uint16]
    length: Ints
    offset: Ints
    acknowledged: Ints

    def has(self, flag: int) -> Bools:
        """Which packets carry a flag."""
        found: Bools = (self.flags & flag) != 0
        return found


def undisturbed(index: PacketIndex, limits: ReassemblyLimits | None = None) -> Segments:
    """Look through the columns of a capture; reads no payload. `limits` are those that reassembly would keep."""
    limits = limits or ReassemblyLimits()
    count = index.stream_count("tcp")
    packets, odd = _read(index, count)
    data = np.flatnonzero((packets.length > 0) & ~odd[packets.stream])
    order = data[np.lexsort((data, packets.length[data], packets.offset[data], packets.key[data]))]
    order = order[~_copies(packets, order)]
    keys, ends = packets.key[order], packets.offset[order] + packets.length[order]
    begins = np.concatenate(([0], ends[:-1]))
    begins[np.flatnonzero(np.diff(keys, prepend=-1))] = 0
    odd[packets.stream[order[packets.offset[order] != begins]]] = True
    own = packets.rows[order] + 1
    released = np.maximum.accumulate(own + keys * _SPAN) - keys * _SPAN
    segments = Segments(~odd, packets.rows[order], keys, ends, released, np.zeros(2 * count, np.bool_))
    waited = released != own
    _refuse_crowds(odd, keys[waited], packets.length[order[waited]], limits)
    odd[_given_up(packets, segments, waited) >> 1] = True
    _read_endings(odd, packets, segments)
    chosen = ~odd[keys >> 1]
    return Segments(~odd, segments.rows[chosen], keys[chosen], ends[chosen], released[chosen], segments.ended)


def _read(index: PacketIndex, count: int) -> tuple[_Packets, Bools]:
    """The packets, and which streams are disturbed at first sight: cut packets, tunnels, data in or SYNs after the beginning."""
    rows = np.flatnonzero((index.ip_protocol == _TCP) & (index.stream >= 0))
    stream, flags, seq = index.stream[rows].astype(np.int64), index.tcp_flags[rows], index.seq[rows]
    key = 2 * stream + index.direction[rows]
    length = index.payload_length[rows].astype(np.int64)
    syn = (flags & SYN) != 0
    base, begins = np.zeros(2 * count, np.uint32), np.zeros(len(rows), np.bool_)
    present, first = np.unique(key, return_index=True)
    base[present] = seq[first] + syn[first].astype(np.uint32)
    begins[first] = True
    late_syn = syn & ~begins & (seq + np.uint32(1) != base[key])
    cut = index.captured_length[rows].astype(np.int64) - index.payload_offset[rows] < length
    # a reassembled datagram has no bytes of its own in the file, but is as good as any other
    cut &= (index.flags[rows] & marks.ASSEMBLED) == 0
    odd = np.zeros(count, np.bool_)
    odd[stream[late_syn | ((length > 0) & (cut | syn))]] = True
    odd[[number for streams in index.nested.values() for transport, number in streams if transport == "tcp"]] = True
    offset = (seq + syn.astype(np.uint32) - base[key]).view(np.int32).astype(np.int64)
    acknowledged = np.where((flags & ACK) != 0, (index.ack[rows] - base[key ^ 1]).view(np.int32), 0).astype(np.int64)
    return _Packets(rows, stream, key, flags, length, offset, acknowledged), odd


def _copies(packets: _Packets, order: Ints) -> Bools:
    """Which of the sorted segments say again, in full, what the one before them said."""
    same = np.zeros(len(order), np.bool_)
    columns = (packets.key[order], packets.offset[order], packets.length[order])
    same[1:] = np.logical_and.reduce([column[1:] == column[:-1] for column in columns])
    return same


def _refuse_crowds(odd: Bools, keys: Ints, lengths: Ints, limits: ReassemblyLimits) -> None:
    """Where so much waits for late segments that a bound of reassembly might be reached, its rules decide."""
    size = np.bincount(keys, lengths, minlength=2 * len(odd))
    number = np.bincount(keys, minlength=2 * len(odd))
    crowded = (size > limits.buffered_bytes // 2) | (number > limits.buffered_segments // 2)
    odd |= crowded[::2] | crowded[1::2]
    if size.sum() > limits.total_memory // 4:
        odd[keys >> 1] = True


def _given_up(packets: _Packets, segments: Segments, waited: Bools) -> Ints:
    """Keys in which bytes are acknowledged that are not there yet while others wait behind the hole: reassembly gives that up."""
    late = np.zeros(len(segments.ended), np.bool_)
    late[segments.keys[waited]] = True
    asked = np.flatnonzero(late[packets.key ^ 1] & (packets.acknowledged > 0))
    other, packet = packets.key[asked] ^ 1, packets.rows[asked] + 1
    place = np.searchsorted(segments.keys * _SPAN + segments.ends, other * _SPAN + packets.acknowledged[asked])
    last = np.searchsorted(segments.keys, other, side="right") - 1
    missing = segments.released[np.minimum(place, last)] > packet
    # something is waiting just then where more had come than was released
    came = np.sort(segments.keys[waited] * _SPAN + segments.rows[waited] + 1)
    left = np.sort(segments.keys[waited] * _SPAN + segments.released[waited])
    now = other * _SPAN + packet
    waiting = np.searchsorted(came, now, side="right") > np.searchsorted(left, now, side="right")
    found: Ints = other[missing & waiting]
    return found


def _read_endings(odd: Bools, packets: _Packets, segments: Segments) -> None:
    """Fill in which keys end with a FIN; streams whose FIN or reset does not come last are disturbed."""
    sent, complete = np.zeros(len(segments.ended), np.int64), np.zeros(len(segments.ended), np.int64)
    sent[segments.keys], complete[segments.keys] = segments.ends, segments.released
    fin, reset = np.flatnonzero(packets.has(FIN)), np.flatnonzero(packets.has(RST))
    key = packets.key[fin]
    misplaced = (packets.offset[fin] + packets.length[fin] != sent[key]) | (packets.rows[fin] + 1 < complete[key])
    odd[packets.stream[fin[misplaced]]] = True
    segments.ended[key] = True
    last = np.full(len(odd), -1, np.int64)
    told = np.flatnonzero(packets.length > 0)
    last[packets.stream[told]] = told
    # data in the reset itself is nobody's, or everything's end
    odd[packets.stream[reset[reset <= last[packets.stream[reset]]]]] = True
    for way in (0, 1):  # what a reset cut off did not end in order, so far as anybody can tell
        segments.ended[2 * packets.stream[reset] + way] = False

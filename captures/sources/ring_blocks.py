"""From a block of the kernel's packet ring (TPACKET_V3, linux/if_packet.h) to pcapng blocks, many packets at once.

The kernel leaves room before each packet for its own header and the sender's address. Once these are read, the head of an Enhanced
Packet Block is written into that room, so that a packet and what belongs around it become one run of bytes without being moved: what
remains per packet is one slice. Nothing here opens a socket: blocks are bytes.
"""

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures.arrays import Bytes, Gather, Ints, Mask
from captures.sources.model import Batch

__all__ = ["BlockConverter", "direction_options"]

_MARGIN = 64
"""Bytes behind a block: what follows the last packet of a full one."""

_NEXT, _SECONDS, _NANOSECONDS, _CAPTURED, _ORIGINAL, _STATUS, _MAC, _TAG, _TAG_TYPE = 0, 4, 8, 12, 16, 20, 24, 32, 36
"""struct tpacket3_hdr: where its numbers stand."""
_ADDRESS = 48
"""struct sockaddr_ll behind it: family, protocol (big-endian), interface, hardware type, packet type, address length, address."""

_VLAN_VALID, _VLAN_TPID_VALID, _DOT1Q = 0x10, 0x40, 0x8100
_TAG_AT, _TAG_AT_COOKED = 12, 14
"""Where the kernel took the tag out (IEEE 802.1Q 9.3); in a cooked packet it belongs before the protocol."""
_COOKED_HEADER = 16
_EPB_HEAD = 28

_DIRECTIONS = (1 | 1 << 2, 1 | 3 << 2, 1 | 2 << 2, 1 | 4 << 2, 2)
"""Packet types of a packet socket (to us, broadcast, multicast, to others, outgoing) as epb_flags (section 4.3.1)."""


def direction_options(packet_type: int) -> bytes:
    """The options of a packet block that say which way it went (0: the packet type says nothing)."""
    flags = _DIRECTIONS[packet_type] if packet_type < len(_DIRECTIONS) else 0
    return b"\x02\0\x04\0" + flags.to_bytes(4, "little") + b"\0\0\0\0"


@dataclass(frozen=True, slots=True)
class _Columns:
    """One value per packet of a block; `data` and `end` are positions of its bytes, `tagged` where a VLAN tag has to be put back."""

    data: Ints
    end: Ints
    original: Ints
    time_ns: Ints
    tagged: Mask


class BlockConverter:
    """Converts blocks of at most `size` bytes: fill `scratch`, then `convert`.

    `directed` packets get the option that says which way they went; `cooked` ones a header made of the kernel's words
    (LINKTYPE_LINUX_SLL).
    """

    def __init__(self, size: int, interface: int, snaplen: int, *, cooked: bool, directed: bool) -> None:
        self.scratch: Bytes = np.zeros(size + _MARGIN, np.uint8)
        self._words = memoryview(self.scratch[:size].view(np.uint32).data)
        self._gather = Gather(self.scratch, big=sys.byteorder == "big")
        self._heads = _sliding(self.scratch, f"V{_EPB_HEAD}")
        self._tail_size = 16 if directed else 4
        self._tails = _sliding(self.scratch, f"V{self._tail_size}")
        self._fours = _sliding(self.scratch, "<u4")
        self._interface = interface
        self._snaplen = snaplen
        self._cooked = cooked
        self._directed = directed
        flags = np.zeros(256, np.uint32)
        flags[: len(_DIRECTIONS)] = _DIRECTIONS
        self._flags = flags

    def convert(self, first: int, count: int) -> Batch:
        """The `count` packets of the block in `scratch`, whose first header lies at `first`. Destroys `scratch`."""
        heads = self._walk(first, count)
        columns = self._read(heads)
        kinds = self._gather.u8(heads + _ADDRESS + 10) if self._directed else None
        if self._cooked:
            columns = self._cook(heads, columns)
        if columns.tagged.any():
            columns = self._tag(heads, columns)
        start, stop = self._frame(columns, kinds)
        data = self.scratch[: stop[-1]].tobytes() if count else b""
        records = [data[here:there] for here, there in zip(start.tolist(), stop.tolist(), strict=True)]
        return Batch(records, int(columns.original.sum()))

    def _walk(self, first: int, count: int) -> Ints:
        """Positions of the packet headers: each says how far it is to the next."""
        words, here = self._words, first
        heads = []
        for _ in range(count):
            heads.append(here)
            here += words[here >> 2]
        return np.array(heads, np.int64)

    def _read(self, heads: Ints) -> _Columns:
        gather = self._gather
        data = heads + gather.u16(heads + _MAC)
        return _Columns(
            data,
            data + gather.u32(heads + _CAPTURED),
            gather.u32(heads + _ORIGINAL),
            gather.u32(heads + _SECONDS) * 1_000_000_000 + gather.u32(heads + _NANOSECONDS),
            (gather.u32(heads + _STATUS) & _VLAN_VALID) != 0,
        )

    def _cook(self, heads: Ints, columns: _Columns) -> _Columns:
        """Put the header of LINKTYPE_LINUX_SLL before each packet."""
        gather, address = self._gather, heads + _ADDRESS
        header = np.zeros((len(heads), _COOKED_HEADER), np.uint8)
        header[:, 1] = gather.u8(address + 10)
        hardware = gather.u16(address + 8)
        header[:, 2], header[:, 3] = hardware >> 8, hardware & 0xFF
        header[:, 5] = gather.u8(address + 11)
        header[:, 6:14] = self.scratch[(address + 12)[:, None] + np.arange(8)]
        header[:, 14:16] = self.scratch[(address + 2)[:, None] + np.arange(2)]
        data = columns.data - _COOKED_HEADER
        self.scratch[data[:, None] + np.arange(_COOKED_HEADER)] = header
        return _Columns(data, columns.end, columns.original + _COOKED_HEADER, columns.time_ns, columns.tagged)

    def _tag(self, heads: Ints, columns: _Columns) -> _Columns:
        """Put VLAN tags back into the frames they were taken out of."""
        rows = np.flatnonzero(columns.tagged)
        at, heads = columns.data[rows], heads[rows]
        place = _TAG_AT_COOKED if self._cooked else _TAG_AT
        typed = (self._gather.u32(heads + _STATUS) & _VLAN_TPID_VALID) != 0
        kind = np.where(typed, self._gather.u16(heads + _TAG_TYPE), _DOT1Q)
        tag = self._gather.u32(heads + _TAG)
        before = np.arange(place)
        self.scratch[(at - 4)[:, None] + before] = self.scratch[at[:, None] + before]
        for offset, value in enumerate((kind >> 8, kind, tag >> 8, tag)):
            self.scratch[at - 4 + place + offset] = value & 0xFF
        shift = np.where(columns.tagged, 4, 0)
        return _Columns(columns.data - shift, columns.end, columns.original + shift, columns.time_ns, columns.tagged)

    def _frame(self, columns: _Columns, kinds: Ints | None) -> tuple[Ints, Ints]:
        """Write head and tail of an Enhanced Packet Block around each packet; returns where the blocks begin and end."""
        captured = np.minimum(columns.end - columns.data, self._snaplen)
        end = columns.data + captured
        tail = end + (-captured & 3)
        start, stop = columns.data - _EPB_HEAD, tail + self._tail_size
        head = np.empty((len(start), 7), "<u4")
        head[:, 0] = 6
        head[:, 1] = stop - start
        head[:, 2] = self._interface
        head[:, 3] = columns.time_ns >> 32
        head[:, 4] = columns.time_ns & 0xFFFFFFFF
        head[:, 5] = captured
        head[:, 6] = columns.original
        self._fours[end] = 0  # the padding, before the tail overwrites what is none
        self._heads[start] = head.view(f"V{_EPB_HEAD}")[:, 0]
        if kinds is None:
            self._fours[tail] = stop - start
        else:
            ending = np.zeros((len(start), 4), "<u4")
            ending[:, 0] = 2 | 4 << 16
            ending[:, 1] = self._flags[kinds]
            ending[:, 3] = stop - start
            self._tails[tail] = ending.view("V16")[:, 0]
        return start, stop


def _sliding(buffer: Bytes, dtype: str) -> NDArray[Any]:
    """A value of this type at every position, unaligned and overlapping."""
    size = np.dtype(dtype).itemsize
    return np.ndarray((len(buffer) - size + 1,), dtype, buffer=buffer.data, strides=(1,))

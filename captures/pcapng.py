"""pcapng files (draft-ietf-opsawg-pcapng): blocks, sections, several interfaces each with its own clock.

Unknown blocks are skipped. A block that cannot be ends the reading with a word about the place; a block that is not complete yet is
tried again on the next call, because the file may still be growing.
"""

import struct

import numpy as np

from captures import pcapng_blocks as blocks
from captures.arrays import Gather, Ints, Mask
from captures.marks import COMMENTED, TIMELESS
from captures.records import BATCH, MAX_CAPTURED, Interface, Metadata, Records
from captures.source import Source, Window

__all__ = ["MAX_METADATA", "PcapngReader", "maybe_pcapng"]


MAX_METADATA = 16 << 20
"""Longest block other than a packet that is read (key logs grow to megabytes); longer ones are skipped unread."""

_LITTLE_MAGIC, _BIG_MAGIC = b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"
_PACKETS = (blocks.ENHANCED_PACKET, blocks.OLD_PACKET, blocks.SIMPLE_PACKET)
_LONGEST_PACKET_BLOCK = MAX_CAPTURED + 65_536
"""A packet and its options."""


def maybe_pcapng(source: Source) -> "PcapngReader | None":
    """A reader when the file begins with a section header block."""
    head = source.pread(12, 0)
    if head[:4] != b"\x0a\x0d\x0d\x0a" or head[8:12] not in (_LITTLE_MAGIC, _BIG_MAGIC):
        return None
    return PcapngReader(source)


class PcapngReader:
    """See `captures.records.Reader`. Interfaces are numbered over all sections."""

    format = "pcapng"

    def __init__(self, source: Source) -> None:
        self.metadata = Metadata()
        self.position = 0
        self._source = source
        self._window = Window(source)
        self._order = "<"
        self._first_interface = 0
        self._skip_to = 0

    def read(self, limit: int) -> Records | None:
        """See `Reader.read`."""
        limit = min(limit, BATCH)
        fresh = False
        while not self.metadata.damage:
            found, kinds, progress = self._walk(limit)
            if found:
                return self._records(np.array(found, np.int64), np.array(kinds, np.int64))
            if not progress:
                if fresh:
                    return None
                self._window.load(self.position)
                fresh = True
            else:
                fresh = False
        return None

    def comments(self, offset: int, captured: int) -> tuple[str, ...]:
        """Comments of an Enhanced (or old) Packet Block, whose options follow the padded data."""
        head = self._source.pread(8, offset - 28)
        for order in "<>":
            kind, length = struct.unpack(order + "II", head)
            if kind in (blocks.ENHANCED_PACKET, blocks.OLD_PACKET) and 32 <= length <= _LONGEST_PACKET_BLOCK:
                end = offset - 28 + length - 4
                begin = offset + captured + -captured % 4
                return blocks.comments_in(self._source.pread(max(0, end - begin), begin), 0, order)
        return ()

    def _walk(self, limit: int) -> tuple[list[int], list[int], bool]:
        """Positions and kinds of the next packet blocks in the window, and whether anything was passed.

        Stops before a block that changes how packets are read (section, interface) once there are packets; takes everything else
        on the way.
        """
        window = self._window
        view = window.buffer.data[: window.length]
        here = before = self.position - window.base
        found: list[int] = []
        kinds: list[int] = []
        if not 0 <= here < window.length:
            return found, kinds, False
        head = struct.Struct(self._order + "II").unpack_from
        last = window.length - 12
        while here <= last and len(found) < limit:
            kind, length = head(view, here)
            if kind in _PACKETS:
                if not 16 <= length <= _LONGEST_PACKET_BLOCK or length & 3:
                    self._damaged(here + window.base, f"a packet block of {length} bytes")
                    break
                if here + length > window.length:
                    break
                found.append(here)
                kinds.append(kind)
                here += length
                continue
            if found and kind in (blocks.SECTION_HEADER, blocks.INTERFACE_DESCRIPTION):
                break
            passed = self._other(kind, length, here + window.base)
            if not passed:
                break
            here += passed
            head = struct.Struct(self._order + "II").unpack_from
        self.position = window.base + here
        return found, kinds, here != before

    def _other(self, kind: int, length: int, place: int) -> int:
        """Take a block that is no packet at file offset `place`; returns its length, or 0 when it is incomplete or broken."""
        if kind == blocks.SECTION_HEADER:
            length = self._section(place)
            if not length:
                return 0
        if length < 12 or length & 3:
            self._damaged(place, f"a block of {length} bytes")
            return 0
        if place + length > self._source.size():
            return 0
        if length > MAX_METADATA:
            return length
        body = self._source.pread(length - 12, place + 8)
        self._take(kind, body)
        return 0 if self.metadata.damage else length

    def _section(self, place: int) -> int:
        """Learn the byte order of the section that begins at `place`; returns the length of its header block, 0 if there is none."""
        head = self._source.pread(12, place)
        order = {_LITTLE_MAGIC: "<", _BIG_MAGIC: ">"}.get(head[8:12])
        if order is None:
            self._damaged(place, "a section header without its byte-order magic")
            return 0
        length: int = struct.unpack(order + "I", head[4:8])[0]
        if place + length <= self._source.size():
            self._order = order
            self._first_interface = len(self.metadata.interfaces)
        return length

    def _take(self, kind: int, body: bytes) -> None:
        metadata, order = self.metadata, self._order
        if kind == blocks.SECTION_HEADER:
            metadata.comments.extend(blocks.comments_in(body, 16, order))
        elif kind == blocks.INTERFACE_DESCRIPTION and len(body) >= 8:
            metadata.interfaces.append(blocks.interface_from(body, order))
        elif kind == blocks.INTERFACE_STATISTICS and len(body) >= 12:
            number, received, dropped = blocks.statistics_in(body, order)
            if self._first_interface + number < len(metadata.interfaces):
                interface = metadata.interfaces[self._first_interface + number]
                interface.received, interface.dropped = received, dropped
        elif kind == blocks.NAME_RESOLUTION:
            metadata.names.update(blocks.names_in(body, order))
        elif kind == blocks.DECRYPTION_SECRETS:
            secret = blocks.secret_in(body, order)
            if secret is not None:
                metadata.secrets.append(secret)

    def _damaged(self, place: int, what: str) -> None:
        self.metadata.damage = f"{what} at byte {place}: the file is damaged there and was read up to that place"

    def _records(self, at: Ints, kind: Ints) -> Records | None:
        gather = Gather(self._window.buffer, big=self._order == ">")
        simple = kind == blocks.SIMPLE_PACKET
        interface = gather.u32(at + 8)
        old = kind == blocks.OLD_PACKET
        interface[old] = gather.u16(at[old] + 8)
        interface[simple] = 0
        length = gather.u32(at + 4)
        captured = gather.u32(at + 20)
        original = gather.u32(at + 24)
        if simple.any():
            snaplen = self._snaplen()
            original[simple] = gather.u32(at[simple] + 8)
            captured[simple] = np.minimum(np.minimum(original[simple], length[simple] - 16), snaplen)
        header = np.where(simple, 12, 28)
        interface += self._first_interface
        broken = (captured + header + 4 > length) | (interface >= len(self.metadata.interfaces))
        if broken.any():
            keep = int(np.argmax(broken))
            self._damaged(int(at[keep]) + self._window.base, "a packet block that contradicts itself")
            self.position = int(at[keep]) + self._window.base
            if not keep:
                return None
            at, captured, original, interface, header, length, simple = (
                column[:keep] for column in (at, captured, original, interface, header, length, simple)
            )
        ticks = (gather.u32(at + 12) << 32) | gather.u32(at + 16)
        padded = captured + (-captured & 3)
        flags = np.where(simple, TIMELESS, np.where(padded + header + 4 < length, COMMENTED, 0))
        return Records(
            buffer=self._window.buffer,
            base=self._window.base,
            start=at + header,
            captured=captured,
            original=original,
            time_ns=_times(ticks, interface, simple, self.metadata.interfaces),
            interface=interface,
            flags=flags,
        )

    def _snaplen(self) -> int:
        interfaces = self.metadata.interfaces[self._first_interface : self._first_interface + 1]
        return interfaces[0].snaplen or MAX_CAPTURED if interfaces else MAX_CAPTURED


def _times(ticks: Ints, interface: Ints, timeless: Mask, interfaces: list[Interface]) -> Ints:
    """Nanoseconds since the epoch from each interface's own time units."""
    times = np.zeros(len(ticks), np.int64)
    for number in np.unique(interface):
        rows = (interface == number) & ~timeless
        clock = interfaces[number]
        times[rows] = _nanoseconds(ticks[rows], clock.resolution) + clock.offset_s * 1_000_000_000
    return times


def _nanoseconds(ticks: Ints, resolution: int) -> Ints:
    if 1_000_000_000 % resolution == 0:
        return ticks * (1_000_000_000 // resolution)
    if resolution % 1_000_000_000 == 0:
        return (ticks.view(np.uint64) // np.uint64(min(resolution // 1_000_000_000, 1 << 63))).astype(np.int64)
    # powers of two: too wide for 64 bits where the unit is fine, and rare enough for Python's integers
    exact = [(int(tick) % (1 << 64)) * 1_000_000_000 // resolution for tick in ticks]
    return np.array([value if value < 1 << 63 else 0 for value in exact], np.int64)

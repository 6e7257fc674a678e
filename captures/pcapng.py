"""pcapng files (draft-ietf-opsawg-pcapng): blocks, sections, several interfaces each with its own clock.

Unknown blocks are skipped. A block that cannot be ends the reading with a word about the place; a block that is not complete yet is
tried again on the next call, because the file may still be growing.
"""

import struct
from dataclasses import astuple, dataclass

import numpy as np

from captures import pcapng_blocks as blocks
from captures.arrays import Gather, Ints, Mask
from captures.marks import COMMENTED, TIMELESS
from captures.records import BATCH, MAX_CAPTURED, Interface, Metadata, Records
from captures.source import Source, Window

__all__ = ["MAX_INTERFACES", "MAX_KEPT", "MAX_METADATA", "PcapngReader", "maybe_pcapng"]

MAX_METADATA = 16 << 20
"""Longest block other than a packet that is read (key logs grow to megabytes); longer ones are skipped unread."""

MAX_KEPT = 64 << 20
"""Bytes of secrets, names, comments and interface descriptions that are kept; what comes later is ignored."""

MAX_INTERFACES = 65_535
"""Interfaces over all sections: the index gives their number 16 bits."""

_LITTLE_MAGIC, _BIG_MAGIC = b"\x4d\x3c\x2b\x1a", b"\x1a\x2b\x3c\x4d"
_PACKETS = (blocks.ENHANCED_PACKET, blocks.OLD_PACKET, blocks.SIMPLE_PACKET)
_KEPT = (blocks.SECTION_HEADER, blocks.INTERFACE_DESCRIPTION, blocks.NAME_RESOLUTION, blocks.DECRYPTION_SECRETS)
_LONGEST_PACKET_BLOCK = MAX_CAPTURED + 65_536
"""A packet and its options."""


def maybe_pcapng(source: Source) -> "PcapngReader | None":
    """A reader when the file begins with a section header block."""
    head = source.pread(12, 0)
    if head[:4] != b"\x0a\x0d\x0d\x0a" or head[8:12] not in (_LITTLE_MAGIC, _BIG_MAGIC):
        return None
    return PcapngReader(source)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Columns of a run of packet blocks: where each begins in the window, its kind, the bytes before its data, and its numbers."""

    at: Ints
    kind: Ints
    header: Ints
    length: Ints
    captured: Ints
    original: Ints
    interface: Ints
    ticks: Ints


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
        self._kept = 0

    def read(self, limit: int) -> Records | None:
        """See `Reader.read`."""
        loaded_at = -1
        while not self.metadata.damage:
            before = self.position
            found = self._walk(min(limit, BATCH))
            if found:
                return self._records(found)
            if self.position == before:
                if loaded_at == before:
                    return None
                self._window.load(before)
                loaded_at = before
        return None

    def comments(self, offset: int, captured: int) -> tuple[str, ...]:
        """Comments of an Enhanced (or old) Packet Block."""
        return tuple(blocks.text_of(value) for code, value in self.options(offset, captured) if code == blocks.COMMENT)

    def options(self, offset: int, captured: int) -> tuple[tuple[int, bytes], ...]:
        """Options of an Enhanced (or old) Packet Block, which follow the padded data."""
        head = self._source.pread(8, offset - 28)
        for order in "<>":
            kind, length = struct.unpack(order + "II", head)
            if kind in (blocks.ENHANCED_PACKET, blocks.OLD_PACKET) and 32 <= length <= _LONGEST_PACKET_BLOCK:
                end = offset - 28 + length - 4
                begin = offset + captured + -captured % 4
                return blocks.packet_options(self._source.pread(max(0, end - begin), begin), order)
        return ()

    def _walk(self, limit: int) -> list[tuple[int, int, int]]:
        """(position in the window, kind, first interface of the section) of the next packet blocks.

        Everything else is taken on the way; moves `position` behind what was passed.

        Stops before a section in the other byte order once there are packets.
        """
        window = self._window
        view, end = window.buffer.data[: window.length], window.length
        here = self.position - window.base
        run: list[tuple[int, int, int]] = []
        if not 0 <= here < end:
            return run
        order, first = self._order, self._first_interface
        head = struct.Struct(order + "II").unpack_from
        append = run.append
        while here <= end - 12 and len(run) < limit:
            kind, length = head(view, here)
            if kind in _PACKETS:
                if not 16 <= length <= _LONGEST_PACKET_BLOCK or length & 3:
                    self._damaged(here + window.base, f"a packet block of {length} bytes")
                    break
                if here + length > end:
                    break
                append((here, kind, first))
            elif run and kind == blocks.SECTION_HEADER and self._byte_order(here + window.base) != order:
                break
            else:
                length = self._other(kind, length, here + window.base)
                if not length:
                    break
                if kind == blocks.SECTION_HEADER:
                    order, first = self._order, self._first_interface
                    head = struct.Struct(order + "II").unpack_from
            here += length
        self.position = window.base + here
        return run

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
        order = self._byte_order(place)
        if not order:
            self._damaged(place, "a section header without its byte-order magic")
            return 0
        length: int = struct.unpack(order + "I", self._source.pread(4, place + 4))[0]
        if length >= 28 and place + length <= self._source.size():
            self._order = order
            self._first_interface = len(self.metadata.interfaces)
        return length

    def _byte_order(self, place: int) -> str:
        return {_LITTLE_MAGIC: "<", _BIG_MAGIC: ">"}.get(self._source.pread(4, place + 8), "")

    def _take(self, kind: int, body: bytes) -> None:
        metadata, order = self.metadata, self._order
        self._kept += len(body) if kind in _KEPT else 0
        if self._kept > MAX_KEPT:
            return
        if kind == blocks.SECTION_HEADER:
            metadata.comments.extend(blocks.comments_in(body, 16, order))
        elif kind == blocks.INTERFACE_DESCRIPTION and len(body) >= 8:
            if len(metadata.interfaces) < MAX_INTERFACES:
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

    def _records(self, run: list[tuple[int, int, int]]) -> Records | None:
        """A run of packet blocks as records, up to the first block that contradicts itself."""
        found = self._fields(*np.array(run, np.int64).T)
        broken = (found.captured + found.header + 4 > found.length) | (found.interface >= len(self.metadata.interfaces))
        if broken.any():
            keep = int(np.argmax(broken))
            self.position = int(found.at[keep]) + self._window.base
            self._damaged(self.position, "a packet block that contradicts itself")
            if not keep:
                return None
            found = _Blocks(*(column[:keep] for column in astuple(found)))
        simple = found.kind == blocks.SIMPLE_PACKET
        padded = found.captured + (-found.captured & 3)
        optioned = np.where(padded + found.header + 4 < found.length, COMMENTED, 0)
        return Records(
            buffer=self._window.buffer,
            base=self._window.base,
            start=found.at + found.header,
            captured=found.captured,
            original=found.original,
            time_ns=_times(found.ticks, found.interface, simple, self.metadata.interfaces),
            interface=found.interface,
            flags=np.where(simple, TIMELESS, optioned),
        )

    def _fields(self, at: Ints, kind: Ints, first_interface: Ints) -> "_Blocks":
        """The numbers in the blocks' headers (sections 4.3, 4.4 and appendix A)."""
        gather = Gather(self._window.buffer, big=self._order == ">")
        length, captured, original = gather.u32(at + 4), gather.u32(at + 20), gather.u32(at + 24)
        interface = gather.u32(at + 8)
        old, simple = kind == blocks.OLD_PACKET, kind == blocks.SIMPLE_PACKET
        interface[old] = gather.u16(at[old] + 8)
        interface[simple] = 0
        original[simple] = gather.u32(at[simple] + 8)
        snaplens = np.array([self._snaplen(number) for number in first_interface[simple].tolist()], np.int64)
        captured[simple] = np.minimum(np.minimum(original[simple], length[simple] - 16), snaplens)
        ticks = (gather.u32(at + 12) << 32) | gather.u32(at + 16)
        return _Blocks(at, kind, np.where(simple, 12, 28), length, captured, original, interface + first_interface, ticks)

    def _snaplen(self, interface: int) -> int:
        """The longest packet an interface keeps: a Simple Packet Block says its length on the wire only."""
        interfaces = self.metadata.interfaces
        return interfaces[interface].snaplen or MAX_CAPTURED if interface < len(interfaces) else MAX_CAPTURED


def _times(ticks: Ints, interface: Ints, timeless: Mask, interfaces: list[Interface]) -> Ints:
    """Nanoseconds since the epoch from each interface's own time units."""
    times = np.zeros(len(ticks), np.int64)
    for number in np.flatnonzero(np.bincount(interface)):
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

"""A pcapng stream (draft-ietf-opsawg-pcapng), block by block, as blocks of our own file. Bytes in, blocks out.

Packets, interfaces, names and secrets go on; counters are read. Of a little-endian stream the blocks stay as they are, but for the
numbers of interfaces; packets of a big-endian one are written anew, with their options. Other blocks are left out.
"""

import struct
import time
from collections.abc import Callable, Mapping

from captures import pcapng_blocks as blocks
from captures.pcapng_building import block, ended, interface_block, option, packet_block
from captures.records import MAX_CAPTURED, Interface
from captures.sources.model import Batch, Describe, Losses
from workbench.api import CaptureError

__all__ = ["MAGIC", "PcapngStream"]

MAGIC = b"\x0a\x0d\x0d\x0a"

_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_MAX_BLOCK = 16 << 20
"""Longer blocks mean damage; dumpcap and tshark draw the line there, too."""
_LEAST = {
    blocks.SECTION_HEADER: 28,
    blocks.INTERFACE_DESCRIPTION: 20,
    blocks.ENHANCED_PACKET: 32,
    blocks.OLD_PACKET: 32,
    blocks.SIMPLE_PACKET: 16,
    blocks.INTERFACE_STATISTICS: 24,
}
"""Shortest whole blocks, by kind."""


class PcapngStream:
    """Takes the bytes of a stream in any pieces; `name` stands for it in errors. Packets without a time get the one at which they come."""

    def __init__(self, name: str, describe: Describe, *, clock: Callable[[], int] = time.time_ns) -> None:
        self._name, self._describe, self._clock = name, describe, clock
        self._rest = b""
        self._offset = 0
        self._order = "<"
        self._interfaces: list[tuple[int, Interface]] = []
        self._losses: dict[int, Losses] = {}
        self._records: list[bytes] = []

    @property
    def pending(self) -> int:
        """Bytes of a block that has not come completely."""
        return len(self._rest)

    def losses(self) -> Mapping[int, Losses]:
        """What the stream's own statistics said so far."""
        return self._losses

    def feed(self, data: bytes) -> Batch:
        """The packets that are complete now. Raises CaptureError where the stream is damaged."""
        data = self._rest + data
        self._records = []
        at, end = 0, len(data)
        while at + 12 <= end:
            if data[at : at + 4] == MAGIC:
                self._order = self._order_at(data, at)
                self._interfaces = []
            kind, length = struct.unpack_from(self._order + "II", data, at)
            if length < _LEAST.get(kind, 12) or length > _MAX_BLOCK or length % 4:
                raise self._damaged(f"a block of {length} bytes", at)
            if at + length > end:
                break
            if struct.unpack_from(self._order + "I", data, at + length - 4)[0] != length:
                raise self._damaged("a block whose two lengths differ", at)
            self._block(kind, data[at : at + length], at)
            at += length
        self._rest = data[at:]
        self._offset += at
        wire_bytes = sum(int.from_bytes(record[24:28], "little") for record in self._records)
        return Batch(self._records, wire_bytes)

    def _order_at(self, data: bytes, at: int) -> str:
        order = _ORDERS.get(data[at + 8 : at + 12])
        if order is None:
            raise self._damaged("a section without a byte order", at)
        return order

    def _block(self, kind: int, whole: bytes, at: int) -> None:
        body = whole[8:-4]
        if kind == blocks.ENHANCED_PACKET:
            self._enhanced(whole, body, at)
        elif kind == blocks.INTERFACE_DESCRIPTION:
            self._interface(whole, body)
        elif kind == blocks.SIMPLE_PACKET:
            self._simple(body, at)
        elif kind == blocks.OLD_PACKET:
            self._old(body, at)
        elif kind == blocks.INTERFACE_STATISTICS:
            self._statistics(body)
        elif kind == blocks.DECRYPTION_SECRETS:
            self._secrets(body)
        elif kind == blocks.NAME_RESOLUTION and self._order == "<":
            self._describe(whole)

    def _interface(self, whole: bytes, body: bytes) -> None:
        described = blocks.interface_from(body, self._order)
        if self._order == "<":
            ours = whole
        else:
            texts = {"filter": described.filter, "description": described.description}
            ours = interface_block(described.name, described.link_type, described.snaplen, **texts)
        number = self._describe(ours)
        self._interfaces.append((number, described))
        self._losses[number] = Losses()

    def _enhanced(self, whole: bytes, body: bytes, at: int) -> None:
        theirs, high, low, captured, original = struct.unpack_from(self._order + "5I", body)
        number, interface = self._of(theirs, captured, len(body) - 20, at)
        if self._order == "<":
            self._records.append(whole if number == theirs else whole[:8] + struct.pack("<I", number) + whole[12:])
            return
        found = blocks.packet_options(body[20 + captured + -captured % 4 :], self._order)
        options = ended(b"".join(option(code, value) for code, value in found))
        time_ns = _nanoseconds(high << 32 | low, interface)
        self._records.append(packet_block(number, time_ns, body[20 : 20 + captured], original, options))

    def _simple(self, body: bytes, at: int) -> None:
        """Section 4.4: of the first interface, without a time."""
        (original,) = struct.unpack_from(self._order + "I", body)
        snaplen = self._interfaces[0][1].snaplen if self._interfaces else 0
        captured = min(original, snaplen or original)
        number, interface = self._of(0, captured, len(body) - 4, at)
        ticks = self._ticks(self._clock(), interface)
        self._records.append(packet_block(number, ticks, body[4 : 4 + captured], original))

    def _old(self, body: bytes, at: int) -> None:
        """Appendix A: the packet block of the first drafts."""
        theirs, _, high, low, captured, original = struct.unpack_from(self._order + "HHIIII", body)
        number, interface = self._of(theirs, captured, len(body) - 20, at)
        time = high << 32 | low
        ticks = time if self._order == "<" else _nanoseconds(time, interface)
        self._records.append(packet_block(number, ticks, body[20 : 20 + captured], original))

    def _statistics(self, body: bytes) -> None:
        theirs, received, dropped = blocks.statistics_in(body, self._order)
        if theirs < len(self._interfaces):
            self._losses[self._interfaces[theirs][0]] = Losses(received, dropped)

    def _secrets(self, body: bytes) -> None:
        if len(body) >= 8:
            kind, length = struct.unpack_from(self._order + "II", body)
            secret = body[8 : 8 + length]
            self._describe(block(blocks.DECRYPTION_SECRETS, struct.pack("<II", kind, len(secret)) + secret))

    def _of(self, theirs: int, captured: int, room: int, at: int) -> tuple[int, Interface]:
        """Our number of an interface of theirs, and what it is like; checks that the packet fits into its block."""
        if theirs >= len(self._interfaces):
            raise self._damaged(f"a packet of interface {theirs}, which was never described,", at)
        if captured > min(room, MAX_CAPTURED):
            raise self._damaged(f"a packet of {captured} bytes", at)
        return self._interfaces[theirs]

    def _ticks(self, time_ns: int, interface: Interface) -> int:
        """A time as the interface's block says that times are written."""
        if self._order == ">":
            return time_ns
        return (time_ns - interface.offset_s * 1_000_000_000) * interface.resolution // 1_000_000_000

    def _damaged(self, what: str, at: int) -> CaptureError:
        text = f"{what} at byte {self._offset + at}: the stream is damaged"
        return CaptureError(text, place=self._name, remedy="What came before is in the file")


def _nanoseconds(ticks: int, interface: Interface) -> int:
    return ticks * 1_000_000_000 // interface.resolution + interface.offset_s * 1_000_000_000

"""A pcap stream (draft-ietf-opsawg-pcap), piece by piece, as pcapng blocks.

Bytes in, blocks out: `fifo` and `programs` read them.
"""

import struct
from collections.abc import Mapping

from captures.pcapng_building import interface_block, packet_block
from captures.records import MAX_CAPTURED
from captures.sources.model import Batch, Describe, Losses
from workbench.api import CaptureError

__all__ = ["MAGICS", "PcapStream"]

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""Byte order, and nanoseconds of a tick."""

_LINK_MASK = 0x03FF_FFFF
"""The upper bits of the network field say how long the frame check sequence is."""
_FILE_HEADER, _HEADER = 24, 16


class PcapStream:
    """Takes the bytes of a stream in any pieces; `name` is what its interface shall be called."""

    def __init__(self, name: str, describe: Describe) -> None:
        self._name, self._describe = name, describe
        self._rest = b""
        self._offset = 0
        self._number = -1
        self._tick = 1
        self._record = struct.Struct("<4I")

    @property
    def pending(self) -> int:
        """Bytes of a record that has not come completely."""
        return len(self._rest)

    def losses(self) -> Mapping[int, Losses]:
        """A pcap stream does not say what was lost."""
        return {self._number: Losses()} if self._number >= 0 else {}

    def feed(self, data: bytes) -> Batch:
        """The packets that are complete now. Raises CaptureError where the stream is damaged."""
        data = self._rest + data
        at = 0
        if self._number < 0:
            if len(data) < _FILE_HEADER:
                self._rest = data
                return Batch([], 0)
            self._begin(data)
            at = _FILE_HEADER
        records: list[bytes] = []
        wire_bytes, unpack, number, tick = 0, self._record.unpack_from, self._number, self._tick
        while at + _HEADER <= len(data):
            seconds, fraction, captured, original = unpack(data, at)
            if captured > MAX_CAPTURED:
                text = f"the record at byte {self._offset + at} claims a length of {captured} bytes"
                raise CaptureError(f"{text}: the stream is damaged", place=self._name, remedy="What came before is in the file")
            end = at + _HEADER + captured
            if end > len(data):
                break
            time_ns = seconds * 1_000_000_000 + fraction * tick
            records.append(packet_block(number, time_ns, data[at + _HEADER : end], original))
            wire_bytes += original
            at = end
        self._rest = data[at:]
        self._offset += at
        return Batch(records, wire_bytes)

    def _begin(self, data: bytes) -> None:
        order, self._tick = MAGICS[data[:4]]
        self._record = struct.Struct(order + "4I")
        snaplen, network = struct.unpack_from(order + "II", data, 16)
        self._number = self._describe(interface_block(self._name, network & _LINK_MASK & 0xFFFF, snaplen))

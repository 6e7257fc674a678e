"""pcap files (libpcap's savefile format, draft-ietf-opsawg-pcap) and Sun's snoop (RFC 1761): a fixed header before each packet.

One reader serves all of them; a `Shape` says where in the record header each number stands.
"""

import struct
from dataclasses import dataclass

import numpy as np

from captures.arrays import Gather, Ints
from captures.records import BATCH, MAX_CAPTURED, Interface, Metadata, Records
from captures.source import Source, Window
from workbench.api import CaptureError

__all__ = ["RecordReader", "maybe_pcap", "maybe_snoop"]

_LINK_MASK = 0x03FF_FFFF
"""The upper bits of pcap's network field say how long the frame check sequence is."""

_LONGEST_STEP = MAX_CAPTURED + 64
"""From one record header to the next."""

_SNOOP_LINKS = {4: 1, 8: 10, 2: 6}
"""RFC 1761 datalink types that tshark reads, as LINKTYPE_ values: Ethernet, FDDI, Token Ring."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Layout of a record header: byte offsets of its 32-bit numbers. The next record starts `value at step_at + step_extra` further on.

    `tick_ns` is the unit of the sub-second number.
    """

    big: bool
    header: int = 16
    seconds_at: int = 0
    captured_at: int = 8
    original_at: int = 12
    step_at: int = 8
    step_extra: int = 16
    tick_ns: int = 1000


_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": Shape(big=False),
    b"\xa1\xb2\xc3\xd4": Shape(big=True),
    b"\x4d\x3c\xb2\xa1": Shape(big=False, tick_ns=1),
    b"\xa1\xb2\x3c\x4d": Shape(big=True, tick_ns=1),
    # Alexey Kuznetsov's modified format: eight more bytes (interface index, protocol, packet type) in each record header
    b"\x34\xcd\xb2\xa1": Shape(big=False, header=24, step_extra=24),
    b"\xa1\xb2\xcd\x34": Shape(big=True, header=24, step_extra=24),
}


def maybe_pcap(source: Source) -> "RecordReader | None":
    """A reader when the file begins with one of pcap's magic numbers; raises `CaptureError` when its header is cut short."""
    head = source.pread(24, 0)
    shape = _PCAP_MAGICS.get(head[:4])
    if shape is None:
        return None
    if len(head) < 24:
        raise CaptureError("the file header is cut short", place=str(source.path), remedy="Record the capture again")
    snaplen, network = struct.unpack((">" if shape.big else "<") + "II", head[16:])
    return RecordReader(source, "pcap", shape, 24, Interface(network & _LINK_MASK, snaplen))


def maybe_snoop(source: Source) -> "RecordReader | None":
    """A reader when the file is a snoop capture; raises `CaptureError` for a link type we cannot name."""
    head = source.pread(16, 0)
    if len(head) < 16 or head[:8] != b"snoop\0\0\0":
        return None
    network = int.from_bytes(head[12:], "big")
    if network not in _SNOOP_LINKS:
        raise CaptureError(f"snoop data link type {network} is unknown", place=str(source.path), remedy="Convert it with editcap")
    shape = Shape(big=True, header=24, seconds_at=16, captured_at=4, original_at=0, step_at=8, step_extra=0)
    return RecordReader(source, "snoop", shape, 16, Interface(_SNOOP_LINKS[network]))


class RecordReader:
    """Reads fixed-header records; see `captures.records.Reader`."""

    def __init__(self, source: Source, format: str, shape: Shape, position: int, interface: Interface) -> None:  # noqa: A002
        self.format = format
        self.metadata = Metadata(interfaces=[interface])
        self.position = position
        self._shape = shape
        self._source = source
        self._window = Window(source)

    def read(self, limit: int) -> Records | None:
        """See `Reader.read`."""
        if self.metadata.damage:
            return None
        found = self._walk(min(limit, BATCH))
        if not len(found):
            self._window.load(self.position)
            found = self._walk(min(limit, BATCH))
        return self._records(found) if len(found) else None

    def comments(self, offset: int, captured: int) -> tuple[str, ...]:
        """pcap and snoop have none."""
        return ()

    def options(self, offset: int, captured: int) -> tuple[tuple[int, bytes], ...]:
        """Nor other options."""
        return ()

    def _walk(self, limit: int) -> Ints:
        """Positions in the window of the next record headers, whole records only; moves `position` behind them."""
        shape, window = self._shape, self._window
        here = self.position - window.base
        if not 0 <= here < window.length:
            return np.zeros(0, np.int64)
        view, extra = window.buffer.data[: window.length], shape.step_extra
        unpack = struct.Struct(f"{'>' if shape.big else '<'}{shape.step_at}xI").unpack_from
        heads: list[int] = []
        append = heads.append
        # this loop sees every packet, so it asks nothing: the window's end is an exception, and steps are judged afterwards
        try:
            for _ in range(limit):
                append(here)
                here += extra + unpack(view, here)[0]
        except struct.error:
            heads.pop()
        found = np.array([*heads, here], np.int64)
        steps = np.diff(found)
        wrong = np.flatnonzero((steps < shape.header) | (steps > _LONGEST_STEP))
        if len(wrong):
            found = found[: wrong[0] + 1]
            self._damaged(int(found[-1]) + window.base, int(steps[wrong[0]]) - extra)
        elif found[-1] > window.length:
            found = found[:-1]
        self.position = window.base + int(found[-1])
        return found[:-1]

    def _damaged(self, place: int, step: int) -> None:
        self.metadata.damage = (
            f"the record at byte {place} claims a length of {step} bytes: the file is damaged there and was read up to that place"
        )

    def _records(self, head: Ints) -> Records:
        shape, window = self._shape, self._window
        gather = Gather(window.buffer, big=shape.big)
        seconds = gather.u32(head + shape.seconds_at)
        fraction = gather.u32(head + shape.seconds_at + 4)
        captured = gather.u32(head + shape.captured_at)
        if shape.step_at != shape.captured_at:
            captured = np.minimum(captured, gather.u32(head + shape.step_at) + shape.step_extra - shape.header)
        zeros = np.zeros(len(head), np.int64)
        return Records(
            buffer=window.buffer,
            base=window.base,
            start=head + shape.header,
            captured=captured,
            original=gather.u32(head + shape.original_at),
            time_ns=seconds * 1_000_000_000 + fraction * shape.tick_ns,
            interface=zeros,
            flags=zeros,
        )

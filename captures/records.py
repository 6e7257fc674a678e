"""What every capture file format is read into: batches of packet records as columns, and what the file says about itself."""

from dataclasses import dataclass, field
from typing import Protocol

from captures.arrays import Bytes, Ints

__all__ = ["BATCH", "MAX_CAPTURED", "Interface", "Metadata", "Reader", "Records"]

BATCH = 32_768
"""Packets decoded together: vectors long enough to forget the interpreter, short enough for the processor's cache."""

MAX_CAPTURED = 262_144
"""Longest packet a record may hold, the largest snaplen of libpcap and tshark; a longer one means a damaged file."""


@dataclass(slots=True)
class Interface:
    """Where packets were captured. `received` and `dropped` are -1 where the file does not say (filled from statistics blocks).

    `resolution` is time units per second, `offset_s` seconds to add to every time stamp.
    """

    link_type: int
    snaplen: int = 0
    name: str = ""
    description: str = ""
    filter: str = ""
    resolution: int = 1_000_000
    offset_s: int = 0
    received: int = -1
    dropped: int = -1


@dataclass(slots=True)
class Metadata:
    """What a file tells beside its packets."""

    interfaces: list[Interface] = field(default_factory=list)
    secrets: list[bytes] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    damage: str = ""
    """Why reading stopped for good before the end of the file; "" while all is well."""


@dataclass(frozen=True, slots=True)
class Records:
    """A run of packets. `start` are positions of the packets' first bytes in `buffer`, whose first byte lies at `base` in the file.

    The buffer is only valid until the reader is asked again. `original` is the length on the wire, `captured` what the file holds.
    `flags` are the bits of `captures.marks` that the file format decides.
    """

    buffer: Bytes
    base: int
    start: Ints
    captured: Ints
    original: Ints
    time_ns: Ints
    interface: Ints
    flags: Ints

    def __len__(self) -> int:
        return len(self.start)


class Reader(Protocol):
    """Reads one capture file front to back, as far as it goes now, and again when it has grown."""

    format: str
    metadata: Metadata
    position: int
    """File offset of the first byte not yet read as a whole record."""

    def read(self, limit: int) -> Records | None:
        """Up to `limit` packets (at most BATCH); None when there is no whole record left at the moment."""
        ...

    def comments(self, offset: int, captured: int) -> tuple[str, ...]:
        """Comments of the packet whose data lies at file offset `offset`."""
        ...

    def options(self, offset: int, captured: int) -> tuple[tuple[int, bytes], ...]:
        """All pcapng options of that packet, comments among them: (code, value), numbers little-endian."""
        ...

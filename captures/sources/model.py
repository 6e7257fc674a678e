"""What a live source is asked for, and what it gives: blocks of packets, and the truth about losses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

__all__ = ["BUFFER", "SNAPLEN", "Batch", "Describe", "LiveSource", "Losses", "Wish", "cut"]

SNAPLEN = 262_144
"""The largest packet that readers accept; loopback packets reach 64 KiB and more."""

BUFFER = 128 << 20
"""Bytes the kernel holds for us while we are busy: a second of 800,000 small packets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to capture. `interface` is a name, "any", "-" (standard input) or a path (a fifo); `filter` is a BPF expression.

    `buffer` is the room in the kernel, in bytes. A promiscuous interface takes frames for other machines, too.
    """

    interface: str
    filter: str = ""
    snaplen: int = SNAPLEN
    promiscuous: bool = True
    buffer: int = BUFFER


@dataclass(frozen=True, slots=True)
class Batch:
    """Packets that were taken together: one Enhanced Packet Block each, and the sum of their lengths on the wire."""

    records: list[bytes]
    wire_bytes: int


@dataclass(frozen=True, slots=True)
class Losses:
    """Packets of one interface since the capture began; -1 where nobody says.

    `received` passed the filter, whatever became of them; `dropped` of those found no room in the kernel's buffer. `ring_full` is how
    often the ring was found full, `interface_dropped` what the interface had no room for before anybody could filter.
    """

    received: int = -1
    dropped: int = -1
    ring_full: int = 0
    interface_dropped: int = 0


Describe = Callable[[bytes], int]
"""Takes a block that comes before packets and gives the number of the interface that it describes.

Other blocks that packets need (names, secrets) go the same way; the number means nothing for them."""


class LiveSource(Protocol):
    """One open source. Made from a `Wish` and a `Describe`; raises CaptureError where that is not possible."""

    kind: str

    def fileno(self) -> int:
        """What to wait for."""
        ...

    def take(self) -> Batch | None:
        """Some packets; None when there are none at the moment. Raises CaptureError when the source breaks."""
        ...

    def losses(self) -> Mapping[int, Losses]:
        """The counters of each of its interfaces, by number, as they stand."""
        ...

    def finish(self) -> None:
        """Accept nothing that arrives from now on; what arrived before is still to be taken."""
        ...

    def over(self) -> bool:
        """Whether nothing can come any more, once `take` has given None."""
        ...

    def close(self) -> None:
        """Give everything back; harmless when repeated."""
        ...


def cut(batch: Batch, count: int) -> tuple[Batch, Batch]:
    """The first `count` packets, and the others."""
    if count >= len(batch.records):
        return batch, Batch([], 0)
    first = batch.records[:count]
    # the length on the wire is the last number of the head of an Enhanced Packet Block
    wire_bytes = sum(int.from_bytes(record[24:28], "little") for record in first)
    return Batch(first, wire_bytes), Batch(batch.records[count:], batch.wire_bytes - wire_bytes)

"""What a walk over the streams of a capture reports: bytes in order, ends, and remarks.

The nouns only; `reassembly` makes these events for TCP, `streams` for whole captures.
"""

from dataclasses import dataclass
from typing import Literal

from workbench.api import Chunk, Direction, FlowKey, Note, Transport

__all__ = ["Delivered", "EndReason", "Ended", "Noticed", "Stream", "StreamEvent"]

EndReason = Literal["fin", "rst", "capture", "limit"]
"""Orderly end, reset, no more packets, or given up because too many streams were open at once."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One TCP connection or UDP conversation; `number` is Wireshark's tcp.stream or udp.stream."""

    transport: Transport
    number: int
    flow: FlowKey


@dataclass(frozen=True, slots=True)
class Delivered:
    """Bytes of one direction, in order: for TCP what one packet carried of them, for UDP one datagram."""

    stream: Stream
    chunk: Chunk

    @property
    def packet(self) -> int:
        """The packet in whose turn the bytes became available."""
        return self.chunk.packet


@dataclass(frozen=True, slots=True)
class Ended:
    """No more bytes in this direction. `packet` is the one that ended it or the last one seen.

    The last event of a direction, unless a reset refused a connection (so that there were no bytes) and a SYN came nevertheless.
    """

    stream: Stream
    direction: Direction
    packet: int
    reason: EndReason


@dataclass(frozen=True, slots=True)
class Noticed:
    """A remark about the transport at one packet; the note's `start:end` are offsets into that direction's byte stream."""

    stream: Stream
    packet: int
    note: Note
    direction: Direction = Direction.TO_SERVER


StreamEvent = Delivered | Ended | Noticed

"""Who talks to whom, and the bytes they exchange: the nouns below messages.

Packets as columns, files and reassembly live in `captures`; here are only the values that cross rooms.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from workbench.api.quick import quick

__all__ = ["Chunk", "Direction", "Endpoint", "FlowKey", "Packet", "Transport"]

Transport = Literal["tcp", "udp"]


class Direction(IntEnum):
    """Which way bytes travel. The server is the side that was connected to (the first SYN's destination, else the lower port)."""

    TO_SERVER = 0
    TO_CLIENT = 1

    @property
    def opposite(self) -> "Direction":
        """The other way."""
        return Direction.TO_CLIENT if self is Direction.TO_SERVER else Direction.TO_SERVER


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One side of a conversation: a textual IP address (RFC 5952 form for IPv6) and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class FlowKey:
    """The two endpoints of one conversation, in their roles."""

    transport: Transport
    client: Endpoint
    server: Endpoint

    def __str__(self) -> str:
        return f"{self.client} → {self.server}"


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured frame with its bytes.

    `number` counts from 1 as Wireshark's `frame.number`; `time_ns` is nanoseconds since the Unix epoch; `data` may be shorter
    than `original_length` (snaplen). `link_type` is the LINKTYPE_ value of its interface; `interface` counts over the whole file.
    """

    number: int
    time_ns: int
    data: bytes = field(repr=False)
    original_length: int
    link_type: int
    interface: int = 0
    comments: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class Chunk:
    """Contiguous new bytes of one direction of a flow, as one packet delivered them (for UDP: one datagram).

    `offset` is the position of `data[0]` in that direction's byte stream, counted from 0 and **including** lost bytes; `gap` is
    how many bytes before `data` were never captured (0 normally). `carrier` is the packet that carried the bytes; `packet`, with its
    `time_ns`, is the one in whose turn they became available: a retransmission that fills a hole releases what waited behind it, and
    is the packet on which Wireshark reports the reassembled message. `last` says that the direction ended in order after these bytes
    (FIN); such a chunk may be empty. `carriers` are all packets that carried the bytes where these were several (the inside of an encrypted
    record); () means `carrier` alone.
    """

    direction: Direction
    offset: int
    data: bytes = field(repr=False)
    packet: int = 0
    carrier: int = 0
    time_ns: int = 0
    gap: int = 0
    last: bool = False
    carriers: tuple[int, ...] = ()

    @property
    def end(self) -> int:
        """Stream offset just after the last byte."""
        return self.offset + len(self.data)

"""All packets of a capture as columns: where they lie, when they came, who sent what to whom, in which stream.

The index is filled by `captures.indexing` and only read by everybody else. Rows count from 0; packet number = row + 1.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from captures import marks
from captures.arrays import Growing
from captures.flows import TcpNumbers, UdpNumbers
from captures.fragments import Piece
from captures.pairs import IPV4, IPV6, Pairs
from captures.shapes import Shapes
from workbench.api import FlowKey, Transport

__all__ = ["IP_PROTOCOLS", "PacketIndex"]

_DTYPES = {
    "offset": "i8",
    "time_ns": "i8",
    "captured_length": "u4",
    "original_length": "u4",
    "interface": "u2",
    "ip_version": "u1",
    "ip_protocol": "u1",
    "source_port": "u2",
    "destination_port": "u2",
    "pair": "i4",
    "stream": "i4",
    "direction": "u1",
    "seq": "u4",
    "ack": "u4",
    "tcp_flags": "u2",
    "window": "u2",
    "payload_offset": "u2",
    "payload_length": "u4",
    "vlan": "i2",
    "flags": "u2",
    "other": "u1",
    "shape": "u2",
}
"""66 bytes a packet."""

IP_PROTOCOLS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 89: "OSPF", 132: "SCTP"}
_MAX_OTHER = 255
_TRANSPORTS: dict[Transport, int] = {"tcp": 6, "udp": 17}


class PacketIndex:
    """Columns are views, valid for the rows there were when they were taken; new rows never change old ones."""

    def __init__(self) -> None:
        self.rows = Growing(_DTYPES)
        self.pairs = Pairs()
        self.tcp = TcpNumbers(self.pairs)
        self.udp = UdpNumbers(self.pairs)
        self.assemblies: dict[int, tuple[Piece, ...]] = {}
        """For rows that completed an IP datagram (ASSEMBLED): which bytes of which packets make up its payload."""
        self.nested: dict[int, tuple[tuple[Transport, int], ...]] = {}
        """For rows with other than one transport header of their own: the stream of each, outermost first."""
        self.other_names: list[str] = ["data", "ARP"]
        """Names of what is not IP, by the number in the column `other`."""
        self.shapes = Shapes()
        """Which headers the numbers in the column `shape` stand for."""
        self.links: list[str] = []
        """The protocol that packets of each interface begin with; "" where nobody knows it."""
        self.read: Callable[[int, int], bytes] | None = None
        """Bytes of the (unpacked) file from an offset, for what is worked out of the packets later; None where there is no file."""
        self.derived: dict[str, object] = {}
        """What was worked out of the columns for whoever asks again (`captures.tcp_analysis`)."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def offset(self) -> NDArray[np.int64]:
        """File offset of the packet's first byte (in the unpacked file)."""
        return self.rows.column("offset")

    @property
    def time_ns(self) -> NDArray[np.int64]:
        """Nanoseconds since the Unix epoch."""
        return self.rows.column("time_ns")

    @property
    def captured_length(self) -> NDArray[np.uint32]:
        """Bytes in the file."""
        return self.rows.column("captured_length")

    @property
    def original_length(self) -> NDArray[np.uint32]:
        """Bytes on the wire."""
        return self.rows.column("original_length")

    @property
    def interface(self) -> NDArray[np.uint16]:
        """Index into the capture's interfaces."""
        return self.rows.column("interface")

    @property
    def ip_version(self) -> NDArray[np.uint8]:
        """4 or 6 of the innermost IP header that carries the row's transport; 0 without IP."""
        return self.rows.column("ip_version")

    @property
    def ip_protocol(self) -> NDArray[np.uint8]:
        """What that header carries, extension headers passed (6 TCP, 17 UDP, 1 ICMP, 58 ICMPv6, …)."""
        return self.rows.column("ip_protocol")

    @property
    def source_port(self) -> NDArray[np.uint16]:
        """TCP or UDP port, else 0."""
        return self.rows.column("source_port")

    @property
    def destination_port(self) -> NDArray[np.uint16]:
        """TCP or UDP port, else 0."""
        return self.rows.column("destination_port")

    @property
    def pair(self) -> NDArray[np.int32]:
        """Number of the directed pair of addresses and ports, see `captures.pairs`."""
        return self.rows.column("pair")

    @property
    def stream(self) -> NDArray[np.int32]:
        """`tcp.stream` or `udp.stream`, whichever the row's `ip_protocol` says; -1 without."""
        return self.rows.column("stream")

    @property
    def direction(self) -> NDArray[np.uint8]:
        """`Direction` of the row within its stream."""
        return self.rows.column("direction")

    @property
    def seq(self) -> NDArray[np.uint32]:
        """TCP sequence number."""
        return self.rows.column("seq")

    @property
    def ack(self) -> NDArray[np.uint32]:
        """TCP acknowledgment number."""
        return self.rows.column("ack")

    @property
    def tcp_flags(self) -> NDArray[np.uint16]:
        """The twelve flag bits, reserved ones included."""
        return self.rows.column("tcp_flags")

    @property
    def window(self) -> NDArray[np.uint16]:
        """TCP window, unscaled."""
        return self.rows.column("window")

    @property
    def payload_offset(self) -> NDArray[np.uint16]:
        """Where the transport payload starts in the packet (for ASSEMBLED rows: in the reassembled IP payload)."""
        return self.rows.column("payload_offset")

    @property
    def payload_length(self) -> NDArray[np.uint32]:
        """Transport payload bytes on the wire (`tcp.len`); rows flagged TRUNCATED have fewer of them in the file."""
        return self.rows.column("payload_length")

    @property
    def vlan(self) -> NDArray[np.int16]:
        """Outermost VLAN identifier, -1 without a tag."""
        return self.rows.column("vlan")

    @property
    def flags(self) -> NDArray[np.uint16]:
        """Bits of `captures.marks`."""
        return self.rows.column("flags")

    def source(self, row: int) -> str:
        """Sender: IP address, else MAC address, else ""."""
        return self.hosts(row)[0]

    def destination(self, row: int) -> str:
        """Receiver, likewise."""
        return self.hosts(row)[1]

    def hosts(self, row: int) -> tuple[str, str]:
        """Sender and receiver at once."""
        return self.pairs.hosts(int(self.pair[row]))

    def protocol(self, row: int) -> str:
        """A name for the highest layer the index knows: "TCP", "UDP", "ICMP", "ARP", "IPv4", …"""
        version = int(self.ip_version[row])
        if not version:
            return self.other_names[int(self.rows.column("other")[row])]
        if self.flags[row] & marks.FRAGMENT:
            return "IPv4" if version == IPV4 else "IPv6"
        return IP_PROTOCOLS.get(int(self.ip_protocol[row]), "IPv6" if version == IPV6 else "IPv4")

    def other_number(self, name: str) -> int:
        """The number of a protocol name in the column `other`; 0 ("data") once there are too many names for it."""
        if name not in self.other_names:
            if len(self.other_names) > _MAX_OTHER:
                return 0
            self.other_names.append(name)
        return self.other_names.index(name)

    def stream_count(self, transport: Transport) -> int:
        """How many streams of that transport there are so far; they are numbered from 0."""
        return len(self._numbers(transport))

    def flow(self, transport: Transport, stream: int) -> FlowKey:
        """Client and server of a stream; raises `IndexError` for a stream that is not there."""
        return self._numbers(transport).flow(stream)

    def packets_of(self, transport: Transport, stream: int) -> NDArray[np.int64]:
        """Numbers (from 1) of the packets whose own transport header belongs to the stream, ascending."""
        count = len(self)
        own = (self.stream[:count] == stream) & (self.ip_protocol[:count] == _TRANSPORTS[transport])
        return np.flatnonzero(own) + 1

    def column(self, name: str) -> NDArray[Any]:
        """A column by name."""
        return self.rows.column(name)

    def _numbers(self, transport: Transport) -> TcpNumbers | UdpNumbers:
        return self.tcp if transport == "tcp" else self.udp

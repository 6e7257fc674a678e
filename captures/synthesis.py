"""Frames that were never on a wire: valid Ethernet, IP, TCP and UDP around bytes whose sockets are known.

The tap relay, finding folders and tests use it, so that any capture tool can read what they saw. Nothing here does I/O; IP options,
fragments and TCP options beyond the SYN's are left out.
"""

import ipaddress
import struct
from collections.abc import Iterator

from captures.segment import ACK, FIN, PSH, RST, SYN
from workbench.api import Direction, Endpoint, UsageError

__all__ = ["MAX_DATAGRAM", "TcpConversation", "udp_frame"]

MAX_DATAGRAM = 65_507
"""Payload bytes of the largest UDP datagram: 65,535 less the IPv4 and UDP headers."""

WINDOW = 65_535
WINDOW_SCALE = 14
"""The largest window there is (RFC 7323 2.3): no reader of the capture ever sees a sender overrun it."""

_ETHERNET_MTU = 1500
_HEADERS = {4: 40, 6: 60}
_TTL = 64
_TCP, _UDP = 6, 17
_CLIENT_MAC, _SERVER_MAC = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
_MASK = 0xFFFFFFFF


class _Path:
    """One way between two addresses: everything in front of the transport header."""

    def __init__(self, source: Endpoint, destination: Endpoint, macs: bytes, protocol: int) -> None:
        first, second = (
            ipaddress.ip_address(source.host.partition("%")[0]),
            ipaddress.ip_address(destination.host.partition("%")[0]),
        )
        self.version = max(first.version, second.version)
        self.addresses = _packed(first, self.version) + _packed(second, self.version)
        self.ports = struct.pack("!HH", source.port, destination.port)
        self.protocol = protocol
        self.macs = macs
        self.identification = 0
        # the pseudo-header's part of the checksum, but for the length (RFC 9293 3.1, RFC 8200 8.1)
        self.pseudo = int.from_bytes(self.addresses, "big") + protocol

    def frame(self, segment: bytes) -> bytes:
        """An Ethernet frame around a transport segment."""
        if self.version == 6:
            header = struct.pack("!IHBB", 6 << 28, len(segment), self.protocol, _TTL) + self.addresses
            return self.macs + b"\x86\xdd" + header + segment
        self.identification = (self.identification + 1) & 0xFFFF
        start = struct.pack("!BBHHHBB", 0x45, 0, 20 + len(segment), self.identification, 0x4000, _TTL, self.protocol)
        checksum = _checksum(int.from_bytes(start + self.addresses, "big"))
        return self.macs + b"\x08\x00" + start + checksum.to_bytes(2, "big") + self.addresses + segment

    def checksum(self, segment: bytes) -> int:
        """The transport checksum of a segment whose checksum field is zero."""
        padded = segment + b"\0" if len(segment) & 1 else segment
        return _checksum(self.pseudo + len(segment) + int.from_bytes(padded, "big"))


class TcpConversation:
    """One TCP connection as a capture would show it. Each method returns the frames that this step puts on the wire.

    Data is cut into segments of `mss` bytes (default: what fits an Ethernet frame) and acknowledged at once by the other side. When one
    address is IPv6 and the other is not, the latter is written in its mapped form. `initial` are the two initial sequence numbers.
    """

    def __init__(
        self,
        client: Endpoint,
        server: Endpoint,
        *,
        mss: int | None = None,
        initial: tuple[int, int] = (1_000_000_000, 3_000_000_000),
    ) -> None:
        self._paths = (
            _Path(client, server, _SERVER_MAC + _CLIENT_MAC, _TCP),
            _Path(server, client, _CLIENT_MAC + _SERVER_MAC, _TCP),
        )
        version = self._paths[0].version
        limit = 65_535 - _HEADERS[version]
        self.mss = _ETHERNET_MTU - _HEADERS[version] if mss is None else mss
        if not 1 <= self.mss <= limit:
            raise UsageError(f"a segment holds 1 to {limit} bytes, not {self.mss}", place="mss")
        self._options = struct.pack("!BBHBBBB", 2, 4, self.mss, 1, 3, 3, WINDOW_SCALE)
        self._next = [initial[0] & _MASK, initial[1] & _MASK]
        self._closed = [False, False]

    def open(self) -> list[bytes]:
        """The three-way handshake."""
        return self.syn() + self.accept()

    def syn(self) -> list[bytes]:
        """The client asks; `accept` follows, or `reset` by the server."""
        return [self._segment(0, SYN, options=self._options)]

    def accept(self) -> list[bytes]:
        """The server agrees, and the client confirms."""
        return [self._segment(1, SYN | ACK, options=self._options), self._segment(0, ACK)]

    def send(self, direction: Direction, data: bytes, *, acknowledged: bool = True) -> list[bytes]:
        """Data in one direction, and the other side's acknowledgment of it."""
        frames = [
            self._segment(direction, ACK | (PSH if last else 0), data[start : start + self.mss])
            for start, last in _cuts(len(data), self.mss)
        ]
        if frames and acknowledged:
            frames.append(self._segment(direction.opposite, ACK))
        return frames

    def lose(self, direction: Direction, count: int) -> None:
        """Bytes that one side sent and no capture has: the next data leave a hole of `count` before them."""
        self._next[direction] = (self._next[direction] + count) & _MASK

    def close(self, direction: Direction) -> list[bytes]:
        """A FIN, so that this direction carries no more data, and its acknowledgment. Nothing when it was closed before."""
        if self._closed[direction]:
            return []
        self._closed[direction] = True
        return [self._segment(direction, FIN | ACK), self._segment(direction.opposite, ACK)]

    def reset(self, direction: Direction) -> list[bytes]:
        """A reset by the side that sends in `direction`. Nothing when both had closed before: there is nothing left to reset."""
        if all(self._closed):
            return []
        self._closed = [True, True]
        return [self._segment(direction, RST | ACK)]

    def _segment(self, direction: int, flags: int, data: bytes = b"", options: bytes = b"") -> bytes:
        path = self._paths[direction]
        acknowledgment = self._next[1 - direction] if flags & ACK else 0
        window = 0 if flags & RST else WINDOW
        numbers = struct.pack("!II", self._next[direction], acknowledgment)
        start = path.ports + numbers + bytes([(20 + len(options)) << 2, flags]) + window.to_bytes(2, "big")
        tail = b"\0\0" + options + data
        checksum = path.checksum(start + b"\0\0" + tail)
        self._next[direction] = (self._next[direction] + len(data) + bool(flags & (SYN | FIN))) & _MASK
        return path.frame(start + checksum.to_bytes(2, "big") + tail)


def udp_frame(source: Endpoint, destination: Endpoint, data: bytes, *, to_server: bool = True) -> bytes:
    """An Ethernet frame with one datagram. Raises UsageError when `data` does not fit one (MAX_DATAGRAM)."""
    if len(data) > MAX_DATAGRAM:
        raise UsageError(f"a datagram holds {MAX_DATAGRAM} bytes, not {len(data)}", place=str(destination))
    macs = _SERVER_MAC + _CLIENT_MAC if to_server else _CLIENT_MAC + _SERVER_MAC
    path = _Path(source, destination, macs, _UDP)
    start = path.ports + struct.pack("!H", 8 + len(data))
    # a computed zero is sent as all ones, zero means "no checksum" (RFC 768)
    checksum = path.checksum(start + b"\0\0" + data) or 0xFFFF
    return path.frame(start + checksum.to_bytes(2, "big") + data)


def _packed(address: ipaddress.IPv4Address | ipaddress.IPv6Address, version: int) -> bytes:
    return bytes(10) + b"\xff\xff" + address.packed if version > address.version else address.packed


def _cuts(length: int, size: int) -> Iterator[tuple[int, bool]]:
    return ((start, start + size >= length) for start in range(0, length, size))


def _checksum(number: int) -> int:
    """RFC 1071: the ones' complement sum of 16-bit words is the whole number modulo 2^16-1, because 2^16 is 1 there."""
    return 0xFFFF - (number % 0xFFFF or 0xFFFF)

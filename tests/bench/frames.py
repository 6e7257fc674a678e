"""Ethernet frames and pcap records for generated captures: only what a benchmark needs, and fast enough for a million of them."""

import struct
from dataclasses import dataclass

_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_IPV6 = struct.Struct(">IHBB16s16s")
_TCP = struct.Struct(">HHIIBBHHH")
_UDP = struct.Struct(">HHHH")
_RECORD = struct.Struct("<IIII")

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01


@dataclass(frozen=True, slots=True)
class Side:
    """One end of a generated conversation; `address` has 4 or 16 bytes."""

    mac: bytes
    address: bytes
    port: int


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def ethernet(source: Side, target: Side, protocol: int, body: bytes, vlan: int = 0) -> bytes:
    """A frame around an IP payload; checksums of transports stay 0, as a capture on a host with offload shows them."""
    if len(source.address) == 4:
        head = _IPV4.pack(0x45, 0, 20 + len(body), 1, 0x4000, 64, protocol, 0, source.address, target.address)
        head = head[:10] + checksum(head).to_bytes(2, "big") + head[12:]
        ethertype = b"\x08\x00"
    else:
        head = _IPV6.pack(6 << 28, len(body), protocol, 64, source.address, target.address)
        ethertype = b"\x86\xdd"
    tag = b"\x81\x00" + vlan.to_bytes(2, "big") if vlan else b""
    return target.mac + source.mac + tag + ethertype + head + body


def tcp(source: Side, target: Side, sequence: int, acknowledged: int, flags: int, payload: bytes = b"", vlan: int = 0) -> bytes:
    """A frame with one TCP segment."""
    head = _TCP.pack(source.port, target.port, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 0x50, flags, 64_240, 0, 0)
    return ethernet(source, target, 6, head + payload, vlan)


def udp(source: Side, target: Side, payload: bytes, vlan: int = 0) -> bytes:
    """A frame with one UDP datagram."""
    return ethernet(source, target, 17, _UDP.pack(source.port, target.port, 8 + len(payload), 0) + payload, vlan)


def record(time_us: int, frame: bytes) -> bytes:
    """A pcap record around a frame."""
    return _RECORD.pack(time_us // 1_000_000, time_us % 1_000_000, len(frame), len(frame)) + frame

"""Headers put together by hand, byte for byte, for tests of what reads them. Checksums are right unless a test asks otherwise."""

import struct
from ipaddress import ip_address

MAC_A, MAC_B = b"\x02\x00\x00\x00\x00\x0a", b"\x02\x00\x00\x00\x00\x0b"
A4, B4 = "10.0.0.1", "10.0.0.2"
A6, B6 = "2001:db8::1", "2001:db8::2"


def ones_complement(data: bytes) -> int:
    """RFC 1071, the slow and obvious way."""
    data += b"\0" * (len(data) % 2)
    total = sum(data[at] << 8 | data[at + 1] for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ether(body: bytes, kind: int = 0x0800, source: bytes = MAC_A, destination: bytes = MAC_B) -> bytes:
    return destination + source + struct.pack(">H", kind) + body


def vlan(body: bytes, number: int, kind: int = 0x0800) -> bytes:
    """A tag and what follows; the EtherType in front of it is the caller's."""
    return struct.pack(">HH", number, kind) + body


def ipv4(
    body: bytes,
    protocol: int = 6,
    source: str = A4,
    destination: str = B4,
    *,
    identification: int = 1,
    fragment: int = 0,
    options: bytes = b"",
    total: int | None = None,
) -> bytes:
    """`fragment` is the 16-bit word of flags and offset."""
    size = 20 + len(options)
    head = struct.pack(
        ">BBHHHBBH4s4s",
        0x40 | size // 4,
        0,
        size + len(body) if total is None else total,
        identification,
        fragment,
        64,
        protocol,
        0,
        ip_address(source).packed,
        ip_address(destination).packed,
    )
    head += options
    return head[:10] + struct.pack(">H", ones_complement(head)) + head[12:] + body


def ipv6(body: bytes, following: int = 6, source: str = A6, destination: str = B6, *, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return struct.pack(">IHBB", 6 << 28, size, following, 64) + ip_address(source).packed + ip_address(destination).packed + body


def pseudo(source: str, destination: str, protocol: int, size: int) -> bytes:
    packed = ip_address(source).packed + ip_address(destination).packed
    return packed + (struct.pack(">II", size, protocol) if len(packed) == 32 else struct.pack(">HH", protocol, size))


def tcp(
    payload: bytes = b"",
    source: int = 40000,
    destination: int = 80,
    *,
    seq: int = 1,
    ack: int = 0,
    flags: int = 0x18,
    options: bytes = b"",
    between: tuple[str, str] = (A4, B4),
) -> bytes:
    size = 20 + len(options)
    segment = struct.pack(">HHIIHHHH", source, destination, seq, ack, size // 4 << 12 | flags, 502, 0, 0) + options + payload
    value = ones_complement(pseudo(*between, 6, len(segment)) + segment)
    return segment[:16] + struct.pack(">H", value) + segment[18:]


def udp(payload: bytes = b"", source: int = 40000, destination: int = 5000, *, between: tuple[str, str] = (A4, B4)) -> bytes:
    datagram = struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload
    value = ones_complement(pseudo(*between, 17, len(datagram)) + datagram) or 0xFFFF
    return datagram[:6] + struct.pack(">H", value) + datagram[8:]


def icmp(kind: int, body: bytes, code: int = 0) -> bytes:
    message = struct.pack(">BBHI", kind, code, 0, 0) + body
    return message[:2] + struct.pack(">H", ones_complement(message)) + message[4:]


def arp(operation: int = 1) -> bytes:
    addresses = MAC_A + ip_address(A4).packed + b"\0" * 6 + ip_address(B4).packed
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + addresses

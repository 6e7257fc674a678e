"""Blocks of a packet ring as the kernel fills them (struct tpacket3_hdr, struct sockaddr_ll), for tests without a kernel."""

import struct
from dataclasses import dataclass

HEADER = 68
"""TPACKET3_HDRLEN: the header and the sender's address."""


@dataclass(frozen=True)
class Frame:
    """What the kernel says about one packet. `tag` is (kind or None, tag), taken out of the frame."""

    data: bytes
    time_ns: int = 0
    original: int | None = None
    tag: tuple[int | None, int] | None = None
    packet_type: int = 0
    hardware: int = 1
    protocol: int = 0x0800
    sender: bytes = b"\1\2\3\4\5\6"

    @property
    def wire(self) -> int:
        return len(self.data) if self.original is None else self.original


def block_of(frames: list[Frame], *, link_header: int = 14) -> bytes:
    """A block's packets, the first at offset 0; `link_header` is 0 for a cooked socket, which has none."""
    block = b""
    for number, frame in enumerate(frames):
        network = -(-(HEADER + max(16, link_header)) // 16) * 16 if link_header else 96
        mac = network - link_header
        size = -(-(mac + len(frame.data)) // 16) * 16
        kind, tag = frame.tag or (None, 0)
        status = 1 | (0x10 if frame.tag else 0) | (0x40 if kind is not None else 0)
        head = struct.pack(
            "=IIIIIIHHIIHH8x",
            size if number + 1 < len(frames) else 0,
            *divmod(frame.time_ns, 1_000_000_000),
            len(frame.data),
            frame.wire,
            status,
            mac,
            network,
            0,
            tag,
            kind or 0,
            0,
        )
        protocol = frame.protocol.to_bytes(2, "big")
        address = struct.pack("=H2siHBB8s", 17, protocol, 3, frame.hardware, frame.packet_type, len(frame.sender), frame.sender)
        # what the kernel leaves between them is whatever was there before
        block += ((head + address).ljust(mac, b"\xaa") + frame.data).ljust(size, b"\xbb")
    return block

"""A small capture with all that filters ask of headers: TCP and UDP, both IP versions, tags, ARP, ICMP that quotes a packet, a comment."""

import struct
from pathlib import Path

from captures import PcapngWriter
from captures.capture import Capture, open_capture
from support.pcap import arp_frame, tcp_frames, udp_frames
from support.toy import toy_message
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SIX = Endpoint("2001:db8::1", 40_000), Endpoint("2001:db8::2", 8080)
BEGIN_NS = 1_700_000_000_000_000_000
STEP_NS = 1_500_000


def tagged(frame: bytes, number: int) -> bytes:
    """The frame with an 802.1Q tag of priority 5."""
    return frame[:12] + struct.pack(">HH", 0x8100, 5 << 13 | number) + frame[12:]


def quoting(frame: bytes) -> bytes:
    """An ICMP error (RFC 792) about a packet: its IP header and eight bytes come back."""
    quoted = frame[14 : 14 + 28]
    body = b"\x03\x03\x00\x00\x00\x00\x00\x00" + quoted
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 7, 0, 3, 1, 0, b"\x0a\x00\x00\x09", b"\x0a\x00\x00\x01")
    return frame[:14] + header + body


def frames() -> list[bytes]:
    """Packet by packet."""
    four = tcp_frames([(UP, toy_message("ping", 1, b"hello")), (DOWN, toy_message("pong", 1, b"hello"))])
    six = tcp_frames([(UP, toy_message("ping", 2, b"six"))], client=SIX[0], server=SIX[1])
    other = tcp_frames([(UP, b"nobody knows this")], client=Endpoint("10.0.0.3", 85), server=Endpoint("10.0.0.2", 91))
    datagrams = udp_frames([(UP, b"one"), (DOWN, b"another")], server=Endpoint("192.168.1.1", 53))
    return [*four, *six, *(tagged(frame, 42) for frame in other), *datagrams, arp_frame(), quoting(datagrams[0])]


def write_capture(folder: Path) -> Path:
    """The file; its third packet has the comment of a campaign."""
    path = folder / "filters.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("made-up")
        for number, frame in enumerate(frames()):
            writer.packet(BEGIN_NS + number * STEP_NS, frame, comments=("fuzz: kind: 1 to 9",) if number == 2 else ())
        writer.flush()
    return path


def opened(folder: Path) -> Capture:
    """The capture, indexed; close it."""
    capture = open_capture(write_capture(folder))
    capture.grow()
    return capture

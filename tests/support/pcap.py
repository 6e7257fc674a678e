"""Small capture files for tests, written with the standard library only, so that they check our readers, too."""

import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

from captures.synthesis import TcpConversation, udp_frame
from workbench.api import Direction, Endpoint

CLIENT, SERVER = Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 8080)
BEGIN_NS = 1_700_000_000_000_000_000
STEP_NS = 1_000_000

Turn = tuple[Direction, bytes]


def write_pcap(path: Path, frames: Iterable[bytes], *, link_type: int = 1, step_ns: int = STEP_NS) -> Path:
    """A nanosecond pcap file; the frames are `step_ns` apart."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262_144, link_type))
        for number, frame in enumerate(frames):
            seconds, rest = divmod(BEGIN_NS + number * step_ns, 1_000_000_000)
            file.write(struct.pack("<IIII", seconds, rest, len(frame), len(frame)) + frame)
    return path


def tcp_frames(turns: Sequence[Turn], *, client: Endpoint = CLIENT, server: Endpoint = SERVER, end: bool = True) -> list[bytes]:
    """One connection in which `turns` are said, handshake and end included."""
    connection = TcpConversation(client, server)
    frames = connection.open()
    for direction, data in turns:
        frames += connection.send(direction, data)
    if end:
        frames += connection.close(Direction.TO_SERVER) + connection.close(Direction.TO_CLIENT)
    return frames


def udp_frames(datagrams: Sequence[Turn], *, client: Endpoint = CLIENT, server: Endpoint = SERVER) -> list[bytes]:
    """One UDP conversation."""
    ways = {Direction.TO_SERVER: (client, server), Direction.TO_CLIENT: (server, client)}
    return [udp_frame(*ways[way], data, to_server=way is Direction.TO_SERVER) for way, data in datagrams]


def arp_frame() -> bytes:
    """Who has 10.0.0.2?"""
    return (
        b"\xff" * 6
        + b"\x02\0\0\0\0\x01"
        + bytes.fromhex("0806 0001 0800 0604 0001")
        + b"\x02\0\0\0\0\x01\x0a\0\0\x01"
        + b"\0" * 6
        + b"\x0a\0\0\x02"
    )

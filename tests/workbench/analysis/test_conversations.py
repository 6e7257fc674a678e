import struct

import pytest

from captures.capture import open_capture
from support.pcap import CLIENT, SERVER, STEP_NS, arp_frame, tcp_frames, udp_frames, write_pcap
from workbench.analysis.conversations import conversations, hosts
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SECOND = Endpoint("10.0.0.9", 5353)


@pytest.fixture
def index(tmp_path):
    frames = [
        *tcp_frames([(UP, b"x" * 100), (DOWN, b"y" * 3000)]),
        *tcp_frames([(UP, b"z")], client=Endpoint("10.0.0.3", 41_000)),
        *udp_frames([(UP, b"hello"), (DOWN, b"hi"), (DOWN, b"you")], client=SECOND),
        arp_frame(),
    ]
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow()
        yield capture.index


def test_streams_are_summed_by_direction(index):
    large, small = conversations(index, "tcp")
    assert (large.stream, str(large.flow.client), str(large.flow.server)) == (0, str(CLIENT), str(SERVER))
    assert large.payload == (100, 3000)
    rows = [row for row in range(len(index)) if index.stream[row] == 0 and index.ip_protocol[row] == 6]
    assert sum(large.packets) == len(rows)
    assert sum(large.bytes) == sum(int(index.original_length[row]) for row in rows)
    assert large.duration_ns == (len(rows) - 1) * STEP_NS
    assert small.payload == (1, 0)
    assert conversations(index, "tcp", top=1) == (large,)


def test_datagrams_are_conversations_too(index):
    (only,) = conversations(index, "udp")
    assert (only.packets, only.payload, only.flow.client) == ((1, 2), (5, 5), SECOND)


def test_hosts_send_and_receive(index):
    found = {host.address: host for host in hosts(index)}
    server, second = found["10.0.0.2"], found["10.0.0.9"]
    assert (second.packets_sent, second.packets_received) == (1, 2)
    assert server.bytes_sent > 3000
    assert sum(host.bytes_sent for host in found.values()) == int(index.original_length.sum())
    assert hosts(index, top=1)[0].address == "10.0.0.2"


def test_nothing_gives_nothing(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [])) as capture:
        capture.grow()
        assert conversations(capture.index, "tcp") == ()
        assert hosts(capture.index) == ()


def test_packets_without_a_time_make_no_conversation_longer(tmp_path):
    frames = udp_frames([(UP, b"a"), (UP, b"b"), (UP, b"c")])
    with open_capture(write_simple(tmp_path / "x.pcapng", frames, {1})) as capture:
        capture.grow()
        (only,) = conversations(capture.index, "udp")
    assert (only.packets, only.first_ns, only.duration_ns) == ((3, 0), 1_000_000, 2_000_000)
    with open_capture(write_simple(tmp_path / "y.pcapng", frames, {0, 1, 2})) as capture:
        capture.grow()
        (only,) = conversations(capture.index, "udp")
    assert (only.packets, only.first_ns, only.duration_ns) == ((3, 0), 0, 0)


def write_simple(path, frames, simple):
    """A pcapng file; frame N was captured after N+1 ms, but those in `simple` are Simple Packet Blocks, which have no time."""
    blocks = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", 1, 0, 0))]
    for number, frame in enumerate(frames):
        size = struct.pack("<I", len(frame))
        time = struct.pack("<III", 0, 0, 1_000 * (number + 1))
        blocks.append(block(3, size + frame) if number in simple else block(6, time + 2 * size + frame))
    path.write_bytes(b"".join(blocks))
    return path


def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

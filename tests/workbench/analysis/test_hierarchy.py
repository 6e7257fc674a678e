import pytest

from captures.capture import open_capture
from support.messages import message
from support.pcap import arp_frame, tcp_frames, udp_frames, write_pcap
from workbench.analysis.hierarchy import Level, MessageCounts, hierarchy, with_messages
from workbench.api import Direction, Endpoint

UP = Direction.TO_SERVER
V6 = Endpoint("2001:db8::1", 40_000), Endpoint("2001:db8::2", 80)


@pytest.fixture
def index(tmp_path):
    tcp = tcp_frames([(UP, b"x")])
    frames = [
        *tcp,
        *udp_frames([(UP, b"hello")]),
        *tcp_frames([(UP, b"y")], client=V6[0], server=V6[1]),
        arp_frame(),
        arp_frame(),
    ]
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow()
        yield capture.index


def _child(level: Level, *names: str) -> Level:
    for name in names:
        level = next(child for child in level.children if child.name == name)
    return level


def test_each_level_counts_what_is_inside_it(index):
    root = hierarchy(index)
    assert (root.name, root.packets, root.bytes) == ("frame", len(index), int(index.original_length.sum()))
    assert sum(child.packets for child in root.children) == root.packets
    assert sum(child.bytes for child in root.children) == root.bytes
    assert _child(root, "ARP").packets == 2
    assert _child(root, "IPv4", "UDP").packets == 1
    tcp4, tcp6 = _child(root, "IPv4", "TCP"), _child(root, "IPv6", "TCP")
    assert tcp4.packets == tcp6.packets == (root.packets - 3) // 2
    assert tcp6.bytes == tcp4.bytes + 20 * tcp4.packets


def test_messages_hang_below_what_carried_them(index):
    counts = MessageCounts(index)
    counts.add(message(UP, b"x" * 10, packet=4, packets=(3, 4), protocol="toy"))
    counts.add(message(UP, b"x" * 5, packet=4, protocol="toy"))
    root = with_messages(hierarchy(index), counts)
    assert _child(root, "IPv4", "TCP").children == (Level("toy", 2, 15, 2),)
    assert _child(root, "IPv6", "TCP").children == ()


def test_what_travelled_inside_hangs_below_what_carried_it(index):
    counts = MessageCounts(index)
    counts.add(message(UP, b"x" * 30, packet=4, protocol="tls"))
    counts.add(message(UP, b"x" * 20, packet=4, protocol="http2", layer=("tls",)))
    for stream in (1, 5):
        counts.add(message(UP, b"x" * 4, packet=4, protocol="websocket", layer=("tls", f"http2 stream {stream}")))
    counts.add(message(UP, b"x", packet=4, protocol="toy", layer=("nobody",)))
    inner = Level("http2", 1, 20, 1, (Level("websocket", 1, 8, 2),))
    root = with_messages(hierarchy(index), counts)
    assert _child(root, "IPv4", "TCP").children == (Level("tls", 1, 30, 1, (inner,)), Level("toy", 1, 1, 1))


def test_an_empty_capture(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [])) as capture:
        capture.grow()
        assert hierarchy(capture.index) == Level("frame", 0, 0)

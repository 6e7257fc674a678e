import pytest

from captures.capture import open_capture
from support.headers import arp, ether, icmp, ipv4, ipv6, tcp, udp, vlan
from support.messages import message
from support.pcap import arp_frame, tcp_frames, udp_frames, write_pcap
from workbench.analysis.hierarchy import MOST_LEVELS, Level, MessageCounts, hierarchy, with_messages
from workbench.api import Direction, Endpoint

UP = Direction.TO_SERVER
V6 = Endpoint("2001:db8::1", 40_000), Endpoint("2001:db8::2", 80)


@pytest.fixture
def index(tmp_path):
    frames = [
        *tcp_frames([(UP, b"x")]),
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


def _paths(level: Level, above: str = "") -> dict[str, int]:
    path = f"{above}:{level.name}".strip(":")
    found = {path: level.packets}
    for child in level.children:
        found |= _paths(child, path)
    return found


def _shown(path, frames, link_type=1):
    with open_capture(write_pcap(path, frames, link_type=link_type)) as capture:
        capture.grow()
        return _paths(hierarchy(capture.index))


def test_each_level_counts_what_is_inside_it(index):
    root = hierarchy(index)
    assert (root.name, root.packets, root.bytes) == ("frame", len(index), int(index.original_length.sum()))
    (ethernet,) = root.children
    assert sum(child.packets for child in ethernet.children) == root.packets
    assert sum(child.bytes for child in ethernet.children) == root.bytes
    assert _child(ethernet, "arp").packets == 2
    assert _child(ethernet, "ip", "udp").packets == 1
    tcp4, tcp6 = _child(ethernet, "ip", "tcp"), _child(ethernet, "ipv6", "tcp")
    assert tcp4.packets == tcp6.packets == (root.packets - 3) // 2
    assert tcp6.bytes == tcp4.bytes + 20 * tcp4.packets


def test_tags_and_tunnels_are_levels(tmp_path):
    inner = ipv4(tcp(b"x"))
    frames = [
        ether(vlan(inner, 5, 0x0800), 0x8100),
        ether(vlan(vlan(inner, 5, 0x0800), 6, 0x8100), 0x88A8),
        ether(vlan(vlan(inner, 5, 0x0800), 6, 0x8100), 0x8100),
        ether(vlan(vlan(vlan(inner, 5, 0x0800), 6, 0x8100), 7, 0x8100), 0x8100),
        ether(ipv4(b"\0\0\x08\0" + inner, 47)),
        ether(ipv6(inner, 4), 0x86DD),
        ether(ipv4(icmp(3, inner), 1)),
        ether(ipv4(icmp(8, b"ping"), 1)),
        ether(vlan(arp(), 5, 0x0806), 0x8100),
        ether(ipv4(udp(b"x")[:12], 17, fragment=0x2000)),
        ether(ipv6(b"\x06\0" + bytes(6) + tcp(b"x"), 60), 0x86DD),
        ether(ipv4(bytes(30), 89)),
        ether(ipv4(bytes(30), 253)),
    ]
    shown = _shown(tmp_path / "x.pcap", frames)
    assert {path.removeprefix("frame:eth:"): count for path, count in shown.items() if path.count(":") > 1} == {
        "vlan": 4,
        "vlan:ip": 1,
        "vlan:ip:tcp": 1,
        "vlan:arp": 1,
        "vlan:vlan": 2,
        "vlan:vlan:ip": 1,
        "vlan:vlan:ip:tcp": 1,
        "vlan:vlan:vlan": 1,
        "vlan:vlan:vlan:ip": 1,
        "vlan:vlan:vlan:ip:tcp": 1,
        "ieee8021ad": 1,
        "ieee8021ad:vlan": 1,
        "ieee8021ad:vlan:ip": 1,
        "ieee8021ad:vlan:ip:tcp": 1,
        "ip": 6,
        "ip:gre": 1,
        "ip:gre:ip": 1,
        "ip:gre:ip:tcp": 1,
        "ip:icmp": 2,
        "ip:data": 2,
        "ip:ospf": 1,
        "ipv6": 2,
        "ipv6:ip": 1,
        "ipv6:ip:tcp": 1,
        "ipv6:tcp": 1,
    }


@pytest.mark.parametrize(
    ("link_type", "head", "name"),
    [(101, b"", "raw"), (0, b"\x02\0\0\0", "null"), (113, bytes(14) + b"\x08\0", "sll"), (276, b"\x08\0" + bytes(18), "sll")],
)
def test_other_links(tmp_path, link_type, head, name):
    frames = [head + ipv4(tcp(b"x")), head + ipv4(tcp(b"x"), options=bytes(4))]
    expected = {"frame": 2, f"frame:{name}": 2, f"frame:{name}:ip": 2, f"frame:{name}:ip:tcp": 2}
    assert _shown(tmp_path / "x.pcap", frames, link_type) == expected


def test_hostile_nesting_ends(tmp_path):
    inner = ipv4(udp(b"x"), 17)
    for _ in range(2_000):
        inner = ipv4(inner, 4)
    labels = bytes.fromhex("00010040") * 2_000
    shown = _shown(tmp_path / "x.pcap", [ether(inner), ether(labels + bytes.fromhex("00010140") + ipv4(udp(b"x"), 17), 0x8847)])
    assert max(path.count(":") for path in shown) == MOST_LEVELS - 1
    assert (shown["frame"], shown["frame:eth:ip:ip:ip"]) == (2, 1)


def test_more_kinds_of_packets_than_are_looked_for_one_by_one(tmp_path):
    frames = [ether(ipv4(bytes(30), protocol)) for protocol in (*range(140, 250), 89, 89)]
    shown = _shown(tmp_path / "x.pcap", frames)
    assert (shown["frame:eth:ip"], shown["frame:eth:ip:ospf"]) == (112, 2)


def test_messages_hang_below_what_carried_them(index):
    counts = MessageCounts(index)
    counts.add(message(UP, b"x" * 10, packet=4, packets=(3, 4), protocol="toy"))
    counts.add(message(UP, b"x" * 5, packet=4, protocol="toy"))
    counts.add(message(UP, b"x" * 5, packet=5, protocol="toy"))
    root = with_messages(hierarchy(index), counts)
    # as everywhere, packets count: those that complete a message
    size = int(index.original_length[3:5].sum())
    assert _child(root, "eth", "ip", "tcp").children == (Level("toy", 2, size, 3),)
    assert _child(root, "eth", "ipv6", "tcp").children == ()


def test_what_travelled_inside_hangs_below_what_carried_it(index):
    counts = MessageCounts(index)
    counts.add(message(UP, b"x" * 30, packet=4, protocol="tls"))
    counts.add(message(UP, b"x" * 20, packet=4, protocol="http2", layer=("tls",)))
    for stream in (1, 5):
        counts.add(message(UP, b"x" * 4, packet=4, protocol="websocket", layer=("tls", f"http2 stream {stream}")))
    counts.add(message(UP, b"x", packet=4, protocol="toy", layer=("nobody",)))
    size = int(index.original_length[3])
    inner = Level("http2", 1, size, 1, (Level("websocket", 1, size, 2),))
    root = with_messages(hierarchy(index), counts)
    assert _child(root, "eth", "ip", "tcp").children == (Level("tls", 1, size, 1, (inner,)), Level("toy", 1, size, 1))


def test_counting_goes_on_while_the_capture_grows(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", tcp_frames([(UP, b"x")] * 20))) as capture:
        capture.grow(5)
        counts = MessageCounts(capture.index)
        counts.add(message(UP, b"x", packet=4, protocol="toy"))
        capture.grow()
        for packet in (4, 20):
            counts.add(message(UP, b"x", packet=packet, protocol="toy"))
        ((packets, _, messages),) = counts.table().values()
        assert (packets, messages) == (2, 3)


def test_an_empty_capture(tmp_path):
    with open_capture(write_pcap(tmp_path / "x.pcap", [])) as capture:
        capture.grow()
        assert hierarchy(capture.index) == Level("frame", 0, 0)

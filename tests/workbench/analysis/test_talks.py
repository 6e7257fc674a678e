import pytest

from captures import open_capture
from support.headers import A4, B4, arp, ether, icmp, ipv4, ipv6, tcp, udp
from support.pcap import BEGIN_NS, STEP_NS, tcp_frames, udp_frames, write_pcap
from workbench.analysis.talks import LAYERS, EndSums, talk_table
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
MAC_A, MAC_B = "02:00:00:00:00:0a", "02:00:00:00:00:0b"


def _table(path, frames, layer):
    with open_capture(write_pcap(path, frames)) as capture:
        capture.grow()
        return talk_table(capture, layer)


def test_a_stream_begins_with_its_client(tmp_path):
    frames = [
        *tcp_frames([(UP, b"x" * 100), (DOWN, b"y" * 3000)]),
        *tcp_frames([(UP, b"z")], client=Endpoint("10.0.0.3", 41_000)),
    ]
    table = _table(tmp_path / "x.pcap", frames, "tcp")
    large, small = table.talks()
    assert (large.one, large.other, large.stream) == ("10.0.0.1:40000", "10.0.0.2:8080", 0)
    assert large.bytes[1] > 3000 > large.bytes[0] > 100
    assert sum(large.packets) + sum(small.packets) == len(frames)
    assert (small.first_ns, len(table)) == (BEGIN_NS + sum(large.packets) * STEP_NS, 2)
    assert table.talks(1) == (large,)


def test_endpoints_are_sums_over_conversations(tmp_path):
    other = Endpoint("10.0.0.9", 5353)
    frames = udp_frames([(UP, b"hello"), (DOWN, b"hi")]) + udp_frames([(UP, b"hello")], client=other)
    table = _table(tmp_path / "x.pcap", frames, "udp")
    sizes = [len(frame) for frame in frames]
    server, *clients = table.ends()
    assert server == EndSums("10.0.0.2", 8080, 1, sizes[1], 2, sizes[0] + sizes[2])
    assert {end.address for end in clients} == {"10.0.0.1", "10.0.0.9"}
    assert table.end_count() == 3
    assert len(table.ends(2)) == 2


def test_frames_have_their_ends_read_from_the_file(tmp_path):
    frames = [ether(arp(), 0x0806), ether(ipv4(tcp(b"x")))]
    (talk,) = _table(tmp_path / "x.pcap", frames, "eth").talks()
    assert (talk.one, talk.other, talk.stream, talk.packets) == (MAC_A, MAC_B, -1, (2, 0))
    assert talk.bytes == (sum(map(len, frames)), 0)


def test_headers_inside_tunnels_count_quoted_ones_do_not(tmp_path):
    inner = ipv4(udp(b"data", 5, 6), 17, source="192.0.2.1", destination="192.0.2.2")
    vxlan = ipv4(udp(bytes(4) + b"\0\0\x07\0" + ether(inner, source=b"\x02" * 6), 40_000, 4789), 17)
    frames = [ether(vxlan), ether(ipv4(icmp(3, inner), 1)), ether(inner)]
    path = tmp_path / "x.pcap"
    assert {(talk.one, sum(talk.packets)) for talk in _table(path, frames, "ip").talks()} == {(A4, 2), ("192.0.2.1", 2)}
    assert {(talk.one, sum(talk.packets)) for talk in _table(path, frames, "udp").talks()} == {
        (f"{A4}:40000", 1),
        ("192.0.2.1:5", 2),
    }
    assert {(talk.one, sum(talk.packets)) for talk in _table(path, frames, "eth").talks()} == {
        (MAC_A, 3),
        ("02:02:02:02:02:02", 1),
    }


def test_a_header_that_cannot_be_does_not_count(tmp_path):
    whole = tcp(b"x")
    frames = [ether(ipv4(whole)), ether(ipv4(whole[:12] + b"\x30" + whole[13:]))]
    (talk,) = _table(tmp_path / "x.pcap", frames, "tcp").talks()
    assert talk.packets == (1, 0)


def test_fragments_count_each_in_ipv4_and_together_in_ipv6(tmp_path):
    datagram = udp(b"x" * 40)
    four = [ether(ipv4(datagram[:24], 17, fragment=0x2000)), ether(ipv4(datagram[24:], 17, fragment=3))]
    head = b"\x11\0\0\x01" + bytes(4), b"\x11\0\0\x18" + bytes(4)
    six = [ether(ipv6(head[0] + datagram[:24], 44), 0x86DD), ether(ipv6(head[1] + datagram[24:], 44), 0x86DD)]
    (talk,) = _table(tmp_path / "4.pcap", four, "ip").talks()
    assert talk.packets == (2, 0)
    (talk,) = _table(tmp_path / "6.pcap", six, "ipv6").talks()
    assert talk.packets == (1, 0)


def test_a_fragment_inside_a_datagram_of_fragments(tmp_path):
    inner = ipv4(tcp(b"x" * 40)[:24], fragment=0x2000)
    datagram = udp(b"\x30\xff" + len(inner).to_bytes(2, "big") + bytes(4) + inner, 2152, 2152)
    frames = [ether(ipv4(datagram[:24], 17, fragment=0x2000)), ether(ipv4(datagram[24:], 17, fragment=3))]
    (talk,) = _table(tmp_path / "x.pcap", frames, "udp").talks()
    assert talk.packets == (1, 0)


def test_who_talks_to_himself(tmp_path):
    frames = [ether(ipv4(udp(b"x", 7, 7), 17, source=B4, destination=B4))] * 2
    (talk,) = _table(tmp_path / "x.pcap", frames, "ip").talks()
    assert (talk.one, talk.other, talk.packets) == (B4, B4, (2, 0))
    (end,) = _table(tmp_path / "x.pcap", frames, "ip").ends()
    assert (end.packets_sent, end.packets_received) == (2, 2)


def test_addresses_of_version_6_have_brackets_before_a_port(tmp_path):
    (talk,) = _table(tmp_path / "x.pcap", [ether(ipv6(tcp(b"x")), 0x86DD)], "tcp").talks()
    assert talk.one.startswith("[2001:db8::")


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_gives_nothing(tmp_path, layer):
    table = _table(tmp_path / "x.pcap", [], layer)
    assert (len(table), table.talks(), table.ends(), table.end_count()) == (0, (), (), 0)

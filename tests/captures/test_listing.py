import json
import struct

import numpy as np
import pytest

from captures import open_capture
from captures.listing import listing_lines, packet_object, packet_text
from captures.pcapng_writer import PcapngWriter
from support.headers import arp, ether, icmp, ipv4, ipv6, tcp, udp, vlan
from support.pcap import BEGIN_NS, write_pcap

FRAMES = [
    ether(vlan(ipv4(tcp(b"abc", flags=0x18)), 42), 0x8100),
    ether(ipv6(udp(b"x"), 17), 0x86DD),
    ether(arp(), 0x0806),
    ether(ipv4(icmp(3, ipv4(tcp(b"", 7, 8))), 1)),
    ether(
        vlan(vlan(ipv4(udp(bytes(8) + ether(ipv4(tcp(b"in", 9, 10), source="192.0.2.1")), 50000, 4789), 17), 1), 2, 0x8100),
        0x8100,
    ),
    ether(ipv4(tcp()[:12] + b"\x20" + tcp()[13:])),
    ether(ipv4(udp(b"0123456789" * 4)[:24], 17, fragment=0x2000)),
    ether(ipv4(udp(b"0123456789" * 4)[24:], 17, fragment=3)),
]


@pytest.fixture
def capture(tmp_path):
    with open_capture(write_pcap(tmp_path / "capture.pcap", FRAMES)) as opened:
        opened.grow()
        yield opened


def test_an_ordinary_packet(capture):
    assert packet_object(capture, 0) == {
        "frame.number": 1,
        "frame.time_epoch": "1700000000.000000000",
        "frame.len": 61,
        "frame.cap_len": 61,
        "vlan.id": 42,
        "ip.src": "10.0.0.1",
        "ip.dst": "10.0.0.2",
        "tcp.srcport": 40000,
        "tcp.dstport": 80,
        "tcp.stream": 0,
        "tcp.len": 3,
        "tcp.flags": 0x18,
    }
    second = packet_object(capture, 1)
    assert (second["ipv6.src"], second["udp.dstport"], second["udp.stream"]) == ("2001:db8::1", 5000, 0)
    assert set(packet_object(capture, 2)) == {"frame.number", "frame.time_epoch", "frame.len", "frame.cap_len"}


def test_what_occurs_several_times_is_a_list_in_wire_order(capture):
    quoting, tunnelled = packet_object(capture, 3), packet_object(capture, 4)
    assert (quoting["ip.src"], quoting["tcp.srcport"], quoting["tcp.stream"]) == (["10.0.0.1", "10.0.0.1"], 7, 1)
    assert "tcp.len" not in quoting
    assert tunnelled["vlan.id"] == [2, 1]
    assert tunnelled["ip.src"] == ["10.0.0.1", "192.0.2.1"]
    assert (tunnelled["udp.dstport"], tunnelled["udp.stream"]) == (4789, 1)
    assert (tunnelled["tcp.dstport"], tunnelled["tcp.stream"], tunnelled["tcp.len"]) == (10, 2, 2)


def test_a_broken_header_shows_what_can_be_known(capture):
    broken = packet_object(capture, 5)
    assert (broken["tcp.srcport"], broken["tcp.len"]) == (40000, 12)
    assert "tcp.flags" not in broken


def test_a_reassembled_datagram_is_listed_where_it_was_completed(capture):
    assert "udp.srcport" not in packet_object(capture, 6)
    assert packet_object(capture, 7)["udp.srcport"] == 40000


def test_lines_say_the_same_as_objects(capture):
    rows = np.arange(len(FRAMES))
    assert [json.loads(line) for line in listing_lines(capture, rows)] == [packet_object(capture, row) for row in rows.tolist()]
    assert [json.loads(line)["frame.number"] for line in listing_lines(capture, np.array([1, 4]))] == [2, 5]


def test_times_before_the_epoch_and_none_at_all(tmp_path):
    path = tmp_path / "old.pcapng"
    with path.open("wb") as file:
        writer = PcapngWriter(file)
        writer.interface("i")
        writer.packet(-1_500_000_000, FRAMES[0])
        body = struct.pack("<I", len(FRAMES[1])) + FRAMES[1] + bytes(-len(FRAMES[1]) % 4)
        file.write(struct.pack("<II", 3, 12 + len(body)) + body + struct.pack("<I", 12 + len(body)))
    with open_capture(path) as capture:
        capture.grow()
        assert packet_object(capture, 0)["frame.time_epoch"] == "-1.500000000"
        assert "frame.time_epoch" not in packet_object(capture, 1)
        lines = listing_lines(capture, np.arange(2))
        assert [json.loads(line) for line in lines] == [packet_object(capture, row) for row in (0, 1)]


def test_a_packet_as_a_line_of_text(capture):
    assert packet_text(capture, 0).split() == [
        *("1", "0.000000000", "10.0.0.1", "→", "10.0.0.2", "TCP", "61", "40000", "→", "80"),
        *("[PSH,", "ACK]", "Seq=1", "Ack=0", "Win=502", "Len=3"),
    ]
    assert packet_text(capture, 1).endswith("UDP 63 40000 → 5000 Len=1")
    assert packet_text(capture, 2).split()[1:] == ["0.002000000", "02:00:00:00:00:0a", "→", "02:00:00:00:00:0b", "ARP", "42"]
    assert "fragment" in packet_text(capture, 6)
    assert packet_text(capture, 0, BEGIN_NS + 1).split()[1] == "-0.000000001"

import struct

from captures import marks
from captures.index import PacketIndex
from captures.indexing import Indexer, transports_of
from captures.peel import peel
from support.headers import arp, ether, icmp, ipv4, ipv6, tcp, udp
from support.records import indexed, records_of


def _vxlan(inner):
    return ether(ipv4(udp(bytes(8) + ether(inner), 50000, 4789), 17))


def test_rows_follow_the_packets_whichever_path_decodes_them():
    index = indexed([ether(ipv4(tcp(b"abc"))), _vxlan(ipv4(tcp(b"de", 41000))), ether(arp(), 0x0806), ether(ipv4(udp(b"f"), 17))])
    assert index.ip_protocol.tolist() == [6, 6, 0, 17]
    assert index.source_port.tolist() == [40000, 41000, 0, 40000]
    assert index.payload_length.tolist() == [3, 2, 28, 1]
    assert (index.flags & marks.LAYERED > 0).tolist() == [False, True, False, False]
    assert [index.protocol(row) for row in range(4)] == ["TCP", "TCP", "ARP", "UDP"]


def test_streams_around_and_inside_tunnels_are_numbered_in_order():
    index = indexed(
        [
            ether(ipv4(udp(b"plain", 1111, 2222), 17)),
            _vxlan(ipv4(udp(b"inside", 3333, 4444), 17)),
            ether(ipv4(udp(b"later", 5555, 6666), 17)),
            _vxlan(ipv4(tcp(b"x"))),
        ]
    )
    assert index.stream.tolist() == [0, 2, 3, 0]
    assert index.nested == {1: (("udp", 1), ("udp", 2)), 3: (("udp", 1), ("tcp", 0))}


def test_a_quoted_segment_has_a_number_but_is_not_the_packets_own():
    index = indexed([ether(ipv4(tcp())), ether(ipv4(icmp(3, ipv4(tcp())), 1)), ether(ipv4(icmp(3, ipv4(tcp(b"", 9, 9))), 1))])
    assert index.stream.tolist() == [0, -1, -1]
    assert index.nested == {1: (("tcp", 0),), 2: (("tcp", 1),)}
    assert index.protocol(1) == "ICMP"
    assert index.packets_of("tcp", 0).tolist() == [1]


def test_the_packet_that_completes_a_datagram_carries_its_transport():
    datagram = udp(b"z" * 40)
    frames = [ether(ipv4(datagram[24:], 17, fragment=3)), ether(ipv4(datagram[:24], 17, fragment=0x2000))]
    index = indexed(frames)
    assert index.stream.tolist() == [-1, 0]
    assert (index.flags[0] & marks.FRAGMENT, index.flags[1] & marks.ASSEMBLED) == (marks.FRAGMENT, marks.ASSEMBLED)
    assert (index.payload_offset[1], index.payload_length[1]) == (8, 40)
    assert index.assemblies == {1: ((1, 34, 58), (0, 34, 58))}
    assert index.protocol(0) == "IPv4"


def test_a_datagram_may_come_in_several_batches():
    datagram = udp(b"z" * 40)
    index = PacketIndex()
    indexer = Indexer(index)
    for frame in (ether(ipv4(datagram[:24], 17, fragment=0x2000)), ether(ipv4(datagram[24:], 17, fragment=3))):
        indexer.add(*records_of([(1, frame, len(frame))]))
    assert index.stream.tolist() == [-1, 0]
    assert index.assemblies == {1: ((0, 34, 58), (1, 34, 58))}


def test_a_segment_with_a_broken_header_has_a_stream_but_no_payload():
    broken = tcp(b"data")
    index = indexed([ether(ipv4(broken[:12] + b"\x20" + broken[13:]))])
    assert index.stream.tolist() == [0]
    assert index.payload_length.tolist() == [0]
    assert index.flags[0] & marks.BROKEN


def test_interfaces_with_different_link_types_in_one_batch():
    rows = [(1, ether(ipv4(tcp(b"a")))), (101, ipv6(tcp(b"bc"))), (0, struct.pack("<I", 2) + ipv4(tcp(b"def")))]
    index = PacketIndex()
    Indexer(index).add(*records_of([(link, data, len(data)) for link, data in rows]))
    assert index.payload_length.tolist() == [1, 2, 3]
    assert index.payload_offset.tolist() == [54, 60, 44]
    assert index.stream.tolist() == [0, 1, 0]


def test_what_is_not_ip_has_a_name_and_hardware_addresses():
    index = indexed([ether(b"\x42\x42\x03" + bytes(35), 38), ether(bytes(30), 0x9999), b"cut"])
    assert [index.protocol(row) for row in range(3)] == ["LLC", "Ethernet", "Ethernet"]
    assert index.hosts(0) == ("02:00:00:00:00:0a", "02:00:00:00:00:0b")
    assert index.hosts(2) == ("", "")


def test_transports_are_the_headers_with_ports():
    frame = _vxlan(ipv4(tcp()))
    assert [layer.kind for layer in transports_of(peel(frame, len(frame), 1))] == ["udp", "tcp"]

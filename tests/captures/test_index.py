import pytest

from captures.index import PacketIndex
from support.headers import A4, B4, ether, ipv4, ipv6, tcp, udp
from support.records import indexed
from workbench.api import Endpoint, FlowKey

REPLY = ipv4(tcp(b"reply", 80, 40000, flags=0x10), source=B4, destination=A4)


@pytest.fixture
def index():
    return indexed([ether(ipv4(tcp(flags=2))), ether(ipv4(udp(b"x", 5000, 53), 17)), ether(REPLY), ether(ipv6(tcp()), 0x86DD)])


def test_an_empty_index():
    empty = PacketIndex()
    assert len(empty) == 0
    assert empty.time_ns.tolist() == []
    assert empty.stream_count("tcp") == empty.stream_count("udp") == 0


def test_streams_and_their_packets(index):
    assert (index.stream_count("tcp"), index.stream_count("udp")) == (2, 1)
    assert index.packets_of("tcp", 0).tolist() == [1, 3]
    assert index.packets_of("udp", 0).tolist() == [2]
    assert index.flow("tcp", 0) == FlowKey("tcp", Endpoint(A4, 40000), Endpoint(B4, 80))
    assert index.direction.tolist() == [0, 0, 1, 0]
    with pytest.raises(IndexError):
        index.flow("udp", 1)


def test_who_sent_what_to_whom(index):
    assert (index.source(0), index.destination(0)) == (A4, B4)
    assert index.hosts(3) == ("2001:db8::1", "2001:db8::2")
    assert [index.protocol(row) for row in range(4)] == ["TCP", "UDP", "TCP", "TCP"]
    assert index.ip_version.tolist() == [4, 4, 4, 6]
    assert (index.source_port.tolist(), index.destination_port.tolist()) == ([40000, 5000, 80, 40000], [80, 53, 40000, 80])


def test_columns_have_their_types(index):
    assert index.column("seq") is not None
    types = {
        name: index.column(name).dtype.str[1:] for name in ("offset", "time_ns", "stream", "payload_length", "vlan", "tcp_flags")
    }
    assert types == {"offset": "i8", "time_ns": "i8", "stream": "i4", "payload_length": "u4", "vlan": "i2", "tcp_flags": "u2"}
    assert sum(index.column(name).dtype.itemsize for name in index.rows._arrays) <= 70


def test_names_of_other_protocols_are_numbered_once(index):
    assert index.other_number("ARP") == 1
    assert index.other_number("LLC") == index.other_number("LLC") == 2
    numbers = {index.other_number(f"protocol {n}") for n in range(400)}
    assert max(numbers) == 255
    assert index.other_number("one too many") == 0

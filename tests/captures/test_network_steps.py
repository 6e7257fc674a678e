import struct
from ipaddress import ip_address

import pytest

from captures.network_steps import TUNNEL_PORTS
from captures.peel import peel
from support.headers import A6, B6, icmp, ipv4, ipv6, tcp, udp

BETWEEN6 = (A6, B6)
CHAIN = ipv6(b"\x2b\0" + bytes(6) + b"\x3c\0" + bytes(6) + b"\x06\x01" + bytes(14) + tcp(), 0)


def _layers(data, original=None):
    return peel(data, original or len(data), 101).layers


def _kinds(data):
    return [layer.kind for layer in _layers(data)]


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (ipv4(tcp(b"x"), options=b"\x94\x04\0\0"), ["ip", "tcp"]),
        (ipv4(udp(b"x"), 17), ["ip", "udp"]),
        (ipv4(ipv4(tcp()), 4), ["ip", "ip", "tcp"]),
        (ipv4(ipv6(tcp()), 41), ["ip", "ipv6", "tcp"]),
        (ipv4(b"\x06\x04" + bytes(22) + tcp(), 51), ["ip", "ah", "tcp"]),
        (ipv4(b"?" * 9, 200), ["ip", "data"]),
        (ipv6(udp(b"x", between=BETWEEN6), 17), ["ipv6", "udp"]),
        (CHAIN, ["ipv6", "ipv6.hopopts", "ipv6.routing", "ipv6.dstopts", "tcp"]),
        (ipv6(b"\x06\0" + bytes(6) + tcp(), 44), ["ipv6", "ipv6.fraghdr", "tcp"]),
        (ipv6(b"\x06\0\0\x01" + bytes(4) + tcp(), 44), ["ipv6", "ipv6.fraghdr", "fragment"]),
        (ipv4(icmp(8, b"ping"), 1), ["ip", "icmp"]),
        (ipv4(icmp(3, ipv4(udp(b"x"), 17)), 1), ["ip", "icmp", "ip", "udp"]),
        (ipv6(icmp(128, b"ping"), 58), ["ipv6", "icmpv6"]),
        (ipv6(icmp(1, ipv6(tcp())), 58), ["ipv6", "icmpv6", "ipv6", "tcp"]),
    ],
)
def test_network_layers(data, kinds):
    assert _kinds(data) == kinds


def test_the_other_version_is_understood():
    assert _kinds(ipv4(ipv6(tcp()), 4)) == ["ip", "ipv6", "tcp"]
    assert _kinds(ipv6(ipv4(tcp()), 41)) == ["ipv6", "ip", "tcp"]
    assert _layers(ipv4(b"\x90" + bytes(30), 4))[-1].broken == "version 9 is not 4"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x44" + bytes(30), "a header of 16 bytes is too short"),
        (ipv4(b"", total=12), "a packet of 12 bytes is shorter than its header"),
        (ipv4(b"")[:19], "the header is cut short"),
        (ipv6(b"")[:39], "the header is cut short"),
        (ipv4(tcp()[:12] + b"\x20" + tcp()[13:]), "a header of 8 bytes is too short"),
        (ipv4(tcp()[:12] + b"\xf0" + tcp()[13:]), "the header is cut short"),
        (ipv4(tcp())[:32], "the header is cut short"),
        (ipv4(udp()[:4] + b"\0\x04" + udp()[6:], 17), "a datagram of 4 bytes is shorter than its header"),
        (ipv4(udp()[:6], 17), "the header is cut short"),
        (ipv6(b"\x06\x05" + bytes(6), 60), "the header is cut short"),
        (ipv6(b"\x06\0\0", 44), "the header is cut short"),
        (ipv4(b"\x06\x04" + bytes(10), 51), "the header is cut short"),
        (ipv4(b"\x08\0\0", 1), "the header is cut short"),
        (ipv6(b"\x80", 58), "the header is cut short"),
    ],
)
def test_broken_headers_say_why(data, why):
    layer = _layers(data)[-1]
    assert layer.broken == why


def test_a_total_length_of_zero_means_the_rest_of_the_frame():
    layer = _layers(ipv4(tcp(b"left to the card"), total=0))[-1]
    assert layer.end - layer.payload == len(b"left to the card")


def test_ports_of_a_broken_segment_are_still_known():
    assert _layers(ipv4(tcp()[:12] + b"\x20" + tcp()[13:]))[-1].ports == (40000, 80)


def test_a_udp_length_ends_the_datagram():
    datagram = udp(b"abcdef")
    layer = _layers(ipv4(datagram[:4] + b"\0\x0b" + datagram[6:], 17))[-1]
    assert layer.end - layer.payload == 3
    jumbo = _layers(ipv4(datagram[:4] + b"\0\0" + datagram[6:], 17))[-1]
    assert jumbo.end - jumbo.payload == 6


def test_a_route_leads_to_its_last_address():
    last = ip_address("2001:db8::99").packed
    route = b"\x06\x02\0\x01" + bytes(4) + last
    assert _layers(ipv6(route + tcp(), 43))[-1].destination == last
    arrived = b"\x06\x02\0\0" + bytes(4) + last
    assert _layers(ipv6(arrived + tcp(), 43))[-1].destination == ip_address(B6).packed


def test_a_mobile_node_is_known_by_its_home_address():
    home = ip_address("2001:db8::77").packed
    options = b"\x06\x02\x01\x02\0\0" + b"\xc9\x10" + home
    assert _layers(ipv6(options + tcp(), 60))[-1].source == home


def test_what_an_error_quotes_is_marked():
    layers = _layers(ipv4(icmp(11, ipv4(tcp())), 1))
    assert [layer.quoted for layer in layers] == [False, False, True, True]
    inner = ipv6(udp(b"x"), 17)
    option = b"\x04" + bytes([1 + len(inner) // 8]) + bytes(6) + inner + bytes(-len(inner) % 8)
    redirect = b"\x89\0\0\0" + bytes(4) + bytes(32) + option
    layers = _layers(ipv6(redirect, 58))
    assert [layer.kind for layer in layers] == ["ipv6", "icmpv6", "ipv6", "udp"]
    assert layers[-1].quoted


def test_arp_of_any_address_size():
    frame = bytes(12) + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20)
    assert not peel(frame, len(frame), 1).layers[-1].broken
    assert peel(frame[:-1], len(frame), 1).layers[-1].broken


def test_tunnels_have_ports_of_their_own():
    for port, step in TUNNEL_PORTS.items():
        packet = ipv4(udp(bytes(80), 50000, port), 17)
        assert _kinds(packet)[:2] == ["ip", "udp"]
        assert step

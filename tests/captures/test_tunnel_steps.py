import struct

import pytest

from captures.peel import peel
from support.headers import ether, ipv4, ipv6, tcp, udp

INNER = ipv4(tcp(b"inner"))
INNER6 = ipv6(tcp(b"inner"))
FRAME = ether(INNER)


def _gre(flags, kind, body):
    return ipv4(struct.pack(">HH", flags, kind) + body, 47)


def _udp(port, body):
    return ipv4(udp(body, 50000, port), 17)


def _mpls(body, *labels):
    stack = b"".join(struct.pack(">I", label << 12 | (place == len(labels) - 1) << 8 | 64) for place, label in enumerate(labels))
    return stack + body


def _kinds(data, link_type=101):
    return [layer.kind for layer in peel(data, len(data), link_type).layers]


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (_gre(0, 0x0800, INNER), ["gre", "ip", "tcp"]),
        (_gre(0xB000, 0x0800, bytes(12) + INNER), ["gre", "ip", "tcp"]),
        (_gre(0x3081, 0x880B, bytes(12) + b"\xff\x03\0\x21" + INNER), ["gre", "ppp", "ip", "tcp"]),
        (_gre(0, 0x6558, FRAME), ["gre", "eth", "ip", "tcp"]),
        (_gre(0, 0x88BE, FRAME), ["gre", "eth", "ip", "tcp"]),
        (_gre(0x1000, 0x88BE, bytes(4) + b"\x10" + bytes(7) + FRAME), ["gre", "erspan", "eth", "ip", "tcp"]),
        (_gre(0x1000, 0x22EB, bytes(4) + b"\x20" + bytes(11) + FRAME), ["gre", "erspan", "eth", "ip", "tcp"]),
        (
            _gre(0x1000, 0x22EB, bytes(4) + b"\x20" + bytes(10) + b"\x01" + bytes(8) + FRAME),
            ["gre", "erspan", "eth", "ip", "tcp"],
        ),
        (_gre(0, 0, b"keepalive"), ["gre"]),
        (ipv4(b"\x30\0" + FRAME, 97), ["etherip", "eth", "ip", "tcp"]),
        (_udp(4789, bytes(8) + FRAME), ["udp", "vxlan", "eth", "ip", "tcp"]),
        (_udp(6081, b"\x02\0\x65\x58" + bytes(12) + FRAME), ["udp", "geneve", "eth", "ip", "tcp"]),
        (_udp(6081, b"\0\0\x08\0" + bytes(4) + INNER), ["udp", "geneve", "ip", "tcp"]),
        (_udp(2152, b"\x30\xff\0\x1c" + bytes(4) + INNER), ["udp", "gtp", "ip", "tcp"]),
        (_udp(2152, b"\x34\xff\0\x24" + bytes(7) + b"\x85" + b"\x01\x10\x09\0" + INNER6), ["udp", "gtp", "ipv6", "tcp"]),
        (_udp(2152, b"\x30\x01\0\0" + bytes(4)), ["udp", "gtp"]),
        (_udp(2152, b"\x48" + bytes(40)), ["udp"]),
        (_udp(3544, INNER6), ["udp", "teredo", "ipv6", "tcp"]),
        (_udp(3544, b"\0\x01\0\0" + bytes(9) + b"\0\0" + bytes(6) + INNER6), ["udp", "teredo", "ipv6", "tcp"]),
        (_udp(3544, b"short"), ["udp"]),
        (_udp(5072, b"\x44\x52\x11\x29" + bytes(4 + 16 + 20) + INNER6), ["udp", "ayiya", "ipv6", "tcp"]),
        (_udp(5072, b"\x44\x52\x10\x3b" + bytes(4 + 16 + 20)), ["udp", "ayiya"]),
        (_udp(4754, b"\0\0\x08\0" + INNER), ["udp", "gre", "ip", "tcp"]),
        (_udp(6635, _mpls(INNER, 16)), ["udp", "mpls", "ip", "tcp"]),
    ],
)
def test_tunnels_over_ip(data, kinds):
    assert _kinds(data)[1:] == kinds


@pytest.mark.parametrize(
    ("frame", "kinds"),
    [
        (ether(_mpls(INNER, 16, 17), 0x8847), ["mpls", "mpls", "ip", "tcp"]),
        (ether(_mpls(INNER6, 3), 0x8848), ["mpls", "ipv6", "tcp"]),
        (ether(_mpls(bytes(4) + FRAME, 16), 0x8847), ["mpls", "pwethcw", "eth", "ip", "tcp"]),
        (ether(_mpls(b"\x90other", 16), 0x8847), ["mpls", "data"]),
        (ether(b"\x11\0\0\x07" + struct.pack(">H", 2 + len(INNER)) + b"\0\x21" + INNER, 0x8864), ["pppoes", "ppp", "ip", "tcp"]),
        (ether(b"\x11\x09\0\0\0\0", 0x8863), ["pppoed"]),
        (ether(b"\0\x06\x01\x01" + bytes(20) + INNER, 0x894F), ["nsh", "ip", "tcp"]),
        (ether(b"\0\x06\x01\x03" + bytes(20) + FRAME, 0x894F), ["nsh", "eth", "ip", "tcp"]),
    ],
)
def test_tunnels_over_ethernet(frame, kinds):
    assert _kinds(frame, 1)[1:] == kinds


@pytest.mark.parametrize(
    "data",
    [
        _gre(0xB000, 0x0800, bytes(3)),
        _gre(0x1000, 0x88BE, bytes(6)),
        _udp(4789, bytes(7)),
        _udp(6081, b"\x3f\0\x65\x58" + bytes(9)),
        _udp(2152, b"\x30\xff"),
        _udp(5072, b"\xf4\x52\x11\x29" + bytes(20)),
        _udp(6635, b"\0\0\0\x40\0"),
    ],
)
def test_a_cut_tunnel_header_is_broken(data):
    assert peel(data, len(data), 101).layers[-1].broken == "the header is cut short"


def test_streams_inside_tunnels_have_their_own_addresses():
    packet = _udp(4789, bytes(8) + ether(ipv4(tcp(), source="192.0.2.9")))
    layers = peel(packet, len(packet), 101).layers
    assert [(layer.ports, layer.source) for layer in layers if layer.ports] == [
        ((50000, 4789), bytes([10, 0, 0, 1])),
        ((40000, 80), bytes([192, 0, 2, 9])),
    ]

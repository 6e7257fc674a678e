import struct

import pytest

from captures.link_steps import ETHERTYPES, ethertype_step
from captures.peel import peel
from support.headers import arp, ether, ipv4, ipv6, tcp, vlan

IP = ipv4(tcp(b"payload"))
IP6 = ipv6(tcp(b"payload", between=("2001:db8::1", "2001:db8::2")))
SNAP = b"\xaa\xaa\x03\0\0\0\x08\0"


def _mpls_pseudowire(frame):
    return struct.pack(">I", 16 << 12 | 1 << 8 | 64) + bytes(4) + frame


def _kinds(data, link_type):
    return [layer.kind for layer in peel(data, len(data), link_type).layers]


def _wlan(flags, *, subtype=0, more=b""):
    return bytes([0x08 | subtype << 4, flags]) + bytes(22) + more


@pytest.mark.parametrize(
    ("link_type", "data", "kinds"),
    [
        (1, ether(IP), ["eth", "ip", "tcp"]),
        (1, ether(arp(), 0x0806), ["eth", "arp"]),
        (1, ether(vlan(vlan(IP, 1), 2, 0x8100), 0x88A8), ["eth", "ieee8021ad", "vlan", "ip", "tcp"]),
        (1, ether(SNAP + IP, 8 + len(IP)), ["eth", "llc", "ip", "tcp"]),
        (1, ether(b"\x42\x42\x03" + bytes(35), 38), ["eth", "llc", "data"]),
        (1, ether(bytes(16) + struct.pack(">H", 0x0800) + IP, 0x88E7), ["eth", "ieee8021ah", "ip", "tcp"]),
        (1, ether(bytes(4) + struct.pack(">H", 0x0800) + IP, 0x8926), ["eth", "vntag", "ip", "tcp"]),
        (1, ether(bytes(6) + struct.pack(">H", 0x0800) + IP, 0x893F), ["eth", "etag", "ip", "tcp"]),
        (1, ether(bytes(2) + ether(IP), 0x8903), ["cfp", "eth", "ip", "tcp"]),
        (1, ether(b"?" * 20, 0x9999), ["eth", "data"]),
        (113, struct.pack(">HHH8sH", 4, 1, 6, bytes(8), 0x0800) + IP, ["sll", "ip", "tcp"]),
        (113, struct.pack(">HHH8sH", 4, 824, 0, bytes(8), 0x0800) + IP, ["sll", "data"]),
        (113, struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 4) + SNAP + IP, ["sll", "llc", "ip", "tcp"]),
        (276, struct.pack(">HHIHBB8s", 0x86DD, 0, 2, 1, 0, 6, bytes(8)) + IP6, ["sll2", "ipv6", "tcp"]),
        (0, struct.pack("<I", 2) + IP, ["null", "ip", "tcp"]),
        (0, struct.pack(">I", 30) + IP6, ["null", "ipv6", "tcp"]),
        (108, struct.pack(">I", 24) + IP6, ["null", "ipv6", "tcp"]),
        (0, b"\x0f\0\x08\0" + IP, ["null", "ip", "tcp"]),
        (101, IP, ["ip", "tcp"]),
        (12, IP6, ["ipv6", "tcp"]),
        (229, b"\x90rest", ["data"]),
        (9, b"\xff\x03\x00\x21" + IP, ["ppp", "ip", "tcp"]),
        (9, b"\x00\x57" + IP6, ["ppp", "ipv6", "tcp"]),
        (50, b"\x21" + IP, ["ppp", "ip", "tcp"]),
        (104, b"\x0f\0\x08\0" + IP, ["chdlc", "ip", "tcp"]),
        (10, bytes(13) + SNAP + IP, ["fddi", "llc", "ip", "tcp"]),
        (105, _wlan(1, more=SNAP + IP), ["wlan", "llc", "ip", "tcp"]),
        (105, _wlan(3, more=bytes(6) + SNAP + IP), ["wlan", "llc", "ip", "tcp"]),
        (105, _wlan(1, subtype=8, more=bytes(2) + SNAP + IP), ["wlan", "llc", "ip", "tcp"]),
        (105, _wlan(0x41, more=SNAP + IP), ["wlan", "data"]),
        (127, b"\0\0\x09\0" + bytes(5) + _wlan(1, more=SNAP + IP), ["radiotap", "wlan", "llc", "ip", "tcp"]),
        (239, b"\x02\0\0\0" + b"\x05\0\x0a\0x\0\0\0" + struct.pack("<HH", 4 + len(IP), 9) + IP, ["nflog", "ip", "tcp"]),
        (239, b"\x02\0\0\0" + b"\x05\0\x0a\0x\0\0\0", ["nflog"]),
        (147, b"whatever", ["data"]),
    ],
)
def test_link_layers(link_type, data, kinds):
    assert _kinds(data, link_type) == kinds


def test_an_ieee_length_ends_the_packet():
    frame = ether(SNAP + IP, 8 + len(IP)) + bytes(20)
    assert peel(frame, len(frame), 1).layers[1].end == 14 + 8 + len(IP)


def test_hardware_addresses_are_those_of_the_outermost_frame():
    frame = ether(_mpls_pseudowire(ether(b"", 0x0806, b"\x06" * 6)), 0x8847)
    last = peel(frame, len(frame), 1).layers[-1]
    assert (last.kind, last.source) == ("arp", frame[6:12])


@pytest.mark.parametrize(
    ("link_type", "data"),
    [
        (1, bytes(13)),
        (113, bytes(15)),
        (276, bytes(19)),
        (0, bytes(3)),
        (9, b"\xff\x03"),
        (10, bytes(12)),
        (105, bytes(20)),
        (127, bytes(7)),
    ],
)
def test_a_cut_link_header_is_broken(link_type, data):
    (layer,) = peel(data, 100, link_type).layers
    assert layer.broken == "the header is cut short"


def test_every_ether_type_leads_somewhere():
    assert ethertype_step(0x05DC) == "llc"
    assert ethertype_step(0x0600) == "data"
    for kind in ETHERTYPES:
        assert _kinds(ether(b"", kind), 1)[0] == "eth"

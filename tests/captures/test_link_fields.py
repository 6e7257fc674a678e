import struct

import pytest

from captures.link_fields import FIELDS
from captures.peel import peel
from support.headers import arp, ether, ipv4, tcp, vlan
from support.trees import assert_nested, values

IP = ipv4(tcp())


def _field(data, kind, link_type=1):
    layer = next(layer for layer in peel(data, len(data), link_type).layers if layer.kind == kind)
    field = FIELDS[kind](data, layer)
    assert_nested([field], len(data))
    return field


def test_ethernet():
    field = _field(ether(IP), "eth")
    assert values(field) == {"eth.dst": "02:00:00:00:00:0b", "eth.src": "02:00:00:00:00:0a", "eth.type": 0x0800}
    assert (field.start, field.end) == (0, 14)
    assert field.find("eth.type").text == "IPv4"
    assert values(_field(ether(b"\x42\x42\x03" + bytes(35), 38), "eth"))["eth.len"] == 38


def test_tags():
    frame = ether(vlan(vlan(IP, 0x7065, 0x0800), 0xE007, 0x8100), 0x88A8)
    outer, inner = _field(frame, "ieee8021ad"), _field(frame, "vlan")
    assert values(outer) == {"ieee8021ad.priority": 7, "ieee8021ad.dei": 0, "ieee8021ad.id": 7}
    assert values(inner) == {"vlan.priority": 3, "vlan.dei": 1, "vlan.id": 0x65, "vlan.etype": 0x0800}
    assert inner.find("vlan.id").bits == (18 * 8 + 4, 18 * 8 + 16)


def test_linux_cooked():
    first = struct.pack(">HHH8sH", 4, 1, 6, bytes(range(8)), 0x0800) + IP
    assert values(_field(first, "sll", 113)) == {
        "sll.pkttype": 4,
        "sll.hatype": 1,
        "sll.halen": 6,
        "sll.src.eth": "00:01:02:03:04:05",
        "sll.etype": 0x0800,
    }
    second = struct.pack(">HHIHBB8s", 0x0800, 0, 3, 512, 0, 2, bytes(range(8))) + IP
    assert values(_field(second, "sll2", 276)) == {
        "sll.etype": 0x0800,
        "sll.ifindex": 3,
        "sll.hatype": 512,
        "sll.pkttype": 0,
        "sll.halen": 2,
        "sll.src.other": b"\x00\x01",
    }


@pytest.mark.parametrize(("order", "link_type"), [("<", 0), (">", 0), (">", 108)])
def test_loopback_in_any_byte_order(order, link_type):
    field = _field(struct.pack(order + "I", 2) + IP, "null", link_type)
    assert values(field) == {"null.family": 2}
    assert field.text == "IP"


def test_llc_and_ppp():
    snap = _field(ether(b"\xaa\xaa\x03\0\0\0\x08\0" + IP, 8 + len(IP)), "llc")
    assert values(snap) == {"llc.dsap": 0xAA, "llc.ssap": 0xAA, "llc.control": 3, "llc.oui": 0, "llc.type": 0x0800}
    assert values(_field(b"\xff\x03\0\x21" + IP, "ppp", 9)) == {"ppp.address": 0xFF, "ppp.control": 3, "ppp.protocol": 0x21}
    assert values(_field(b"\0\x21" + IP, "ppp", 9)) == {"ppp.protocol": 0x21}
    assert values(_field(b"\xff\x03\x21" + IP, "ppp", 9))["ppp.protocol"] == 0x21


def test_arp():
    field = _field(ether(arp(), 0x0806), "arp")
    assert values(field) == {
        "arp.hw.type": 1,
        "arp.proto.type": 0x0800,
        "arp.hw.size": 6,
        "arp.proto.size": 4,
        "arp.opcode": 1,
        "arp.src.hw_mac": "02:00:00:00:00:0a",
        "arp.src.proto_ipv4": "10.0.0.1",
        "arp.dst.hw_mac": "00:00:00:00:00:00",
        "arp.dst.proto_ipv4": "10.0.0.2",
    }
    assert field.text == "request, 10.0.0.1 → 10.0.0.2"
    strange = ether(struct.pack(">HHBBH", 6, 0x0800, 2, 3, 2) + b"aabbbccddd", 0x0806)
    assert values(_field(strange, "arp"))["arp.dst.proto"] == b"ddd"


def test_a_cut_header_shows_what_is_there():
    field = _field(ether(IP)[:9], "eth")
    assert values(field) == {"eth.dst": "02:00:00:00:00:0b"}
    assert field.error == "the header is cut short"

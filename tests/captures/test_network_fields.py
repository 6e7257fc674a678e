import struct

from captures.network_fields import CHECKED_FIELDS, FIELDS
from captures.peel import peel
from support.headers import A6, B6, icmp, ipv4, ipv6, ones_complement, pseudo, tcp
from support.trees import assert_nested, values


def _field(data, kind, *, verify=False, index=0):
    layer = [layer for layer in peel(data, len(data), 101).layers if layer.kind == kind][index]
    field = FIELDS[kind](data, layer) if kind in FIELDS else CHECKED_FIELDS[kind](data, layer, verify)
    assert_nested([field], len(data))
    return field


def test_ipv4():
    packet = ipv4(tcp(), identification=0x1234, fragment=0x4000)
    field = _field(packet, "ip")
    assert values(field) == {
        "ip.version": 4,
        "ip.hdr_len": 20,
        "ip.dsfield": 0,
        "ip.dsfield.dscp": 0,
        "ip.dsfield.ecn": 0,
        "ip.len": 40,
        "ip.id": 0x1234,
        "ip.flags": 2,
        "ip.flags.rb": False,
        "ip.flags.df": True,
        "ip.flags.mf": False,
        "ip.frag_offset": 0,
        "ip.ttl": 64,
        "ip.proto": 6,
        "ip.checksum": int.from_bytes(packet[10:12], "big"),
        "ip.src": "10.0.0.1",
        "ip.dst": "10.0.0.2",
    }
    assert field.find("ip.flags.df").bits == (49, 50)
    assert field.find("ip.proto").text == "TCP"
    assert field.find("ip.checksum").text == f"{int.from_bytes(packet[10:12], 'big'):#06x}"


def test_a_fragment_offset_is_what_stands_there_as_in_wireshark():
    assert values(_field(ipv4(b"x", fragment=0x2003), "ip"))["ip.frag_offset"] == 3


def test_ipv4_options():
    packet = ipv4(tcp(), options=b"\x94\x04\0\0\x01\x44\x05\x05\x00\x00\x00\x00")
    options = _field(packet, "ip").children[-1]
    assert [child.name for child in options.children] == ["Router Alert", "No-Operation", "Time Stamp", "End of Options List"]
    assert (options.start, options.end) == (20, 32)
    broken = _field(ipv4(tcp(), options=b"\x07\x09\0\0"), "ip").children[-1].children[0]
    assert (broken.name, broken.error) == ("Record Route", "its length cannot be")


def test_the_header_checksum_is_judged_on_demand():
    packet = ipv4(tcp())
    assert _field(packet, "ip", verify=True).find("ip.checksum").text.endswith("[correct]")
    broken = packet[:8] + b"\x01" + packet[9:]
    assert "the bytes give" in _field(broken, "ip", verify=True).find("ip.checksum").error
    assert _field(broken, "ip").find("ip.checksum").error == ""
    unfilled = packet[:10] + b"\0\0" + packet[12:]
    checksum = _field(unfilled, "ip", verify=True).find("ip.checksum")
    assert checksum.error == ""
    assert "left to the network card" in checksum.text


def test_ipv6():
    packet = struct.pack(">I", 6 << 28 | 0xB8 << 20 | 0x12345) + ipv6(tcp())[4:]
    assert values(_field(packet, "ipv6")) == {
        "ipv6.version": 6,
        "ipv6.tclass": 0xB8,
        "ipv6.tclass.dscp": 46,
        "ipv6.tclass.ecn": 0,
        "ipv6.flow": 0x12345,
        "ipv6.plen": 20,
        "ipv6.nxt": 6,
        "ipv6.hlim": 64,
        "ipv6.src": A6,
        "ipv6.dst": B6,
    }


def test_extension_headers():
    hop = _field(ipv6(b"\x06\x00\x05\x02\0\0\x01\0" + tcp(), 0), "ipv6.hopopts")
    assert [child.name for child in hop.children[2:]] == ["Router Alert", "PadN"]
    assert values(hop)["ipv6.opt.type"] == [5, 1]
    route = _field(ipv6(b"\x06\x02\0\x01" + bytes(4) + bytes(15) + b"\x09" + tcp(), 43), "ipv6.routing")
    assert values(route) == {
        "ipv6.routing.nxt": 6,
        "ipv6.routing.len": 2,
        "ipv6.routing.type": 0,
        "ipv6.routing.segleft": 1,
        "ipv6.routing.src.addr": "::9",
    }
    part = _field(ipv6(b"\x06\0\x01\x69\0\0\0\x07" + bytes(24), 44), "ipv6.fraghdr")
    assert values(part) == {
        "ipv6.fraghdr.nxt": 6,
        "ipv6.fraghdr.offset": 45,
        "ipv6.fraghdr.more": True,
        "ipv6.fraghdr.ident": 7,
    }
    pads = _field(ipv6(b"\x06\x00\0\0\0\0\0\0" + tcp(), 60), "ipv6.dstopts")
    assert [child.name for child in pads.children[2:]] == ["Pad1"] * 6


def test_icmp():
    ping = _field(ipv4(icmp(8, b"data"), 1), "icmp", verify=True)
    assert (ping.text, values(ping)["icmp.type"], values(ping)["icmp.seq"]) == ("Echo (ping) request", 8, 0)
    assert ping.find("icmp.checksum").text.endswith("[correct]")
    redirect = _field(ipv4(b"\x05\x01\0\0\x0a\0\0\x09" + ipv4(tcp()), 1), "icmp")
    assert values(redirect)["icmp.redir_gw"] == "10.0.0.9"


def test_icmpv6():
    message = bytearray(b"\x87\0\0\0" + bytes(4) + bytes(15) + b"\x05")
    message[2:4] = ones_complement(pseudo(A6, B6, 58, len(message)) + message).to_bytes(2, "big")
    field = _field(ipv6(bytes(message), 58), "icmpv6", verify=True)
    assert field.text == "Neighbor Solicitation"
    assert values(field)["icmpv6.nd.ns.target_address"] == "::5"
    assert field.find("icmpv6.checksum").text.endswith("[correct]")
    echo = _field(ipv6(b"\x80\0\0\0\x01\x02\x03\x04", 58), "icmpv6")
    assert (values(echo)["icmpv6.echo.identifier"], values(echo)["icmpv6.echo.sequence_number"]) == (0x0102, 0x0304)
    assert values(_field(ipv6(b"\x02\0\0\0\0\0\x05\0" + ipv6(b""), 58), "icmpv6"))["icmpv6.mtu"] == 1280


def test_what_an_error_quotes_is_not_judged():
    quoted = ipv4(icmp(3, ipv4(icmp(8, b"cut off here"), 1)), 1)
    assert _field(quoted, "icmp", verify=True, index=1).find("icmp.checksum").error == ""

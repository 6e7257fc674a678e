import pytest

from captures.peel import peel
from captures.transport_fields import CHECKED_FIELDS
from support.headers import ipv4, tcp, udp
from support.trees import assert_nested, values

OPTIONS = b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\x07\0\0\0\x09\x01\x03\x03\x07"


def _field(data, *, verify=False, original=None):
    layer = peel(data, original or len(data), 101).layers[-1]
    field = CHECKED_FIELDS[layer.kind](data, layer, verify)
    assert_nested([field], len(data))
    return field


def test_tcp():
    segment = tcp(b"payload", 1234, 80, seq=0x01020304, ack=0x05060708, flags=0x118)
    found = values(_field(ipv4(segment)))
    flags = {name.removeprefix("tcp.flags."): value for name, value in found.items() if name.startswith("tcp.flags.")}
    assert {name for name, value in flags.items() if value} == {"ae", "ack", "push"}
    assert {name: value for name, value in found.items() if not name.startswith("tcp.flags.")} == {
        "tcp.srcport": 1234,
        "tcp.dstport": 80,
        "tcp.seq_raw": 0x01020304,
        "tcp.ack_raw": 0x05060708,
        "tcp.hdr_len": 20,
        "tcp.flags": 0x118,
        "tcp.window_size_value": 502,
        "tcp.checksum": int.from_bytes(segment[16:18], "big"),
        "tcp.urgent_pointer": 0,
        "tcp.len": 7,
    }


def test_flags_point_at_their_bits():
    field = _field(ipv4(tcp(flags=2)))
    syn = field.find("tcp.flags.syn")
    assert (syn.value, syn.start, syn.bits) == (True, 33, (33 * 8 + 6, 33 * 8 + 7))
    assert field.find("tcp.flags").text == "0x002 (SYN)"


def test_options():
    field = _field(ipv4(tcp(options=OPTIONS)))
    found = values(field)
    assert found["tcp.options.mss_val"] == 1460
    assert found["tcp.options.wscale.shift"] == 7
    assert (found["tcp.options.timestamp.tsval"], found["tcp.options.timestamp.tsecr"]) == (7, 9)
    names = [option.name for option in field.find("tcp.options").children]
    assert names == ["Maximum Segment Size", "SACK Permitted", "Time Stamp Option", "No-Operation", "Window Scale"]
    assert field.find("tcp.options").end == 40 + len(OPTIONS)


def test_rarer_options():
    sack = _field(ipv4(tcp(options=b"\x01\x01\x05\x0a" + bytes(range(8))))).find("tcp.options").children[2]
    assert [child.value for child in sack.children[2:]] == [0x00010203, 0x04050607]
    md5 = values(_field(ipv4(tcp(options=b"\x13\x12" + bytes(range(16)) + b"\0\0"))))
    assert md5["tcp.options.md5.digest"] == bytes(range(16))
    assert values(_field(ipv4(tcp(options=b"\x22\x04ab"))))["tcp.options.tfo.cookie"] == b"ab"
    assert values(_field(ipv4(tcp(options=b"\xfe\x04ab"))))["tcp.options.unknown.payload"] == b"ab"


@pytest.mark.parametrize("options", [b"\x02\x00\0\0", b"\x02\x09\0\0", b"\x01\x01\x01\x08"])
def test_an_option_that_cannot_be_is_an_error(options):
    broken = _field(ipv4(tcp(options=options))).find("tcp.options").children[-1]
    assert broken.error == "its length cannot be"


def test_udp():
    datagram = udp(b"abc", 1000, 2000)
    assert values(_field(ipv4(datagram, 17))) == {
        "udp.srcport": 1000,
        "udp.dstport": 2000,
        "udp.length": 11,
        "udp.checksum": int.from_bytes(datagram[6:8], "big"),
    }


@pytest.mark.parametrize(("packet", "name", "at"), [(ipv4(tcp(b"odd")), "tcp", 36), (ipv4(udp(b"odd"), 17), "udp", 26)])
def test_checksums_are_judged_on_demand(packet, name, at):
    def checksum(data, **more):
        return _field(data, **more).find(f"{name}.checksum")

    assert checksum(packet, verify=True).text.endswith("[correct]")
    wrong = packet[:at] + bytes([packet[at] ^ 1]) + packet[at + 1 :]
    assert "the bytes give" in checksum(wrong, verify=True).error
    assert checksum(wrong).error == ""
    # half of the segment says nothing about the checksum of the whole
    assert checksum(wrong[:-1], verify=True, original=len(wrong)).error == ""


def test_no_udp_checksum_is_none():
    datagram = udp(b"abc")
    field = _field(ipv4(datagram[:6] + b"\0\0" + datagram[8:], 17), verify=True)
    assert "none" in field.find("udp.checksum").text
    assert field.find("udp.checksum").error == ""

import dns.rdata
import pytest

from support.dns import data_of, written
from workbench.api import Severity


def wire(kind: str, text: str) -> bytes:
    return dns.rdata.from_text("IN", kind, text).to_wire()


@pytest.mark.parametrize(
    ("number", "data", "expected", "text"),
    [
        (11, wire("WKS", "192.0.2.7 6 23 25"), {"dns.wks.address": "192.0.2.7", "dns.wks.protocol": 6}, "192.0.2.7 23 25"),
        (20, wire("ISDN", '"150862" "004"'), {"dns.idsn.address": "150862", "dns.idsn.sa.address": "004"}, "150862 004"),
        (20, wire("ISDN", '"150862"'), {"dns.idsn.address": "150862"}, "150862"),
        (
            29,
            wire("LOC", "42 21 54 N 71 06 18 W -24m 30m"),
            {"dns.loc.version": 0, "dns.loc.size": 0x33, "dns.loc.altitude": 9_997_600},
            "42°21'54.000\" N 71°6'18.000\" W -24 m",
        ),
        (38, b"\0" + bytes(15) + b"\1", {"dns.a6.prefix_len": 0, "dns.a6.address_suffix": "::1"}, ""),
        (38, b"\x80" + written([b"a"]), {"dns.a6.prefix_len": 128, "dns.a6.prefix_name": "a"}, "a"),
        (
            42,
            wire("APL", "1:192.168.32.0/21 !1:192.168.38.0/28"),
            {
                "dns.apl.afdpart.ipv4": ["192.168.32.0", "192.168.38.0"],
                "dns.apl.negation": [False, True],
                "dns.apl.coded_prefix": [21, 28],
            },
            "1:192.168.32.0/21 !1:192.168.38.0/28",
        ),
        (
            45,
            wire("IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="),
            {
                "dns.ipseckey.gateway_precedence": 10,
                "dns.ipseckey.gateway_ipv4": "192.0.2.38",
                "dns.ipseckey.gateway_algorithm": 2,
            },
            "192.0.2.38",
        ),
        (45, wire("IPSECKEY", "10 2 2 2001:db8::1 AQ=="), {"dns.ipseckey.gateway_ipv6": "2001:db8::1"}, "2001:db8::1"),
        (45, wire("IPSECKEY", "10 3 2 g.example. AQ=="), {"dns.ipseckey.gateway_dns": "g.example"}, "g.example"),
        (45, wire("IPSECKEY", "10 0 2 . AQ=="), {"dns.ipseckey.public_key": "01"}, "."),
        (
            55,
            wire("HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAQ== r.example."),
            {"dns.hip.hit.length": 16, "dns.hip.pk": "03010001", "dns.hip.rendezvous_server": "r.example"},
            "200100107b1a74df365639cc39f1d578 r.example",
        ),
        (
            257,
            wire("CAA", '128 issue "ca.example"'),
            {
                "dns.caa.flags.issuer_critical": True,
                "dns.caa.tag": "issue",
                "dns.caa.value": "ca.example",
                "dns.caa.issue": "ca.example",
            },
            "issue ca.example",
        ),
        (257, wire("CAA", '0 tbs "x"'), {"dns.caa.unknown": "x"}, "tbs x"),
        (
            260,
            wire("AMTRELAY", "10 1 1 203.0.113.15"),
            {"dns.amtrelay.discovery_optional": True, "dns.amtrelay.relay_ipv4": "203.0.113.15"},
            "203.0.113.15",
        ),
        (
            65281,
            bytes.fromhex("00010000 00000002 00000384 00000001 c0000207"),
            {"dns.wins.local_flag": True, "dns.wins.wins_server": "192.0.2.7"},
            "192.0.2.7",
        ),
        (65282, bytes.fromhex("00000000 00000002 00000384") + written([b"a"]), {"dns.winsr.name_result_domain": "a"}, "a"),
        (
            65422,
            bytes.fromhex("0411c0000201c00002020035d431"),
            {"dns.xpf.source_ipv4": "192.0.2.1", "dns.xpf.sport": 53, "dns.xpf.dport": 54321},
            "192.0.2.1 192.0.2.2",
        ),
    ],
)
def test_records(number, data, expected, text):
    found, fields = data_of(number, data)
    assert {name: fields[name] for name in expected} == expected
    assert found.text == text
    assert not any(node.error for field in found.fields for _, node in field.walk())
    assert found.notes == []


def test_another_version_of_loc():
    found, fields = data_of(29, b"\1whatever")
    assert fields["dns.loc.unknown_data"] == b"whatever".hex()
    assert found.notes[0].section == "RFC 1876 2"


@pytest.mark.parametrize(("number", "data"), [(38, b"\x81"), (257, b"\0\0x"), (257, b"\0\3a bx")])
def test_what_is_malformed(number, data):
    assert [note.severity for note in data_of(number, data)[0].notes] == [Severity.ERROR]


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (29, bytes(9)),
        (29, b"\0"),
        (38, b"\0abc"),
        (42, b"\0\1\x18\x04abc"),
        (42, b"\0\1\x18"),
        (45, b"\1\1"),
        (55, b"\x20\2\0\1"),
        (257, b"\0\5iss"),
    ],
)
def test_what_is_cut_off(number, data):
    found, _ = data_of(number, data)
    assert any(node.error for field in found.fields for _, node in field.walk())

"""The examples of RFC 9460 appendix D.2 and D.3."""

import pytest

from support.dns import data_of, written
from workbench.api import Severity

FOO = written([b"foo", b"example", b"com"])


def parameter(key: int, value: bytes) -> bytes:
    return key.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def test_alias_form():
    found, fields = data_of(65, b"\0\0" + FOO)
    assert fields == {"dns.svcb.svcpriority": 0, "dns.svcb.targetname": "foo.example.com"}
    assert found.text == "0 foo.example.com"


def test_own_name():
    assert data_of(64, b"\0\1\0")[0].text == "1 ."


def test_port():
    assert data_of(64, b"\0\x10" + FOO + parameter(3, b"\0\x35"))[0].text == "16 foo.example.com port=53"


def test_unknown_key():
    found, fields = data_of(64, b"\0\1" + FOO + parameter(667, b"hello"))
    assert fields["dns.svcb.svcparam.value"] == b"hello".hex()
    assert found.text == "1 foo.example.com key667"


def test_hints_alpn_and_mandatory():
    data = b"\0\x10" + written([b"foo", b"example", b"org"])
    data += parameter(0, b"\0\1\0\4") + parameter(1, b"\2h2\5h3-19") + parameter(4, bytes((192, 0, 2, 1)))
    found, fields = data_of(64, data)
    assert fields["dns.svcb.svcparam.mandatory.key"] == [1, 4]
    assert fields["dns.svcb.svcparam.alpn"] == ["h2", "h3-19"]
    assert fields["dns.svcb.svcparam.ipv4hint.ip"] == "192.0.2.1"
    assert found.text == "16 foo.example.org mandatory=alpn,ipv4hint alpn=h2,h3-19 ipv4hint=192.0.2.1"
    assert found.notes == []


def test_two_ipv6_hints():
    hints = bytes.fromhex("20010db800000000000000000000000120010db8000000000000000000530001")
    _, fields = data_of(64, b"\0\1" + FOO + parameter(6, hints))
    assert fields["dns.svcb.svcparam.ipv6hint.ip"] == ["2001:db8::1", "2001:db8::53:1"]


ECH = bytes.fromhex(
    "0045fe0d0041590020002092a01233db2218518ccbbbbc24df20686af417b37388de6460e94011974777090004000100010012636c6f7564666c6172652d65"
    "63682e636f6d0000"
)


def test_an_ech_configuration():
    found, fields = data_of(65, b"\0\1\0" + parameter(5, ECH))
    prefix = "dns.svcb.svcparam.ech"
    assert fields[f"{prefix}.public_name"] == "cloudflare-ech.com"
    assert (fields[f"{prefix}.kem"], fields[f"{prefix}.kdf"], fields[f"{prefix}.aead"]) == (0x20, 1, 1)
    assert fields["dns.svcb.svcparam.echconfig"] == ECH.hex()
    assert found.text == "1 . ech=cloudflare-ech.com"


def test_a_path():
    assert data_of(64, b"\0\1\0" + parameter(7, b"/dns-query{?dns}"))[1]["dns.svcb.svcparam.dohpath"] == "/dns-query{?dns}"


@pytest.mark.parametrize(
    ("parameters", "section"),
    [
        (parameter(3, b"\0\1") + parameter(1, b"\2h2"), "RFC 9460 2.2"),
        (parameter(3, b"\0\1") + parameter(3, b"\0\1"), "RFC 9460 2.2"),
        (parameter(3, b""), "RFC 9460 2.2"),
        (parameter(0, b"\0\0"), "RFC 9460 8"),
        (parameter(0, b"\0\4\0\3"), "RFC 9460 8"),
        (parameter(1, b"\0"), "RFC 9460 7.1.1"),
    ],
)
def test_what_is_malformed(parameters, section):
    found, _ = data_of(64, b"\0\1" + FOO + parameters)
    assert [(note.severity, note.section) for note in found.notes] == [(Severity.ERROR, section)]


@pytest.mark.parametrize("value", [parameter(3, b"\1"), parameter(1, b"\5h2"), parameter(4, b"\1\2\3"), parameter(5, ECH[:-3])])
def test_what_is_cut_leaves_its_neighbours_alone(value):
    found, fields = data_of(64, b"\0\1" + FOO + value + parameter(667, b"x"))
    assert any(node.error for field in found.fields for _, node in field.walk())
    assert fields["dns.svcb.svcparam.value"] == b"x".hex()


def test_a_parameter_longer_than_its_record():
    found, _ = data_of(64, b"\0\1" + FOO + b"\0\3\0\xff\0\1")
    assert any(node.error for field in found.fields for _, node in field.walk())

import base64

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest

from support.dns import data_of
from workbench_dns.layouts import LAYOUTS

SAMPLES = {
    "A": ("192.0.2.1", {"dns.a": "192.0.2.1"}),
    "NS": ("ns1.example.", {"dns.ns": "ns1.example"}),
    "CNAME": ("www.example.", {"dns.cname": "www.example"}),
    "SOA": (
        "ns1.example. host.example. 1 2 3 4 5",
        {
            "dns.soa.mname": "ns1.example",
            "dns.soa.rname": "host.example",
            "dns.soa.serial_number": 1,
            "dns.soa.refresh_interval": 2,
            "dns.soa.retry_interval": 3,
            "dns.soa.expire_limit": 4,
            "dns.soa.minimum_ttl": 5,
        },
    ),
    "PTR": ("host.example.", {"dns.ptr.domain_name": "host.example"}),
    "HINFO": (
        '"PDP-11" "UNIX"',
        {"dns.hinfo.cpu_length": 6, "dns.hinfo.cpu": "PDP-11", "dns.hinfo.os_length": 4, "dns.hinfo.os": "UNIX"},
    ),
    "MX": ("10 mail.example.", {"dns.mx.preference": 10, "dns.mx.mail_exchange": "mail.example"}),
    "TXT": ('"one" "two"', {"dns.txt.length": [3, 3], "dns.txt": ["one", "two"]}),
    "RP": ("a.example. b.example.", {"dns.rp.mailbox": "a.example", "dns.rp.txt_rr": "b.example"}),
    "AFSDB": ("1 afs.example.", {"dns.afsdb.subtype": 1, "dns.afsdb.hostname": "afs.example"}),
    "X25": ('"311061700956"', {"dns.x25.length": 12, "dns.x25.psdn_address": "311061700956"}),
    "RT": ("2 r.example.", {"dns.rt.subtype": 2, "dns.rt.intermediate_host": "r.example"}),
    "AAAA": ("2001:db8::1", {"dns.aaaa": "2001:db8::1"}),
    "SRV": (
        "0 5 443 www.example.",
        {"dns.srv.priority": 0, "dns.srv.weight": 5, "dns.srv.port": 443, "dns.srv.target": "www.example"},
    ),
    "NAPTR": (
        '100 10 "S" "http+N2L" "!a!b!" www.example.',
        {
            "dns.naptr.order": 100,
            "dns.naptr.preference": 10,
            "dns.naptr.flags_length": 1,
            "dns.naptr.flags": "S",
            "dns.naptr.service_length": 8,
            "dns.naptr.service": "http+N2L",
            "dns.naptr.regex_length": 5,
            "dns.naptr.regex": "!a!b!",
            "dns.naptr.replacement": "www.example",
            "dns.naptr.replacement_length": 11,
        },
    ),
    "KX": ("10 kx.example.", {"dns.kx.preference": 10, "dns.kx.key_exchange": "kx.example"}),
    "CERT": (
        "1 7 8 AAEC",
        {"dns.cert.type": 1, "dns.cert.key_tag": 7, "dns.cert.algorithm": 8, "dns.cert.certificate": "000102"},
    ),
    "DNAME": ("d.example.", {"dns.dname": "d.example"}),
    "DS": (
        "60485 5 1 " + "2B" * 20,
        {"dns.ds.key_id": 60485, "dns.ds.algorithm": 5, "dns.ds.digest_type": 1, "dns.ds.digest": "2b" * 20},
    ),
    "SSHFP": (
        "4 2 " + "AB" * 32,
        {"dns.sshfp.algorithm": 4, "dns.sshfp.fingerprint.type": 2, "dns.sshfp.fingerprint": "ab" * 32},
    ),
    "RRSIG": (
        "A 13 2 3600 20261231000000 20261124000000 2371 example. AAEC",
        {
            "dns.rrsig.type_covered": 1,
            "dns.rrsig.algorithm": 13,
            "dns.rrsig.labels": 2,
            "dns.rrsig.original_ttl": 3600,
            "dns.rrsig.signature_expiration": 1798675200,
            "dns.rrsig.signature_inception": 1795478400,
            "dns.rrsig.key_tag": 2371,
            "dns.rrsig.signers_name": "example",
            "dns.rrsig.signature": "000102",
        },
    ),
    "TLSA": (
        "3 1 1 " + "0D" * 32,
        {
            "dns.tlsa.certificate_usage": 3,
            "dns.tlsa.selector": 1,
            "dns.tlsa.matching_type": 1,
            "dns.tlsa.certificate_association_data": "0d" * 32,
        },
    ),
    "ZONEMD": (
        "7 1 1 " + "01" * 48,
        {"dns.zonemd.serial": 7, "dns.zonemd.scheme": 1, "dns.zonemd.hash_algo": 1, "dns.zonemd.digest": "01" * 48},
    ),
    "NID": ("10 0014:4fff:ff20:ee64", {"dns.ilnp.nid.preference": 10, "dns.ilnp.nid": "00144fffff20ee64"}),
    "L32": ("10 10.1.2.0", {"dns.ilnp.l32.preference": 10, "dns.ilnp.l32": "10.1.2.0"}),
    "L64": ("10 2001:0DB8:1140:1000", {"dns.ilnp.l64.preference": 10, "dns.ilnp.l64": "20010db811401000"}),
    "LP": ("10 l.example.", {"dns.ilnp.lp.preference": 10, "dns.ilnp.lp": "l.example"}),
    "EUI48": ("00-00-5e-00-53-01", {"dns.eui48": "00005e005301"}),
    "EUI64": ("00-00-5e-00-00-00-53-01", {"dns.eui64": "00005e0000005301"}),
    "URI": ('10 1 "ftp://ftp.example/"', {"dns.uri.priority": 10, "dns.uri.weight": 1, "dns.uri.target": "ftp://ftp.example/"}),
    "SPF": ('"v=spf1 -all"', {"dns.spf.length": 11, "dns.spf": "v=spf1 -all"}),
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_dnspython_writes(kind):
    text, expected = SAMPLES[kind]
    number = dns.rdatatype.from_text(kind)
    wire = dns.rdata.from_text(dns.rdataclass.IN, number, text).to_wire()
    found, fields = data_of(number, wire)
    assert fields == expected
    assert not any(field.error for field in found.fields)
    assert (found.fields[0].start, found.fields[-1].end) == (0, len(wire))
    assert found.text


def test_rfc_8945_tsig():
    wire = b"\x0bhmac-sha256\0" + (1795000000).to_bytes(6, "big") + b"\x01\x2c\0\x04abcd\x12\x34\0\0\0\0"
    _, fields = data_of(250, wire)
    assert fields["dns.tsig.algorithm_name"] == "hmac-sha256"
    assert fields["dns.tsig.time_signed"] == 1795000000
    assert (fields["dns.tsig.fudge"], fields["dns.tsig.mac"], fields["dns.tsig.original_id"]) == (300, b"abcd".hex(), 0x1234)


@pytest.mark.parametrize("number", LAYOUTS)
def test_every_layout_bears_every_cut(number):
    """A key of each kind is found wherever the bytes break off: no exception, and an error or nothing left over."""
    wire = base64.b64decode("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==")
    for size in range(len(wire)):
        found, _ = data_of(number, wire[:size])
        assert all(0 <= field.start <= field.end <= size for field in found.fields)

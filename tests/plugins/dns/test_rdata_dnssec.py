import dns.dnssec
import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.dns import data_of
from workbench.api import Severity
from workbench_dns.rdata_dnssec import key_tag

KEY = "257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ=="


def wire(kind: str, text: str) -> bytes:
    return dns.rdata.from_text("IN", kind, text).to_wire()


def test_the_key_of_cloudflare():
    found, fields = data_of(48, wire("DNSKEY", KEY))
    assert fields["dns.dnskey.flags"] == 257
    assert fields["dns.dnskey.flags.zone_key"] is True
    assert fields["dns.dnskey.flags.secure_entry_point"] is True
    assert fields["dns.dnskey.flags.key_revoked"] is False
    assert fields["dns.dnskey.key_id"] == 2371
    assert found.text == "ECDSAP256SHA256 key 2371"


@given(st.integers(0, 65_535), st.sampled_from([1, 5, 8, 13]), st.binary(min_size=4, max_size=80))
def test_tags_are_those_of_dnspython(flags, algorithm, key):
    data = flags.to_bytes(2, "big") + bytes((3, algorithm)) + key
    assert key_tag(data) == dns.dnssec.key_id(dns.rdata.from_wire("IN", "DNSKEY", data, 0, len(data)))


@given(st.sets(st.integers(1, 65_535), min_size=1, max_size=40))
def test_bitmaps_have_every_type_once(types):
    from dns.rdtypes.util import Bitmap

    windows = Bitmap.from_rdtypes(sorted(types)).windows
    data = b"\1a\0" + b"".join(bytes((window, len(bits))) + bits for window, bits in windows)
    _, fields = data_of(47, data)
    said = fields["dns.resp.type"]
    assert (said if isinstance(said, list) else [said]) == sorted(types)


@pytest.mark.parametrize("bitmap", [b"\0\0", b"\0\x21" + bytes(33)])
def test_a_bitmap_of_a_wrong_size(bitmap):
    found, _ = data_of(47, b"\0" + bitmap)
    assert [note.severity for note in found.notes] == [Severity.ERROR]
    assert found.notes[0].section == "RFC 4034 4.1.2"


def test_rfc_5155_b_1():
    """The NSEC3 record of the RFC's example zone for its own name."""
    text = "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr MX DNSKEY NS SOA NSEC3PARAM RRSIG"
    found, fields = data_of(50, wire("NSEC3", text))
    assert fields["dns.nsec3.flags.opt_out"] is True
    assert fields["dns.nsec3.salt_value"] == "aabbccdd"
    assert fields["dns.nsec3.hash_value"] == "2t7b4g4vsa5smi47k61mv5bv1a22bojr"
    assert fields["dns.resp.type"] == [2, 6, 15, 46, 48, 51]
    assert found.notes[0].section == "RFC 9276 3.1"


def test_nsec3param_has_no_opt_out():
    _, fields = data_of(51, wire("NSEC3PARAM", "1 0 0 -"))
    assert fields == {"dns.nsec3.algo": 1, "dns.nsec3.flags": 0, "dns.nsec3.iterations": 0, "dns.nsec3.salt_length": 0}


def test_csync():
    found, fields = data_of(62, wire("CSYNC", "66 3 A NS AAAA"))
    assert (fields["dns.csync.flags.immediate"], fields["dns.csync.flags.soaminimum"]) == (True, True)
    assert found.text == "66 A NS AAAA"


def test_nxt_has_one_bitmap():
    _, fields = data_of(30, b"\1a\0" + bytes((0x40, 0, 0, 2)))
    assert fields["dns.resp.type"] == [1, 30]


def test_an_old_key():
    _, fields = data_of(25, bytes.fromhex("0100030503010001"))
    assert fields["dns.key.flags"] == 256
    assert fields["dns.key.algorithm"] == 5

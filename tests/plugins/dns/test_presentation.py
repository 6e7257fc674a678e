import dns.name
import dns.rdata
import dns.rdatatype
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workbench_dns.presentation import labels_of, rdata_of, type_of
from workbench_dns.writer import Writer

ORIGIN = (b"example",)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        (".", ()),
        ("a.b.", (b"a", b"b")),
        ("a", (b"a", b"example")),
        ("@", ORIGIN),
        ("a\\.b.", (b"a.b",)),
        ("\\000\\255.", (b"\0\xff",)),
        ("a\\\\.", (b"a\\",)),
    ],
)
def test_names(text, labels):
    assert labels_of(text, ORIGIN) == labels


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4))
@example([b"."])
@example([b"\\", b"@"])
def test_names_that_dnspython_writes(labels):
    name = dns.name.Name([*labels, b""])
    assert labels_of(name.to_text()) == tuple(labels)
    assert labels_of(name.to_text(omit_final_dot=True), ORIGIN) == (*labels, *ORIGIN)


@pytest.mark.parametrize("text", ["a..b.", ".a.", "..", "\\256.", "\\1.", "a\\", "a" * 64 + ".", ".".join(["a" * 60] * 5) + "."])
def test_what_is_no_name(text):
    with pytest.raises(ValueError, match="no domain name"):
        labels_of(text)


def test_types():
    assert type_of("https") == 65
    assert type_of("TYPE65400") == 65_400
    with pytest.raises(ValueError, match="no record type"):
        type_of("TYPE99999")


SAMPLES = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "SOA": "ns1.example. host.example. 1 2 3 4 5",
    "MX": "10 mail.example.",
    "TXT": "one two",
    "SRV": "0 5 443 www.example.",
    "NAPTR": "100 10 S http+N2L x www.example.",
    "CAA": "0 issue ca.example",
    "DS": "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
    "DNSKEY": "257 3 13 AAEC",
    "RRSIG": "A 13 2 3600 1798761600 1795651200 2371 example. AAEC",
    "NSEC": "a.example. A MX RRSIG TYPE1234",
    "TLSA": "3 1 1 " + "0D" * 32,
    "SSHFP": "4 2 " + "12" * 32,
    "CSYNC": "66 3 A NS AAAA",
    "ZONEMD": "7 1 241 0102030405060708090A0B0C",
    "URI": "10 1 ftp://ftp.example/",
    "HINFO": "a b",
    "CERT": "1 0 8 AAEC",
    "RP": "a.example. b.example.",
    "DNAME": "d.example.",
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_records_are_those_of_dnspython(kind):
    number = dns.rdatatype.from_text(kind)
    words = SAMPLES[kind].split()
    writer = Writer()
    for piece in rdata_of(number, words, ORIGIN):
        if isinstance(piece, bytes):
            writer.data += piece
        else:
            writer.name(piece[0], compress=False)
    quoted = SAMPLES[kind] if kind != "URI" else '10 1 "ftp://ftp.example/"'
    assert bytes(writer.data) == dns.rdata.from_text("IN", number, quoted).to_wire()


def test_rfc_3597_5():
    assert rdata_of(731, ["\\#", "6", "abcdef", "012345"], ()) == (bytes.fromhex("abcdef012345"),)
    assert rdata_of(731, ["\\#", "0"], ()) == ()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (1, []),
        (1, ["192.0.2"]),
        (1, ["192.0.2.1", "more"]),
        (28, ["::g"]),
        (15, ["70000", "a."]),
        (15, ["ten", "a."]),
        (16, ["x" * 256]),
        (48, ["257", "3", "13", "A"]),
        (52, ["3", "1", "1", "zz"]),
        (731, ["abc"]),
        (731, ["\\#", "3", "ab"]),
    ],
)
def test_what_is_no_record(kind, words):
    with pytest.raises(ValueError, match=r"."):
        rdata_of(kind, words, ())

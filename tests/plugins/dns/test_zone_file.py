import dns.zone
import pytest

from workbench_dns.writer import Writer
from workbench_dns.zone_file import read_zone
from workbench_dns.zone_text import ZONE

HEAD = "$ORIGIN example.\n$TTL 1h\n@ SOA ns host ( 1 ; serial\n  2h 3 4\n  5 )\n"


def test_rfc_1035_5_3():
    """The example of the RFC, adapted to one file."""
    zone = read_zone(
        """
@   IN  SOA     VENERA.ISI.EDU.      Action\\.domains.ISI.EDU. (
                                 20     ; SERIAL
                                 7200   ; REFRESH
                                 600    ; RETRY
                                 3600000; EXPIRE
                                 60)    ; MINIMUM

        NS      A.ISI.EDU.
        NS      VENERA.ISI.EDU.
        MX      10      VENERA.ISI.EDU.
A.ISI.EDU.       A       26.3.0.103
VENERA.ISI.EDU. 600 IN A 10.1.0.52
                A       128.9.0.32
"""
    )
    assert zone.origin == ()
    assert [it.ttl for it in zone.records((b"venera", b"isi", b"edu"), 1)] == [600, 3600]
    assert zone.soa.data[1] == ((b"Action.domains", b"ISI", b"EDU"), True)


def test_ttls_have_units():
    zone = read_zone(HEAD + "a 1h30m A 192.0.2.1\nb A 192.0.2.2\nc IN 90 A 192.0.2.3\n")
    assert [zone.records((name, b"example"), 1)[0].ttl for name in (b"a", b"b", b"c")] == [5400, 3600, 90]


def test_quoted_strings_keep_blanks_and_semicolons():
    zone = read_zone(HEAD + 't TXT "a; b" c "say \\"hi\\""\n')
    assert zone.records((b"t", b"example"), 16)[0].data == (b'\4a; b\1c\x08say "hi"',)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (HEAD + "a A nonsense\n", "line 6"),
        (HEAD + "a WHAT x\n", "line 6"),
        (HEAD + "$INCLUDE other\n", "line 6"),
        (HEAD + 'a TXT "open\n', "line"),
        (HEAD + "a TXT ( x\n", "line"),
        (HEAD + "a\n", "line 6"),
        ("  A 192.0.2.1\n", "line 1"),
    ],
)
def test_what_cannot_be_read_names_its_line(text, line):
    with pytest.raises(ValueError, match=line):
        read_zone(text)


def test_dnspython_reads_the_built_in_zone_alike():
    known = "\n".join(line for line in ZONE.split("\n") if line.split()[:1] not in (["MB"], ["MINFO"]))
    theirs = dns.zone.from_text(known, relativize=False)
    ours = read_zone(ZONE)
    seen = 0
    for name, node in theirs.nodes.items():
        labels = tuple(label.lower() for label in name.labels if label)
        for rdataset in node.rdatasets:
            kind = int(rdataset.rdtype)
            wires = set()
            for record in ours.records(labels, kind):
                writer = Writer()
                for piece in record.data:
                    if isinstance(piece, bytes):
                        writer.data += piece
                    else:
                        writer.name(piece[0], compress=False)
                wires.add(bytes(writer.data))
            assert wires == {record.to_wire() for record in rdataset}, (name, kind)
            seen += 1
    assert seen > 60

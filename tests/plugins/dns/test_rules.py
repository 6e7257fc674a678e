import pytest

from dissectors import converse
from support.dns import decoded
from workbench.api import Direction, Severity
from workbench_dns import PROTOCOL, PROTOCOL_MDNS
from workbench_dns.queries import opt_record, query

SOA = b"\0\x06\0\1\0\0\0\0\0\x16\0\0" + bytes(20)


def notes(raw: bytes, spec=PROTOCOL) -> list[tuple[Severity, str]]:
    return [(note.severity, note.section) for note in decoded(raw, spec=spec).notes]


def answer(*records: bytes, flags: int = 0x8400, kind: int = 1) -> bytes:
    head = b"\0\1" + flags.to_bytes(2, "big") + b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
    return head + b"\1a\0" + kind.to_bytes(2, "big") + b"\0\1" + b"".join(records)


def record(kind: int, data: bytes, ttl: int = 60) -> bytes:
    return b"\xc0\x0c" + kind.to_bytes(2, "big") + b"\0\1" + ttl.to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def test_a_plain_query_is_unremarkable():
    assert notes(query("example.org.", records=[opt_record()])) == []


@pytest.mark.parametrize(
    ("raw", "severity", "section"),
    [
        (query("a.", flags=0x3800), Severity.WARN, "RFC 6895 2.2"),
        (query("a.", flags=0x0800), Severity.NOTE, "RFC 3425 3"),
        (query("a.", flags=0x0040), Severity.NOTE, "RFC 6895 2.1"),
        (query("a.", flags=0x0003), Severity.NOTE, "RFC 1035 4.1.1"),
        (query("a.", flags=0x8300), Severity.CHAT, "RFC 2181 9"),
        (query("a.", more=[("b.", "A")]), Severity.WARN, "RFC 9619 4"),
        (query("a.", "OPT"), Severity.WARN, "RFC 6895 3.1"),
        (query("a.") + b"!", Severity.WARN, "RFC 1035 4.1"),
        (query("a.", records=[opt_record(), opt_record()]), Severity.ERROR, "RFC 6891 6.1.1"),
        (query("a.", records=[opt_record(version=1)]), Severity.NOTE, "RFC 6891 6.1.3"),
        (query("a.", records=[opt_record(size=100)]), Severity.NOTE, "RFC 6891 6.2.3"),
        (query("a.", records=[opt_record(flags=1)]), Severity.NOTE, "RFC 6891 6.1.4"),
        (query("a.", records=[opt_record([(3, b""), (3, b"")])]), Severity.NOTE, "RFC 6891 6.1.2"),
        (query("a.", records=[opt_record([(11, b"\0\1")])]), Severity.WARN, "RFC 7828 3.2.1"),
        (query("a.", flags=0x2800, more=[("b.", "SOA")]), Severity.WARN, "RFC 2136 2.3"),
        (answer(record(5, b"\1b\0"), record(5, b"\1c\0")), Severity.WARN, "RFC 2181 10.1"),
        (answer(record(1, bytes(4)), record(1, bytes(4), 61)), Severity.NOTE, "RFC 2181 5.2"),
        (answer(record(1, bytes(5))), Severity.WARN, "RFC 1035 3.2.1"),
        (answer(record(41, b"")), Severity.ERROR, "RFC 6891 6.1.1"),
        (answer(record(16, b"\xff" + b"x" * 255), record(16, b"\xff" + b"y" * 255)), Severity.NOTE, "RFC 1035 4.2.1"),
        (answer()[:-1], Severity.ERROR, "RFC 1035 4.1"),
    ],
)
def test_what_is_remarkable(raw, severity, section):
    assert (severity, section) in notes(raw)


def test_tsig_comes_last():
    tsig = b"\0\0\xfa\0\xff\0\0\0\0\0\x11\0" + bytes(16)
    assert (Severity.ERROR, "RFC 8945 5.1") in notes(query("a.", records=[tsig, opt_record()]))
    assert notes(query("a.", records=[opt_record(), tsig])) == []


def test_a_transfer_has_its_soa_twice():
    assert notes(answer(b"\xc0\x0c" + SOA, b"\xc0\x0c" + SOA, flags=0x8400, kind=252)) == []


def test_ids_of_multicast_messages():
    assert notes(query("a.local.", number=7, flags=0), PROTOCOL_MDNS) == [(Severity.NOTE, "RFC 6762 18.1")]
    assert notes(query("a.local.", number=0, flags=0, more=[("b.local.", "A")]), PROTOCOL_MDNS) == []


def test_errors_make_a_message_a_bad_one():
    [message] = converse(PROTOCOL, [(Direction.TO_SERVER, query("a.", records=[opt_record(), opt_record()]))])
    assert message.errors
    assert (message.label, message.value, message.exchange) == ("", None, None)

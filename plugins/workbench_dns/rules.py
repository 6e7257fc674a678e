"""What is remarkable about a message that could be read: remarks with the section that says so."""

from collections.abc import Iterator

from workbench.api import Note, Severity
from workbench_dns.header import QUERY, UPDATE, Flavour
from workbench_dns.message import Parsed
from workbench_dns.vocabulary import META_TYPES, OPCODES, OPT, TSIG, type_name

__all__ = ["remarks"]

_TC, _Z = 0x0200, 0x0040

_SINGLETONS = {5: "RFC 2181 10.1", 6: "RFC 1035 5.2", 39: "RFC 6672 2.4"}
"""Types of which a name has one record at most."""

_KEY_TYPES = frozenset((24, 25, 46, 47, 30))
"""What may stand beside a CNAME (RFC 4034 2.5 and before)."""


def remarks(parsed: Parsed, size: int, origin: int, flavour: Flavour) -> Iterator[Note]:
    """Everything worth saying about a message of `size` bytes (its length prefix of `origin` bytes included)."""
    if parsed.error:
        yield Note(Severity.ERROR, parsed.error, min(parsed.end, size), size, "RFC 1035 4.1")
    yield from _header(parsed, origin, flavour)
    if flavour is Flavour.DNS:
        yield from _questions(parsed, origin)
    yield from _edns(parsed, size, origin, flavour)
    yield from _signatures(parsed)
    yield from _records(parsed)


def _header(parsed: Parsed, origin: int, flavour: Flavour) -> Iterator[Note]:
    start, end = origin + 2, origin + 4
    if parsed.opcode not in OPCODES:
        yield Note(Severity.WARN, f"opcode {parsed.opcode} is not assigned", start, end, "RFC 6895 2.2")
    elif parsed.opcode == 1:
        yield Note(Severity.NOTE, "inverse queries are obsolete", start, end, "RFC 3425 3")
    if parsed.flags & _Z and flavour is Flavour.DNS:
        yield Note(Severity.NOTE, "the reserved bit Z is set", start, end, "RFC 6895 2.1")
    if not parsed.response and parsed.flags & 15 and parsed.opcode == QUERY:
        yield Note(Severity.NOTE, "a query carries a response code", start, end, "RFC 1035 4.1.1")
    if parsed.response and parsed.flags & _TC and flavour is Flavour.DNS:
        yield Note(Severity.CHAT, "the answer is truncated: the client asks again over TCP", start, end, "RFC 2181 9")
    if flavour is Flavour.MDNS and parsed.id:
        text = "multicast messages have the id 0, unless a unicast answer is wanted"
        yield Note(Severity.NOTE, text, origin, origin + 2, "RFC 6762 18.1")


def _questions(parsed: Parsed, origin: int) -> Iterator[Note]:
    count = parsed.counts[0]
    if parsed.opcode == QUERY and count > 1:
        yield Note(Severity.WARN, f"{count} questions in one query", origin + 4, origin + 6, "RFC 9619 4")
    if parsed.opcode == UPDATE and count != 1:
        yield Note(Severity.WARN, f"an update names one zone, not {count}", origin + 4, origin + 6, "RFC 2136 2.3")
    if parsed.opcode == QUERY and not parsed.response and parsed.counts[1]:
        yield Note(Severity.NOTE, "a query carries answers", origin + 6, origin + 8, "RFC 1035 4.1.1")
    for question in parsed.questions:
        if question.type in (OPT, TSIG):
            text = f"type {type_name(question.type)} cannot be asked for"
            yield Note(Severity.WARN, text, question.name.end, question.end, "RFC 6895 3.1")


def _edns(parsed: Parsed, size: int, origin: int, flavour: Flavour) -> Iterator[Note]:
    opts = [record for record in parsed.records if record.type == OPT]
    for place, record in enumerate(opts):
        edns = record.edns
        assert edns is not None
        if place:
            yield Note(Severity.ERROR, "a second OPT record", record.start, record.end, "RFC 6891 6.1.1")
        if record.section != 2:
            yield Note(Severity.ERROR, "OPT outside the additional section", record.start, record.end, "RFC 6891 6.1.1")
        if edns.version:
            yield Note(Severity.NOTE, f"EDNS version {edns.version}; 0 is in use", record.start, record.end, "RFC 6891 6.1.3")
        if edns.size < 512 and flavour is Flavour.DNS:
            text = f"a payload size of {edns.size} counts as 512"
            yield Note(Severity.NOTE, text, record.start, record.end, "RFC 6891 6.2.3")
        twice = sorted({code for code in edns.codes if edns.codes.count(code) > 1 and code not in (15, 20730)})
        if twice:
            text = f"option {', '.join(map(str, twice))} comes more than once"
            yield Note(Severity.NOTE, text, record.start, record.end, "RFC 6891 6.1.2")
        if 11 in edns.codes and not origin:
            yield Note(Severity.WARN, "TCP Keepalive over UDP", record.start, record.end, "RFC 7828 3.2.1")
    if not opts and parsed.response and not origin and size > 512 and flavour is Flavour.DNS:
        yield Note(Severity.NOTE, f"{size} bytes over UDP without EDNS; 512 are allowed", 0, size, "RFC 1035 4.2.1")


def _signatures(parsed: Parsed) -> Iterator[Note]:
    for place, record in enumerate(parsed.records):
        if record.type == TSIG and (record.section != 2 or place != len(parsed.records) - 1):
            yield Note(Severity.ERROR, "TSIG is not the last record", record.start, record.end, "RFC 8945 5.1")


def _records(parsed: Parsed) -> Iterator[Note]:
    if parsed.opcode != QUERY:
        return
    once: dict[tuple[tuple[bytes, ...], int], str] = {}
    ttls: dict[tuple[tuple[bytes, ...], int, int], int] = {}
    for record in parsed.records:
        if record.error or record.type in META_TYPES or record.section:
            continue
        owner = tuple(map(bytes.lower, record.name.labels))
        single = record.type in _SINGLETONS and not _is_transfer(parsed)
        if single and once.setdefault((owner, record.type), record.text) != record.text:
            text = f"{record.name.text} has more than one {type_name(record.type)} record"
            yield Note(Severity.WARN, text, record.start, record.end, _SINGLETONS[record.type])
        if record.type not in _KEY_TYPES and ttls.setdefault((owner, record.type, record.klass), record.ttl) != record.ttl:
            text = f"TTLs differ within the {type_name(record.type)} records of {record.name.text}"
            yield Note(Severity.NOTE, text, record.start, record.end, "RFC 2181 5.2")


def _is_transfer(parsed: Parsed) -> bool:
    """Whether it is (a part of) a zone on its way: its SOA comes twice, and in an incremental one there are many."""
    return any(question.type in (251, 252) for question in parsed.questions) or not parsed.questions

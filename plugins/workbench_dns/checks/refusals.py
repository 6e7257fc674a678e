"""What a server does with queries that are none, or that it does not know: says so, and lives on."""

from workbench.api import CheckFailed
from workbench_dns.checks.talk import FORMERR, NOERROR, NOTIMP, NXDOMAIN, Row, Talk, rcode
from workbench_dns.queries import query

__all__ = ["ROWS"]

_REFUSED, _SERVFAIL = 5, 2
_HEAD = bytes.fromhex("123401000001000000000000")
_TAIL = b"\0\x01\0\x01"


def _unknown_opcode(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("zone"), "SOA", flags=15 << 11))
    rcode(answer, NOTIMP)
    if answer.opcode != 15:
        raise CheckFailed(f"expected opcode 15 to be repeated, got {answer.opcode}")


def _inverse_query(talk: Talk) -> None:
    rcode(talk.ask(query(talk.option("zone"), "A", flags=1 << 11)), NOTIMP)


def _two_questions(talk: Talk) -> None:
    name = talk.option("name")
    rcode(talk.ask(query(name, more=[(name, "AAAA")])), FORMERR)


def _question_cut_off(talk: Talk) -> None:
    whole = query(talk.option("name"))
    for size in (13, len(whole) // 2, len(whole) - 5, len(whole) - 1):
        talk.refuses(whole[:size], FORMERR, _SERVFAIL)


def _question_missing(talk: Talk) -> None:
    talk.refuses(_HEAD, FORMERR, _SERVFAIL)


def _pointer_to_itself(talk: Talk) -> None:
    talk.refuses(_HEAD + b"\xc0\x0c" + _TAIL, FORMERR, _SERVFAIL, _REFUSED, NOTIMP)


def _pointers_in_a_circle(talk: Talk) -> None:
    talk.refuses(_HEAD + b"\x01a\xc0\x0c" + _TAIL, FORMERR, _SERVFAIL, _REFUSED, NOTIMP)


def _pointer_behind_the_end(talk: Talk) -> None:
    talk.refuses(_HEAD + b"\xff\xff" + _TAIL, FORMERR, _SERVFAIL, _REFUSED)


def _reserved_label_types(talk: Talk) -> None:
    for first in (0x40, 0x7F, 0x80, 0xBF):
        talk.refuses(_HEAD + bytes((first,)) + bytes(70) + _TAIL, FORMERR, _SERVFAIL, NOTIMP)


def _name_too_long(talk: Talk) -> None:
    talk.refuses(_HEAD + (b"\x3f" + b"a" * 63) * 5 + b"\0" + _TAIL, FORMERR, _SERVFAIL, _REFUSED)


def _longest_name(talk: Talk) -> None:
    """255 bytes are a name like any other."""
    rest = query(talk.option("zone"))[12:-4]
    labels, size = b"", 255 - len(rest)
    while size > 0:
        part = min(63, size - 1 if size != 65 else 62)
        labels, size = labels + bytes((part,)) + b"a" * part, size - part - 1
    rcode(talk.ask(_HEAD + labels + rest + _TAIL), NOERROR, NXDOMAIN)


def _records_missing(talk: Talk) -> None:
    message = bytearray(query(talk.option("name")))
    message[11] = 5
    talk.refuses(bytes(message), FORMERR, _SERVFAIL)


def _unknown_type(talk: Talk) -> None:
    rcode(talk.question("name", 65_399), NOERROR)


def _unknown_class(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), klass=0x4242))
    if any(record.section == 0 for record in answer.records):
        raise CheckFailed("expected no records of a class that does not exist, got some")


def _type_zero(talk: Talk) -> None:
    talk.refuses(query(talk.option("name"), 0), NOERROR, FORMERR, NOTIMP, _REFUSED, _SERVFAIL)


def _random_bytes(talk: Talk) -> None:
    """The same ones each time."""
    for seed in range(8):
        talk.refuses(bytes((seed * 37 + place * 101) & 0x7F for place in range(40)), *range(1, 11))


ROWS: tuple[Row, ...] = (
    ("opcode-unknown", "RFC 1035 4.1.1", "A kind of query that is not known is answered with NOTIMP", _unknown_opcode),
    ("iquery", "RFC 3425 3", "Inverse queries are answered with NOTIMP", _inverse_query),
    ("two-questions", "RFC 9619 4", "A query with two questions is answered with FORMERR", _two_questions),
    ("question-cut-off", "RFC 1035 4.1.1", "A query that breaks off is not understood", _question_cut_off),
    ("question-missing", "RFC 1035 4.1.1", "A query without its question is not understood", _question_missing),
    ("pointer-to-itself", "RFC 1035 4.1.4", "A pointer to itself is no name, and no trap", _pointer_to_itself),
    ("pointers-in-a-circle", "RFC 1035 4.1.4", "Pointers in a circle are no name, and no trap", _pointers_in_a_circle),
    ("pointer-behind-the-end", "RFC 1035 4.1.4", "A pointer behind the message is no name", _pointer_behind_the_end),
    ("label-types", "RFC 6891 5", "Labels of types that are not in use are not understood", _reserved_label_types),
    ("name-too-long", "RFC 1035 2.3.4", "A name of more than 255 bytes is not understood", _name_too_long),
    ("name-longest", "RFC 1035 2.3.4", "A name of 255 bytes is understood", _longest_name),
    ("records-missing", "RFC 1035 4.1.1", "A message with fewer records than it announces is not understood", _records_missing),
    ("type-unknown", "RFC 3597 3", "A type that is not known is one without records", _unknown_type),
    ("class-unknown", "RFC 1035 3.2.4", "Records are given in the class that was asked for", _unknown_class),
    ("type-zero", "RFC 6895 3.1", "A question for type 0 harms nobody", _type_zero),
    ("random-bytes", "RFC 1035 4.1", "Bytes that are no message harm nobody", _random_bytes),
)

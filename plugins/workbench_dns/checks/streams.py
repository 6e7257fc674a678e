"""DNS over TCP: messages with their length before them, many on one connection (RFC 7766, RFC 9210, RFC 5936)."""

from workbench.api import CheckFailed, CheckSkipped
from workbench_dns.checks.talk import NOERROR, Row, Talk, expect, rcode, should
from workbench_dns.queries import framed, query

__all__ = ["ROWS"]

_TC = 0x0200
_MANY = 20
_LONGEST_TRANSFER = 1_000
"""Messages of a transfer that are waited for."""


def _ids(talk: Talk, count: int) -> list[int]:
    return sorted(talk.receive()[0].id for _ in range(count))


def _length_true(talk: Talk) -> None:
    talk.send(query(talk.option("name")))
    parsed, raw = talk.receive()
    expect(parsed.end, len(raw), "the end of the last record at")


def _length_alone(talk: Talk) -> None:
    """The length in one segment, the message in another."""
    message = framed(query(talk.option("name")))
    talk.peer.send(message[:2])
    if talk.maybe_receive(0.3) is not None:
        raise CheckFailed("expected the rest of the query to be waited for, got an answer")
    talk.peer.send(message[2:])
    rcode(talk.receive()[0], NOERROR)


def _byte_by_byte(talk: Talk) -> None:
    for byte in framed(query(talk.option("name"))):
        talk.peer.send(bytes((byte,)))
    rcode(talk.receive()[0], NOERROR)


def _two_in_one_segment(talk: Talk) -> None:
    name = talk.option("name")
    talk.peer.send(framed(query(name, number=1)) + framed(query(name, "AAAA", number=2)))
    expect(_ids(talk, 2), [1, 2], "ids")


def _many_waiting(talk: Talk) -> None:
    name = talk.option("name")
    talk.peer.send(b"".join(framed(query(name, number=number)) for number in range(_MANY)))
    expect(_ids(talk, _MANY), list(range(_MANY)), "ids")


def _answers_belong(talk: Talk) -> None:
    """However they are ordered, id and question of each answer fit together."""
    name = talk.option("name")
    kinds = {1: "A", 2: "AAAA", 3: "MX", 4: "TXT"}
    numbers = {1: 1, 2: 28, 3: 15, 4: 16}
    talk.peer.send(b"".join(framed(query(name, kind, number=number)) for number, kind in kinds.items()))
    for _ in kinds:
        parsed, _ = talk.receive()
        expect(parsed.questions[0].type if parsed.questions else None, numbers.get(parsed.id), "the question's type")


def _stays_open(talk: Talk) -> None:
    for number in range(3):
        expect(talk.ask(query(talk.option("name"), number=number)).id, number, "id")


def _second_query_in_pieces(talk: Talk) -> None:
    name = talk.option("name")
    two = framed(query(name, number=1)) + framed(query(name, number=2))
    talk.peer.send(two[: len(two) - 7])
    expect(talk.receive()[0].id, 1, "id")
    talk.peer.send(two[len(two) - 7 :])
    expect(talk.receive()[0].id, 2, "id")


def _never_truncated(talk: Talk) -> None:
    parsed = rcode(talk.question("large", "TXT"), NOERROR)
    expect(bool(parsed.flags & _TC), False, "TC")


def _large_answer(talk: Talk) -> None:
    talk.send(query(talk.option("large"), "TXT"))
    parsed, raw = talk.receive()
    rcode(parsed, NOERROR)
    if len(raw) <= 512:
        raise CheckFailed(f"expected the whole answer, got {len(raw)} bytes")


def _empty_message(talk: Talk) -> None:
    talk.peer.send(b"\0\0")
    talk.alive()


def _half_a_message(talk: Talk) -> None:
    """A client that leaves in the middle harms nobody."""
    talk.peer.send(framed(query(talk.option("name")))[:-3])
    talk.peer.finish()
    talk.alive()


def _longest_message(talk: Talk) -> None:
    """65,535 bytes may come; they need not be understood."""
    talk.peer.send(framed(query(talk.option("name")) + bytes(65_000)))
    talk.alive()


def _answers_before_the_end(talk: Talk) -> None:
    talk.send(query(talk.option("name"), number=7))
    talk.peer.finish()
    expect(talk.receive()[0].id, 7, "id")


def _transfer_complete(talk: Talk) -> None:
    talk.send(query(talk.option("zone"), "AXFR"))
    kinds: list[int] = []
    for _ in range(_LONGEST_TRANSFER):
        parsed, _ = talk.receive()
        if parsed.rcode:
            raise CheckSkipped("the target does not transfer its zone")
        kinds += [record.type for record in parsed.records if record.section == 0]
        if kinds.count(6) == 2:
            break
    if kinds[:1] != [6] or kinds[-1:] != [6] or len(kinds) < 3:
        raise CheckFailed("expected a zone between two SOA records, got something else")


ROWS: tuple[Row, ...] = (
    ("length-true", "RFC 1035 4.2.2", "The length before a message is that of the message", _length_true),
    ("length-alone", "RFC 7766 8", "Length and message may come in two segments", _length_alone),
    ("byte-by-byte", "RFC 7766 8", "A query may come in any pieces", _byte_by_byte),
    ("two-in-one-segment", "RFC 7766 6.2.1.1", "Two queries may come in one segment", _two_in_one_segment),
    ("many-waiting", "RFC 7766 6.2.1.1", "A client need not wait for answers", _many_waiting),
    ("answers-belong", "RFC 7766 7", "Answers are told apart by id and question", _answers_belong),
    ("second-in-pieces", "RFC 7766 6.2.1.1", "A whole query is answered before the next one is", _second_query_in_pieces),
    should("stays-open", "RFC 7766 6.2.3", "A connection serves more than one query", _stays_open),
    ("never-truncated", "RFC 9210 3.1", "An answer that fits into a message is not truncated", _never_truncated),
    ("large-answer", "RFC 7766 5", "An answer too long for UDP comes whole", _large_answer),
    ("empty-message", "RFC 1035 4.2.2", "A message of no bytes harms nobody", _empty_message),
    ("half-a-message", "RFC 7766 6.2.4", "A client that leaves in the middle of a query harms nobody", _half_a_message),
    ("longest-message", "RFC 1035 4.2.2", "A message of any length harms nobody", _longest_message),
    should(
        "answers-before-the-end", "RFC 7766 6.2.4", "A client that has no more to ask gets its answers", _answers_before_the_end
    ),
    ("transfer", "RFC 5936 2.2", "A transfer begins and ends with the SOA", _transfer_complete),
)

"""What the header of an answer repeats, sets and leaves alone (RFC 1035 4.1.1)."""

from workbench.api import CheckFailed
from workbench_dns.checks.talk import Row, Talk, expect, rcode, should
from workbench_dns.names import name_text
from workbench_dns.queries import query

__all__ = ["ROWS"]

_RD, _RA, _Z, _AA, _TC, _CD, _AD = 0x0100, 0x0080, 0x0040, 0x0400, 0x0200, 0x0010, 0x0020


def _id_repeated(talk: Talk) -> None:
    for number in (0x0000, 0x0001, 0x8000, 0xFFFF):
        expect(talk.ask(query(talk.option("name"), number=number)).id, number, "id")


def _response_marked(talk: Talk) -> None:
    if not talk.question("name").response:
        raise CheckFailed("expected QR to be set in an answer, it is not")


def _opcode_repeated(talk: Talk) -> None:
    expect(talk.question("name").opcode, 0, "opcode")


def _recursion_desired_repeated(talk: Talk) -> None:
    expect(bool(talk.ask(query(talk.option("name"), flags=_RD)).flags & _RD), True, "RD")


def _recursion_desired_not_made_up(talk: Talk) -> None:
    expect(bool(talk.ask(query(talk.option("name"), flags=0)).flags & _RD), False, "RD")


def _reserved_bit_zero(talk: Talk) -> None:
    expect(bool(talk.question("name").flags & _Z), False, "the reserved bit")


def _reserved_bit_not_repeated(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), flags=_RD | _Z))
    expect(bool(answer.flags & _Z), False, "the reserved bit")


def _checking_disabled_cleared(talk: Talk) -> None:
    answer = talk.ask(query(talk.option("name"), flags=_RD | _CD))
    if answer.flags & _AA:
        expect(bool(answer.flags & _CD), False, "CD")


def _authentic_not_claimed(talk: Talk) -> None:
    expect(bool(talk.ask(query(talk.option("name"), flags=_RD)).flags & _AD), False, "AD")


def _question_repeated(talk: Talk) -> None:
    answer = talk.question("name", "AAAA")
    expect(len(answer.questions), 1, "questions:")
    [asked] = answer.questions
    expect(asked.name.text.lower(), talk.option("name").rstrip(".").lower(), "the question's name")
    expect((asked.type, asked.klass), (28, 1), "its type and class")


def _spelling_repeated(talk: Talk) -> None:
    name = _odd(talk.option("name"))
    answer = talk.ask(query(name))
    expect(answer.questions[0].name.text if answer.questions else "", name.rstrip("."), "the question's name")


def _spelling_ignored(talk: Talk) -> None:
    plain = rcode(talk.question("name"), 0).counts[1]
    expect(rcode(talk.ask(query(_odd(talk.option("name")))), 0).counts[1], plain, "answers:")


def _nothing_behind(talk: Talk) -> None:
    talk.send(query(talk.option("name")))
    parsed, raw = talk.receive()
    expect(parsed.end, len(raw), "the end of the last record at")


def _pointers_lead_back(talk: Talk) -> None:
    for option, kind in (("name", "A"), ("alias", "A"), ("zone", "NS")):
        answer = talk.question(option, kind)
        names = [name for record in answer.records for name in (record.name, *record.names)]
        for name in (*names, *(asked.name for asked in answer.questions)):
            if name.error or name.pointer >= name.start:
                raise CheckFailed(f"expected a pointer to an earlier name, got {name.pointer} in {name_text(name.labels)}")


def _short_header_ignored(talk: Talk) -> None:
    talk.refuses(query(talk.option("name"))[:7], 1)


def _response_not_answered(talk: Talk) -> None:
    talk.send(query(talk.option("name"), flags=0x8100))
    if talk.maybe_receive(1.0) is not None:
        raise CheckFailed("expected no answer to an answer: two servers would never stop")
    talk.alive()


def _odd(name: str) -> str:
    return "".join(char.upper() if place % 2 else char.lower() for place, char in enumerate(name))


ROWS: tuple[Row, ...] = (
    ("id-repeated", "RFC 1035 4.1.1", "The id of a query is copied into its answer", _id_repeated),
    ("response-marked", "RFC 1035 4.1.1", "QR is set in an answer", _response_marked),
    ("opcode-repeated", "RFC 1035 4.1.1", "The opcode is copied into the answer", _opcode_repeated),
    ("rd-repeated", "RFC 1035 4.1.1", "RD is copied into the answer", _recursion_desired_repeated),
    ("rd-not-made-up", "RFC 1035 4.1.1", "RD is clear in the answer to a query without it", _recursion_desired_not_made_up),
    ("z-zero", "RFC 1035 4.1.1", "The reserved bit is zero in all answers", _reserved_bit_zero),
    ("z-not-repeated", "RFC 6895 2.1", "The reserved bit is zero, whatever the query has", _reserved_bit_not_repeated),
    should("cd-cleared", "RFC 4035 3.1.6", "CD is clear in authoritative answers", _checking_disabled_cleared),
    ("ad-not-claimed", "RFC 6840 5.8", "AD is clear for a client that did not ask for it", _authentic_not_claimed),
    ("question-repeated", "RFC 1035 4.1.2", "The answer repeats the question", _question_repeated),
    should("spelling-repeated", "RFC 4343 4.1", "The question comes back as it was spelt", _spelling_repeated),
    ("spelling-ignored", "RFC 4343 3", "Capital and small letters name the same", _spelling_ignored),
    ("nothing-behind", "RFC 1035 4.1", "The message ends with its last record", _nothing_behind),
    ("pointers-lead-back", "RFC 1035 4.1.4", "A pointer leads to a prior occurrence of the name", _pointers_lead_back),
    ("short-header", "RFC 1035 4.1.1", "A cut header harms nobody", _short_header_ignored),
    ("response-ignored", "RFC 1035 4.1.1", "A response is no query, and is not answered", _response_not_answered),
)

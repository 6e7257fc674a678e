"""A message in one line, and in one word for the state table."""

from workbench_dns.header import DSO, QUERY, UPDATE
from workbench_dns.message import Parsed
from workbench_dns.records import Question, Record
from workbench_dns.vocabulary import OPT, class_name, opcode_name, rcode_name, type_name

__all__ = ["label_of", "summary_of"]

_SHOWN = 4
"""Records named in one line."""

_SIGNATURES = (24, 46)


def label_of(parsed: Parsed) -> str:
    """The opcode of a request, the code of a response."""
    return rcode_name(parsed.rcode) if parsed.response else opcode_name(parsed.opcode)


def _question(question: Question) -> str:
    klass = "" if question.klass == 1 else f" {class_name(question.klass)}"
    return f"{type_name(question.type)} {question.name.text}{klass}"


def _record(record: Record, asked: Question | None) -> str:
    """Only what the question does not say already."""
    said = record.text if len(record.text) <= 80 else f"{record.text[:79]}…"
    if asked is not None and record.type == asked.type:
        return said or type_name(record.type)
    return f"{type_name(record.type)} {said}".rstrip()


def _many(texts: list[str], count: int) -> str:
    more = f" and {count - _SHOWN} more" if count > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + more


def _answer(parsed: Parsed, asked: Question | None) -> str:
    answers = [record for record in parsed.records if record.section == 0]
    shown = [record for record in answers if record.type not in _SIGNATURES] or answers
    if parsed.rcode:
        said = rcode_name(parsed.rcode)
        return said if not shown else f"{said}, {_many([_record(record, asked) for record in shown[:_SHOWN]], len(shown))}"
    if shown:
        return _many([_record(record, asked) for record in shown[:_SHOWN]], len(shown))
    referral = next((record for record in parsed.records if record.section == 1 and record.type == 2), None)
    if referral is not None:
        return f"referral to {referral.text}"
    return "truncated" if parsed.flags & 0x0200 else "no data"


def summary_of(parsed: Parsed) -> str:
    """`A example.org`, `A example.org → 93.184.216.34`."""
    asked = parsed.questions[0] if parsed.questions else None
    questions = _many([_question(question) for question in parsed.questions[:_SHOWN]], len(parsed.questions))
    opcode = "" if parsed.opcode == QUERY else opcode_name(parsed.opcode)
    if parsed.opcode == UPDATE:
        questions = f"{asked.name.text if asked is not None else ''}, {parsed.counts[2]} changes"
    head = " ".join(part for part in (opcode, questions) if part)
    if not parsed.response:
        if not parsed.questions and parsed.opcode == QUERY:
            return "no question"
        return head
    if parsed.opcode in (UPDATE, DSO):
        return f"{head} → {rcode_name(parsed.rcode)}"
    said = _answer(parsed, asked if len(parsed.questions) == 1 else None)
    if not asked and parsed.opcode == QUERY:
        records = [record for record in parsed.records if record.section == 0 and record.type != OPT]
        names = _many([f"{record.name.text} {_record(record, None)}" for record in records[:_SHOWN]], len(records))
        return f"→ {names}" if names and not parsed.rcode else f"→ {said}"
    return f"{head} → {said}"

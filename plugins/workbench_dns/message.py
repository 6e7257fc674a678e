"""One message, whole: header, sections, and what was left over. Facts and fields; remarks beyond the bytes themselves are `rules`'."""

from dataclasses import dataclass

from workbench.api import Field, Note, Severity
from workbench_dns.dso import read_dso
from workbench_dns.header import DSO, HEADER, UPDATE, Flavour, count_titles, flag_fields
from workbench_dns.limits import MOST_ITEMS
from workbench_dns.names import Names
from workbench_dns.records import Question, Record, read_question, read_record

__all__ = ["Parsed", "read_message"]

_FIELDS_EACH = 40
"""Fields that one record may have, usually: where fewer are left, no other is begun."""

_FRAME_FIELDS = 8
"""Fields around the data of a record, at most."""

_SECTIONS = ("Queries", "Answers", "Authoritative nameservers", "Additional records")
_UPDATE_SECTIONS = ("Zone", "Prerequisites", "Updates", "Additional records")


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the bytes of a message say. `end` is where its last record ends, `error` why reading stopped before all was read."""

    id: int
    flags: int
    counts: tuple[int, int, int, int]
    questions: tuple[Question, ...]
    records: tuple[Record, ...]
    fields: tuple[Field, ...]
    notes: tuple[Note, ...]
    end: int
    error: str = ""
    broken: bool = False
    """Whether some field could not be read."""

    @property
    def response(self) -> bool:
        """Whether it answers."""
        return self.flags >= 0x8000

    @property
    def opcode(self) -> int:
        """What is asked for."""
        return self.flags >> 11 & 15

    @property
    def opt(self) -> Record | None:
        """The first OPT record among the additional ones."""
        return next((record for record in self.records if record.edns is not None and record.section == 2), None)

    @property
    def rcode(self) -> int:
        """The response code, with the bits of EDNS where there are some (RFC 6891 6.1.3)."""
        opt = self.opt
        return self.flags & 15 | (opt.edns.extended << 4 if opt is not None and opt.edns is not None else 0)

    def section(self, number: int) -> tuple[Record, ...]:
        """The records of a section, 0 to 2."""
        return tuple(record for record in self.records if record.section == number)


def read_message(data: bytes, origin: int = 0, flavour: Flavour = Flavour.DNS) -> Parsed:
    """The message that begins at `origin` and takes the rest of `data`; at least a header must be there."""
    words = [int.from_bytes(data[at : at + 2], "big") for at in range(origin, origin + HEADER, 2)]
    flags = words[1]
    opcode = flags >> 11 & 15
    counts = words[2], words[3], words[4], words[5]
    fields = [Field("Transaction ID", origin, origin + 2, words[0], (), "dns.id"), flag_fields(flags, flavour, origin + 2)]
    for place, (title, abbrev) in enumerate(count_titles(opcode)):
        at = origin + 4 + 2 * place
        fields.append(Field(title, at, at + 2, counts[place], (), abbrev))
    names = Names(data, origin)
    reading = _Reading(data, origin + HEADER, names, flavour, bare=opcode == UPDATE)
    titles = _UPDATE_SECTIONS if opcode == UPDATE else _SECTIONS
    reading.read_questions(counts[0], titles[0], fields)
    for section in range(3):
        reading.read_records(section, counts[section + 1], titles[section + 1], fields)
    notes = [*names.notes, *reading.notes]
    at, error = reading.at, reading.error
    if opcode == DSO and not any(counts) and at < len(data):
        field, more = read_dso(data, at, names)
        fields.append(field)
        notes += more
        at = len(data)
    if at < len(data):
        rest = Field("Extraneous data" if not error else "Not read", at, len(data), data[at:], (), "dns.extraneous.data")
        fields.append(rest)
        if not error:
            notes.append(Note(Severity.WARN, f"{len(data) - at} bytes behind the last record", at, len(data), "RFC 1035 4.1"))
    return Parsed(
        words[0],
        flags,
        counts,
        tuple(reading.questions),
        tuple(reading.records),
        tuple(fields),
        tuple(notes),
        at,
        error,
        names.broken,
    )


class _Reading:
    """Goes through the sections until something cannot be read."""

    def __init__(self, data: bytes, at: int, names: Names, flavour: Flavour, *, bare: bool) -> None:
        self.at = at
        self.error = ""
        self.questions: list[Question] = []
        self.records: list[Record] = []
        self.notes: list[Note] = []
        self._data = data
        self._names = names
        self._multicast = flavour is Flavour.MDNS
        self._bare = bare

    def read_questions(self, count: int, title: str, fields: list[Field]) -> None:
        start, first = self.at, len(self.questions)
        for _ in range(count):
            if not self._more("question", count, len(self.questions) - first):
                break
            question = read_question(self._data, self.at, self._names, multicast=self._multicast)
            self.questions.append(question)
            self._after(question.end, question.error)
        self._close(title, start, [question.field for question in self.questions[first:]], fields)

    def read_records(self, section: int, count: int, title: str, fields: list[Field]) -> None:
        start, first = self.at, len(self.records)
        for _ in range(count):
            if not self._more(f"record of section {title!r}", count, len(self.records) - first):
                break
            record, notes = read_record(self._data, self.at, self._names, section, multicast=self._multicast, bare=self._bare)
            self.records.append(record)
            self.notes += notes
            self._after(record.end, record.error)
        self._close(title, start, [record.field for record in self.records[first:]], fields)

    def _more(self, what: str, count: int, done: int) -> bool:
        """Whether there is another one to read; sets `error` where it should be there and is not."""
        if not self.error and self._names.room < _FIELDS_EACH:
            self.error = f"the message has more than {MOST_ITEMS} fields"
        if not self.error and self.at >= len(self._data):
            self.error = f"{count} are announced, {what} {done + 1} is missing"
        return not self.error

    def _after(self, end: int, error: str) -> None:
        self.at = end
        self.error = error
        self._names.room -= _FRAME_FIELDS

    def _close(self, title: str, start: int, children: list[Field], fields: list[Field]) -> None:
        if children:
            fields.append(Field(title, start, self.at, None, tuple(children), ""))

"""Header and trailer fields: lines of `name: value`, folded or not (RFC 9110 section 5, RFC 9112 section 5)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workbench.api import Note, Severity
from workbench_http1.limits import MAX_HEADERS
from workbench_http1.startline import TOKEN

__all__ = ["CLEAN", "Header", "HeaderSection", "line_content", "lines_of", "parse_headers"]

CLEAN = re.compile(TOKEN.pattern.join((rb"(", rb"):[ \t]*([^\0-\x08\x0a-\x1f\x7f]*)\r\n")))
_CONTROLS = re.compile(rb"[\0-\x08\x0a-\x1f\x7f]")


class Header(NamedTuple):
    """One field line. All spans are half-open offsets into the message.

    `key` is the name for comparing (field names are case-insensitive, RFC 9110 5.1); `content` is the value with obs-fold replaced by
    one space.
    """

    name: tuple[int, int]
    value: tuple[int, int]
    start: int
    end: int
    name_text: str
    key: str
    content: bytes


@dataclass(frozen=True, slots=True)
class HeaderSection:
    """The field lines of one section in wire order, and by key; `skipped` lines beyond the limit were not read."""

    headers: tuple[Header, ...] = ()
    notes: tuple[Note, ...] = ()
    skipped: int = 0
    by_key: Mapping[str, list[Header]] = field(default_factory=dict, repr=False)

    def all(self, key: str) -> Sequence[Header]:
        """The field lines of that lower-case name."""
        return self.by_key.get(key, ())

    def members(self, key: str) -> list[bytes]:
        """The members of a comma-separated list field, over all its lines (RFC 9110 5.6.1), stripped, empty ones left out."""
        parts = (part.strip(b" \t") for header in self.all(key) for part in header.content.split(b","))
        return [part for part in parts if part]


def line_content(data: bytes, start: int, end: int) -> int:
    """Where the content of the line `data[start:end]` ends: before CRLF or LF."""
    if end > start and data[end - 1] == 0x0A:
        end -= 1
        if end > start and data[end - 1] == 0x0D:
            end -= 1
    return end


def lines_of(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The physical lines of `data[start:end]` with their ends, as spans."""
    while start < end:
        found = data.find(b"\n", start, end)
        stop = end if found < 0 else found + 1
        yield start, stop
        start = stop


def _logical_lines(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Lines with their obs-fold continuations (RFC 9112 5.2)."""
    current: tuple[int, int] | None = None
    for begin, stop in lines_of(data, start, end):
        if current is not None and data[begin] in b" \t":
            current = (current[0], stop)
            continue
        if current is not None:
            yield current
        current = (begin, stop)
    if current is not None:
        yield current


def _end_notes(data: bytes, start: int, end: int) -> Iterator[Note]:
    bare = [span for span in lines_of(data, start, end) if data[span[1] - 1] == 0x0A and data[span[1] - 2 : span[1]] != b"\r\n"]
    if bare:
        text = "a field line ends in a bare LF" if len(bare) == 1 else f"{len(bare)} field lines end in a bare LF"
        yield Note(Severity.WARN, text, bare[0][0], bare[-1][1], "RFC 9112 2.2")


def _name_notes(header: Header, data: bytes, colon: int) -> Iterator[Note]:
    start, end = header.name
    name = data[start:end]
    if colon < 0:
        yield Note(Severity.ERROR, "a field line without a colon", header.start, header.end, "RFC 9112 5")
    elif not name:
        yield Note(Severity.ERROR, "a field line without a name", header.start, header.end, "RFC 9112 5")
    elif not TOKEN.fullmatch(name):
        yield Note(Severity.ERROR, "the field name is not a token", start, end, "RFC 9110 5.1")
    if end < colon:
        yield Note(Severity.ERROR, "white space between field name and colon", start, colon + 1, "RFC 9112 5.1")


def _value_notes(header: Header, data: bytes) -> Iterator[Note]:
    if b"\n" in data[header.start : header.end - 1]:
        yield Note(Severity.WARN, "folded field line (obs-fold)", header.start, header.end, "RFC 9112 5.2")
    if b"\0" in header.content:
        yield Note(Severity.ERROR, "NUL in a field value", *header.value, "RFC 9110 5.5")
    if b"\r" in data[header.start : header.end].replace(b"\r\n", b""):
        yield Note(Severity.ERROR, "bare CR in a field line", header.start, header.end, "RFC 9112 2.2")
    if _CONTROLS.search(header.content.replace(b"\0", b"").replace(b"\r", b"")):
        yield Note(Severity.WARN, "control octet in a field value", *header.value, "RFC 9110 5.5")


def _skip(data: bytes, start: int, end: int, octets: bytes = b" \t") -> int:
    while start < end and data[start] in octets:
        start += 1
    return start


def _skip_back(data: bytes, start: int, end: int, octets: bytes = b" \t") -> int:
    while start < end and data[end - 1] in octets:
        end -= 1
    return end


def _unfold(value: bytes) -> bytes:
    """Each fold becomes one space (RFC 9112 5.2)."""
    if b"\n" not in value:
        return value
    return b" ".join(part.removesuffix(b"\r").strip(b" \t") for part in value.split(b"\n"))


def _header(data: bytes, start: int, end: int) -> tuple[Header, list[Note]]:
    stop = line_content(data, start, end)
    colon = data.find(b":", start, stop)
    if colon < 0:
        name, value = (start, stop), (stop, stop)
    else:
        name = (start, _skip_back(data, start, colon))
        begin = _skip(data, colon + 1, stop, b" \t\r\n")
        value = (begin, _skip_back(data, begin, stop, b" \t\r\n"))
    text = data[slice(*name)].decode("latin-1")
    header = Header(name, value, start, end, text, text.lower(), _unfold(data[slice(*value)]))
    return header, [*_name_notes(header, data, colon), *_value_notes(header, data)]


def parse_headers(data: bytes, start: int, end: int) -> HeaderSection:
    """Read the field lines in `data[start:end]` (without the empty line that ends the section); never raises."""
    headers = _clean_headers(data, start, end)
    return _section(headers) if headers is not None else _doubtful_headers(data, start, end)


def _section(headers: Sequence[Header], notes: Sequence[Note] = (), skipped: int = 0) -> HeaderSection:
    by_key: dict[str, list[Header]] = {}
    for header in headers:
        by_key.setdefault(header.key, []).append(header)
    return HeaderSection(tuple(headers), tuple(notes), skipped, by_key)


def _clean_headers(data: bytes, start: int, end: int) -> list[Header] | None:
    """The field lines of a section about which nothing is to be said, as most are; None for any other."""
    headers: list[Header] = []
    while start < end:
        match = CLEAN.match(data, start, end)
        if match is None or len(headers) >= MAX_HEADERS:
            return None
        name, content = match[1].decode("ascii"), match[2].rstrip(b" \t")
        begin, start = match.start(2), match.end()
        headers.append(Header(match.span(1), (begin, begin + len(content)), match.start(), start, name, name.lower(), content))
    return headers


def _doubtful_headers(data: bytes, start: int, end: int) -> HeaderSection:
    headers: list[Header] = []
    notes: list[Note] = list(_end_notes(data, start, end))
    skipped = 0
    if start < end and data[start] in b" \t":
        text = "white space between the start line and the first field line"
        notes.append(Note(Severity.ERROR, text, start, start + 1, "RFC 9112 2.2"))
    for begin, stop in _logical_lines(data, start, end):
        if len(headers) >= MAX_HEADERS:
            skipped += 1
            continue
        header, found = _header(data, begin, stop)
        headers.append(header)
        notes += found
    if skipped:
        notes.append(Note(Severity.WARN, f"{skipped} field lines beyond the first {MAX_HEADERS} are not shown", start, end))
    return _section(headers, notes, skipped)

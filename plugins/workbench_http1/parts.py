"""A message as it was read, before it becomes a `Message`: head, body and what they mean. Facts only."""

from dataclasses import dataclass, field, replace

from workbench.api import Note
from workbench_http1.chunked import ChunkedBody
from workbench_http1.framing import Framing
from workbench_http1.headers import HeaderSection, parse_headers
from workbench_http1.startline import RequestLine, StatusLine

__all__ = ["Body", "Head", "parse_head"]

_NO_FIELDS = HeaderSection()


@dataclass(frozen=True, slots=True)
class Head:
    """Start line and header section. The start line is `[line_start, line_end)` of the message, `end` where the body begins.

    `complete` unless the section broke off; then `end` is where it did.
    """

    start: RequestLine | StatusLine
    line_start: int
    line_end: int
    section: HeaderSection
    end: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """Where the body lies among the kept bytes, and how much of it there should be.

    `length` is the number of body octets on the wire as far as they are known (announced for Content-Length, else counted), `missing` how
    many of them were lost or not kept. `trouble` is empty for a body that came to its proper end.
    """

    start: int
    end: int
    framing: Framing
    length: int = 0
    missing: int = 0
    chunked: ChunkedBody | None = None
    trouble: str = ""
    notes: tuple[Note, ...] = field(default=())


def parse_head(data: bytes, start: RequestLine | StatusLine, line_start: int, line_end: int, end: int, *, complete: bool) -> Head:
    """Read the head of a message whose first line is `data[line_start:line_end]`, read as `start`, and whose head ends at `end`.

    With `complete` the last line before `end` is the empty one that ends the section (RFC 9112 2.1).
    """
    fields_end = end
    if complete and end > line_end:
        fields_end = end - 2 if data[end - 2 : end] == b"\r\n" else end - 1
    section = parse_headers(data, line_end, fields_end) if fields_end > line_end else _NO_FIELDS
    if not complete:
        # what is wrong with the line in which the head breaks off nobody can say
        whole = data.rfind(b"\n", 0, end) + 1
        section = replace(section, notes=tuple(note for note in section.notes if note.end <= whole))
        start = start if whole >= line_end else replace(start, notes=())
    return Head(start, line_start, line_end, section, end, complete)

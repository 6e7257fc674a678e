"""From the parts of a message to the `Message`: tree, views, notes, label, summary."""

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.api import UNDECODED, Direction, Field, Message, Note, Severity, View
from workbench_http1.codings import undo_codings
from workbench_http1.fields import body_fields, content_field, head_fields
from workbench_http1.framing import transfer_codings
from workbench_http1.headers import HeaderSection, parse_headers
from workbench_http1.limits import MAX_HEADER_SECTION, MAX_NOTES
from workbench_http1.parts import Body, Head
from workbench_http1.rules import request_notes, response_notes, trailer_notes
from workbench_http1.startline import RequestLine, text_of
from workbench_http1.states import symbol
from workbench_http1.values import value_of

__all__ = ["Place", "http_message", "simple_response", "undecoded_message"]

NAME = "http1"
_TITLE = "Hypertext Transfer Protocol"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies: its direction, its range of the stream, and its kept bytes."""

    direction: Direction
    start: int
    end: int
    raw: bytes

    @property
    def missing(self) -> int:
        """Bytes of the range that are not in `raw`."""
        return self.end - self.start - len(self.raw)


def http_message(place: Place, head: Head, body: Body, exchange: int | None, number: int, room: int) -> Message:
    """Put a message together; `number` counts the requests or responses of its direction from 1, codings unfold to `room` bytes."""
    raw = place.raw
    is_request = isinstance(head.start, RequestLine)
    trailers = HeaderSection()
    if body.chunked is not None and body.chunked.complete:
        trailers = parse_headers(raw, *body.chunked.trailers)
    views, coding_notes = _views(place, head, body, room)
    notes = [*_head_notes(place, head), *body.framing.notes, *body.notes]
    notes += [*trailers.notes, *trailer_notes(trailers), *coding_notes, *_loss_notes(place, head, body)]
    derived = len(views) > 1
    fields = head_fields(head, raw) + body_fields(body, trailers, raw, plain=not derived)
    if derived:
        fields.append(content_field(views))
    abbrev = "http.request" if is_request else "http.response"
    fields.append(Field("Request" if is_request else "Response", 0, 0, True, abbrev=abbrev, generated=True))
    fields.append(Field("Number on this connection", 0, 0, number, abbrev=abbrev + "_number", generated=True))
    complete = head.complete and not body.trouble and not place.missing
    return Message(
        protocol=NAME,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=raw,
        root=Field(_TITLE, 0, len(raw), None, tuple(fields), "http"),
        label=symbol(head.start, switches=body.framing.switches),
        summary=_summary(head),
        notes=tuple(notes[:MAX_NOTES]),
        views=views if derived else (),
        value=value_of(head, body, trailers, raw) if complete else None,
        exchange=exchange,
    )


def simple_response(place: Place, exchange: int | None) -> Message:
    """A response of HTTP/0.9: content and nothing else (RFC 1945 6)."""
    size = len(place.raw)
    content = Field("Content", 0, size, place.raw, abbrev="http.file_data")
    notes = [Note(Severity.WARN, "a response without status line, as in HTTP/0.9", 0, size, "RFC 1945 6")]
    if place.missing:
        notes.append(Note(Severity.WARN, f"{place.missing} bytes are missing: not captured, or beyond what is kept", 0, size))
    return Message(
        protocol=NAME,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=place.raw,
        root=Field(_TITLE, 0, size, None, (content,), "http"),
        label="response",
        summary=f"{size} bytes of content, no status line",
        notes=tuple(notes),
        exchange=exchange,
    )


def undecoded_message(place: Place) -> Message:
    """Bytes (or lost bytes) that belong to no HTTP message."""
    notes = []
    if place.missing:
        notes.append(Note(Severity.WARN, f"{place.missing} bytes were not captured", 0, len(place.raw)))
    if place.raw.strip(b"\r\n"):
        notes.append(Note(Severity.NOTE, "this is no HTTP message", 0, len(place.raw), "RFC 9112 2.1"))
    elif place.raw:
        notes.append(Note(Severity.NOTE, "empty lines and no message behind them", 0, len(place.raw), "RFC 9112 2.2"))
    size = len(place.raw)
    return Message(
        protocol=UNDECODED,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=place.raw,
        root=Field("Data", 0, size, place.raw or None, abbrev="data.data"),
        summary=f"{size} bytes that are no HTTP message" if size else f"{place.missing} lost bytes",
        notes=tuple(notes),
    )


def _bare(data: bytes, end: int) -> bool:
    """Whether the line that ends at `end` does so with LF only."""
    return data[end - 1 : end] == b"\n" and data[end - 2 : end - 1] != b"\r"


def _head_notes(place: Place, head: Head) -> Iterator[Note]:
    if head.line_start:
        yield Note(Severity.NOTE, "empty lines before the start line", 0, head.line_start, "RFC 9112 2.2")
    shift = head.line_start
    for note in head.start.notes:
        yield Note(note.severity, note.text, note.start + shift, note.end + shift, note.section)
    if _bare(place.raw, head.line_end):
        yield Note(Severity.WARN, "the start line ends in a bare LF", head.line_start, head.line_end, "RFC 9112 2.2")
    yield from head.section.notes
    if not head.complete:
        text = f"no end of the header section within {MAX_HEADER_SECTION} bytes"
        if head.end - head.line_start < MAX_HEADER_SECTION:
            text = "the header section breaks off"
        yield Note(Severity.ERROR, text, 0, head.end, "RFC 9112 2.1")
    elif isinstance(head.start, RequestLine):
        yield from request_notes(head.start, head.section, shift)
    else:
        yield from response_notes(head.start, head.section)
    if head.complete and head.end > head.line_end and _bare(place.raw, head.end):
        yield Note(Severity.WARN, "the header section ends in a bare LF", head.end - 1, head.end, "RFC 9112 2.2")


def _views(place: Place, head: Head, body: Body, room: int) -> tuple[tuple[View, ...], tuple[Note, ...]]:
    wire = View("wire", place.raw)
    codings = [member.lower() for member in head.section.members("content-encoding")]
    data = place.raw[body.start : body.end]
    views: tuple[View, ...] = (wire,)
    if body.chunked is not None:
        data = bytes(body.chunked.content)
        views = (wire, View("dechunked", data))
        codings += [coding for coding in transfer_codings(head.section) if coding != b"chunked"]
    if not codings or not data:
        return views, ()
    lines = [*head.section.all("content-encoding"), *head.section.all("transfer-encoding")]
    decoded = undo_codings(codings, data, not body.trouble and not body.missing, (lines[0].start, lines[0].end), room)
    return views + decoded.views, decoded.notes


def _loss_notes(place: Place, head: Head, body: Body) -> Iterator[Note]:
    if body.chunked is not None and body.trouble:
        yield Note(Severity.ERROR, body.trouble, body.start, body.end, "RFC 9112 8")
    if place.missing:
        text = f"{place.missing} bytes of the body are missing: not captured, or beyond what is kept"
        yield Note(Severity.WARN, text, head.end, len(place.raw))


def _summary(head: Head) -> str:
    text = text_of(head.start.line)
    kinds = head.section.all("content-type")
    if kinds and not isinstance(head.start, RequestLine):
        text += f" ({text_of(kinds[0].content.split(b';')[0])})"
    return text

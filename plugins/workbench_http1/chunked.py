"""The chunked transfer coding (RFC 9112 section 7.1), tolerant: sizes as others might read them, each oddity with a note."""

import re
from dataclasses import dataclass, field, replace

from workbench.api import Note, Severity
from workbench_http1.headers import line_content
from workbench_http1.limits import MAX_CHUNK_FIELDS, MAX_CHUNK_LINE, MAX_HEADER_SECTION, MAX_LENGTH_DIGITS, MAX_NOTES
from workbench_http1.wire import Reading, Wire, pass_over, read_line

__all__ = ["Chunk", "ChunkedBody", "parse_chunk_size", "read_chunked"]

_SECTION = "RFC 9112 7.1"
_EXTENSIONS = "RFC 9112 7.1.1"
_SIZE = re.compile(rb"([ \t]*)([+-]?)(0[xX])?([0-9a-fA-F]*)(_[0-9a-fA-F_]*)?([ \t]*)")
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_EXTENSION = re.compile(rb"(?:[ \t]*;[ \t]*" + _TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + _TOKEN + rb'|"(?:[^"\\]|\\.)*"))?)*[ \t]*')


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk; offsets into the message's kept bytes. `data` may hold fewer bytes than `size`: lost or cut ones."""

    start: int
    size: int
    size_at: tuple[int, int]
    extension: tuple[int, int]
    data: tuple[int, int]
    end: int


@dataclass(slots=True)
class ChunkedBody:
    """What `read_chunked` found: `content` are the chunk data put together, `length` their announced sum.

    `trailers` is the range of the trailer section's lines, `count` how many chunks with data came, whether shown in `chunks` or not.
    `complete` means that the last chunk and the end of the trailers came; else `trouble` says what stopped the reading.
    """

    end: int
    content: bytearray = field(default_factory=bytearray)
    length: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    count: int = 0
    last: Chunk | None = None
    trailers: tuple[int, int] = (0, 0)
    notes: list[Note] = field(default_factory=list)
    complete: bool = False
    trouble: str = ""


def parse_chunk_size(data: bytes, start: int, end: int) -> tuple[int | None, tuple[int, int], tuple[int, int], list[Note]]:
    """Read the chunk-size line `data[start:end]`: the size (None: nobody can say), where it and its extensions stand, and doubts."""
    stop = line_content(data, start, end)
    notes = []
    if data[stop:end] == b"\n":
        notes.append(Note(Severity.WARN, "chunk-size line ends in a bare LF", start, end, _SECTION))
    match = _SIZE.match(data, start, stop)
    assert match is not None, "the pattern has only optional parts"
    before, sign, radix, digits, underscored, _ = match.groups(b"")
    at, rest = match.span(4), (match.end(), stop)
    if not digits or len(digits.lstrip(b"0")) > MAX_LENGTH_DIGITS:
        text = "the chunk size overflows" if digits else "no chunk size"
        return None, at, rest, [*notes, Note(Severity.ERROR, text, start, end, _SECTION)]
    if before:
        notes.append(Note(Severity.ERROR, "white space before the chunk size", start, at[1], _SECTION))
    if sign or radix or underscored:
        text = "the chunk size is not plain hexadecimal: some recipients read another number"
        notes.append(Note(Severity.ERROR, text, start, match.end(), _SECTION))
    if len(digits.lstrip(b"0")) > 16:
        notes.append(Note(Severity.ERROR, "the chunk size does not fit into 64 bits", *at, _SECTION))
    if len(digits) > 1 and digits[:1] == b"0":
        notes.append(Note(Severity.NOTE, "chunk size with leading zeros", *at, _SECTION))
    if match[6] and rest[0] == rest[1]:
        notes.append(Note(Severity.NOTE, "white space behind the chunk size", *match.span(6), _EXTENSIONS))
    if any(octet in (0x00, 0x0D) for octet in data[rest[0] : rest[1]]):
        notes.append(Note(Severity.ERROR, "CR or NUL in a chunk extension", *rest, _EXTENSIONS))
    elif not _EXTENSION.fullmatch(data, *rest):
        notes.append(Note(Severity.ERROR, "this is no chunk extension", *rest, _EXTENSIONS))
    # a sign means nothing here: whoever takes it at all reads the digits behind it
    return int(digits, 16), at, rest, notes


def _moved(span: tuple[int, int], by: int) -> tuple[int, int]:
    return span[0] + by, span[1] + by


def _add_notes(body: ChunkedBody, notes: list[Note], by: int) -> None:
    for note in notes[: MAX_NOTES - len(body.notes)]:
        body.notes.append(replace(note, start=note.start + by, end=note.end + by))


def _end_notes(body: ChunkedBody, first: int) -> None:
    """The notes from `first` on are about bytes that are no part of what is kept of the body: they stand at its end."""
    body.notes[first:] = [replace(note, start=body.end, end=body.end) for note in body.notes[first:]]


def read_chunked(wire: Wire, at: int, keep: int) -> Reading[ChunkedBody]:
    """Read a chunked body from index `at` of the wire on, its trailer section included; keeps about `keep` bytes of it."""
    body = ChunkedBody(end=at)
    while not body.complete and not body.trouble:
        start = body.end
        stop = yield from read_line(wire, start, MAX_CHUNK_LINE)
        if stop is None:
            body.trouble = "the chunked body breaks off" if wire.stuck else "a chunk-size line without end"
            break
        size, size_at, extension, notes = parse_chunk_size(bytes(wire.data[start:stop]), 0, stop - start)
        said = len(body.notes)
        _add_notes(body, notes, start)
        if size is None:
            body.trouble = "an invalid chunk size"
            _end_notes(body, said)
            break
        body.end = stop
        if size == 0:
            body.last = Chunk(start, 0, _moved(size_at, start), _moved(extension, start), (stop, stop), stop)
            yield from _read_trailers(wire, body)
            break
        data = yield from _read_data(wire, body, size, max(0, keep - (stop - at)))
        if body.end - at > keep:
            # the lines around chunks whose data are not kept would still grow without bound
            del wire.data[start : body.end]
            wire.cut += body.end - start
            body.end = start
            _end_notes(body, said)
        elif len(body.chunks) < MAX_CHUNK_FIELDS:
            body.chunks.append(Chunk(start, size, _moved(size_at, start), _moved(extension, start), data, body.end))
        body.count += 1
    return body


def _read_data(wire: Wire, body: ChunkedBody, size: int, keep: int) -> Reading[tuple[int, int]]:
    """Read the data of a chunk and the line end behind them; gives the range of what was kept."""
    at = body.end
    passed = yield from pass_over(wire, at, size, keep)
    body.content += wire.data[at : passed.end]
    body.end = passed.end
    if not passed.complete:
        body.trouble = "the chunked body breaks off inside a chunk"
        return at, passed.end
    body.length += size
    while True:
        ending = bytes(wire.data[passed.end : passed.end + 2])
        if ending == b"\r\n" or ending[:1] == b"\n":
            break
        if ending and ending != b"\r":
            body.trouble = "chunk data go on behind the announced size"
            _add_notes(body, [Note(Severity.ERROR, "no CRLF behind the chunk data", 0, 0, _SECTION)], passed.end)
            return at, passed.end
        if wire.stuck:
            body.trouble = "the chunked body breaks off behind a chunk"
            return at, passed.end
        yield
    body.end += 1 if ending[:1] == b"\n" else 2
    if ending[:1] == b"\n":
        _add_notes(body, [Note(Severity.WARN, "chunk data end in a bare LF", 0, 1, _SECTION)], passed.end)
    return at, passed.end


def _read_trailers(wire: Wire, body: ChunkedBody) -> Reading[None]:
    start = body.end
    while True:
        stop = yield from read_line(wire, body.end, max(0, MAX_HEADER_SECTION - (body.end - start)))
        if stop is None:
            body.trouble = "the trailer section breaks off" if wire.stuck else "a trailer section without end"
            return
        line, body.end = body.end, stop
        if line_content(bytes(wire.data[line:stop]), 0, stop - line) == 0:
            break
    body.trailers = (start, line)
    body.complete = True

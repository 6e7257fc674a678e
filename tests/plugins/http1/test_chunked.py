"""Chunked bodies: sizes, extensions, trailers, and the tricks played with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Severity
from workbench_http1 import chunked as module
from workbench_http1.chunked import parse_chunk_size, read_chunked
from workbench_http1.wire import Wire


def read(data: bytes, size: int = 0, keep: int = 1 << 20, ended: bool = True):
    wire = Wire()
    reading = read_chunked(wire, 0, keep)
    step = size or len(data) or 1
    for start in range(0, len(data), step):
        wire.data += data[start : start + step]
        try:
            next(reading)
        except StopIteration as done:
            wire.data += data[start + step :]
            return done.value, wire
    wire.ended = ended
    try:
        next(reading)
    except StopIteration as done:
        return done.value, wire
    return None, wire


BODY = b"7\r\nchunked\r\n5;part=2\r\n body\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n"


@pytest.mark.parametrize("size", [0, 1, 7])
def test_chunks_extensions_and_trailers(size):
    body, wire = read(BODY + b"NEXT", size)
    assert (bytes(body.content), body.length, body.count, body.complete, body.trouble) == (b"chunked body", 12, 2, True, "")
    assert body.end == len(BODY)
    assert wire.data[slice(*body.trailers)] == b"X-Sum: 1\r\nX-B: 2\r\n"
    first, second = body.chunks
    assert (first.start, first.size, first.data, first.end) == (0, 7, (3, 10), 12)
    assert wire.data[slice(*second.extension)] == b";part=2"
    assert body.last.size_at == (len(b"7\r\nchunked\r\n5;part=2\r\n body\r\n"),) * 1 + (body.last.start + 1,)
    assert body.notes == []


@pytest.mark.parametrize(
    ("line", "size", "section", "severity"),
    [
        (b"+5\r\n", 5, "RFC 9112 7.1", Severity.ERROR),
        (b"-5\r\n", 5, "RFC 9112 7.1", Severity.ERROR),
        (b"0x5\r\n", 5, "RFC 9112 7.1", Severity.ERROR),
        (b"1_0\r\n", 1, "RFC 9112 7.1", Severity.ERROR),
        (b" 5\r\n", 5, "RFC 9112 7.1", Severity.ERROR),
        (b"5 \r\n", 5, "RFC 9112 7.1.1", Severity.NOTE),
        (b"05\r\n", 5, "RFC 9112 7.1", Severity.NOTE),
        (b"5\n", 5, "RFC 9112 7.1", Severity.WARN),
        (b"5 x\r\n", 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b"5g\r\n", 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b"5;\r\n", 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b'5;a="b\r\n', 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b"5;a\rb\r\n", 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b"5;a\0\r\n", 5, "RFC 9112 7.1.1", Severity.ERROR),
        (b"10000000000000005\r\n", 2**64 + 5, "RFC 9112 7.1", Severity.ERROR),
        (b"1" + b"0" * 30 + b"\r\n", None, "RFC 9112 7.1", Severity.ERROR),
        (b"\r\n", None, "RFC 9112 7.1", Severity.ERROR),
        (b"five\r\n", 15, "RFC 9112 7.1.1", Severity.ERROR),
        (b"xyz\r\n", None, "RFC 9112 7.1", Severity.ERROR),
    ],
)
def test_odd_sizes(line, size, section, severity):
    found, _, _, notes = parse_chunk_size(line, 0, len(line))
    assert found == size
    assert [(note.section, note.severity) for note in notes] == [(section, severity)]
    assert all(0 <= note.start < note.end <= len(line) for note in notes)


@pytest.mark.parametrize("line", [b"5\r\n", b"a;b\r\n", b"A ; b = c\r\n", b'1f;a="x;\\"y";b\r\n', b"0\r\n"])
def test_proper_sizes(line):
    size, at, _, notes = parse_chunk_size(line, 0, len(line))
    assert size == int(line[slice(*at)], 16)
    assert notes == []


@pytest.mark.parametrize(
    ("data", "trouble", "end"),
    [
        (b"zz\r\nNEXT\r\n", "an invalid chunk size", 0),
        (b"2\r\nabc\r\n0\r\n\r\n", "chunk data go on behind the announced size", 5),
        (b"2\r\na", "the chunked body breaks off inside a chunk", 4),
        (b"2\r\nab", "the chunked body breaks off behind a chunk", 5),
        (b"2\r\nab\r\n", "the chunked body breaks off", 7),
        (b"0\r\nA: b\r\n", "the trailer section breaks off", 9),
    ],
)
@pytest.mark.parametrize("size", [0, 1])
def test_broken_bodies(data, trouble, end, size):
    body, _ = read(data, size)
    assert (body.complete, body.trouble, body.end) == (False, trouble, end)


@pytest.mark.parametrize("line", [b"zz\r\n", b"\n", b"f" * 40 + b"\r\n"])
def test_notes_about_a_line_that_is_no_part_of_the_body_stand_at_its_end(line):
    body, _ = read(b"1\r\na\r\n" + line)
    assert body.notes
    assert {(note.start, note.end) for note in body.notes} == {(body.end, body.end)} == {(6, 6)}


def test_bare_line_feeds_are_taken_with_a_note():
    body, _ = read(b"2\nab\n0\n\n")
    assert (bytes(body.content), body.complete) == (b"ab", True)
    assert [note.text for note in body.notes] == [
        "chunk-size line ends in a bare LF",
        "chunk data end in a bare LF",
        "chunk-size line ends in a bare LF",
    ]


def test_line_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHUNK_LINE", 10)
    body, _ = read(b"5;" + b"x" * 20, ended=False)
    assert body.trouble == "a chunk-size line without end"


def test_what_is_beyond_the_limit_is_counted_not_kept():
    data = b"4\r\nabcd\r\n" * 100 + b"0\r\n\r\n"
    body, wire = read(data, size=13, keep=30)
    assert (body.length, body.count, body.complete) == (400, 100, True)
    assert len(wire.data) < 60
    assert wire.cut + body.end == len(data)
    assert bytes(body.content).startswith(b"abcdabcd")
    assert all(chunk.end <= body.end for chunk in body.chunks)


def test_notes_about_chunks_that_are_not_kept_stand_at_the_end():
    body, _ = read(b"1\r\na\r\n" * 5 + b"001;x\r\na\n" * 20 + b"0\r\n\r\n", keep=30)
    assert len(body.notes) > 20
    assert all(note.end <= body.end for note in body.notes)


def test_chunk_fields_are_limited(monkeypatch):
    monkeypatch.setattr(module, "MAX_CHUNK_FIELDS", 3)
    body, _ = read(b"1\r\na\r\n" * 5 + b"0\r\n\r\n")
    assert (len(body.chunks), body.count, bytes(body.content)) == (3, 5, b"aaaaa")


def test_notes_are_limited(monkeypatch):
    monkeypatch.setattr(module, "MAX_NOTES", 4)
    body, _ = read(b"01\r\na\r\n" * 50 + b"0\r\n\r\n")
    assert len(body.notes) == 4


def test_a_gap_inside_a_chunk_is_survived():
    wire = Wire(bytearray(b"8\r\nabcd"))
    reading = read_chunked(wire, 0, 1000)
    next(reading)
    wire.gap = 3
    next(reading)
    wire.data += b"h\r\n0\r\n\r\n"
    with pytest.raises(StopIteration) as done:
        next(reading)
    body = done.value.value
    assert (bytes(body.content), body.length, body.complete, wire.lost) == (b"abcdh", 8, True, 3)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=5), st.integers(1, 9))
def test_chunks_put_together_are_the_content(pieces, size):
    data = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    body, wire = read(data + b"more", size)
    assert (bytes(body.content), body.end, body.complete) == (b"".join(pieces), len(data), True)
    assert [bytes(wire.data[slice(*chunk.data)]) for chunk in body.chunks] == pieces

"""Reading a message from a wire: what counts as its start, where its head ends, how its body is passed over."""

import pytest

from workbench_http1 import reading as module
from workbench_http1.framing import Framing, FramingKind
from workbench_http1.reading import Found, find_start, read_body, read_head, read_junk
from workbench_http1.startline import maybe_start_line
from workbench_http1.wire import Wire

WAITS = object()


def run(reading):
    try:
        next(reading)
    except StopIteration as done:
        return done.value
    return WAITS


def wire(data: bytes, **more) -> Wire:
    return Wire(bytearray(data), **more)


def place(found):
    return (found.start, found.end) if isinstance(found, Found) else found


def line(start: int, end: int, data: bytes) -> Found:
    start_line = maybe_start_line(data[start:end].rstrip(b"\r\n"))
    assert start_line is not None
    return Found(start_line, start, end)


def read(source: Wire, end: int, peer_answers=None):
    return run(read_head(source, line(0, end, bytes(source.data)), peer_answers or nobody))


def nobody() -> bool:
    return False


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\n", (0, 16)),
        (b"\r\n\nHTTP/1.1 200 OK\n", (3, 19)),
        (b"hello\r\n", None),
        (b"\r\n" * 17, None),
        (b"GET / HT", WAITS),
        (b"", WAITS),
    ],
)
def test_find_start(data, expected):
    assert place(run(find_start(wire(data)))) == expected


def test_a_start_line_that_is_cut_off():
    assert place(run(find_start(wire(b"\r\nGET /index.h", ended=True)))) == (2, 14)
    assert place(run(find_start(wire(b"HTTP/1.1 200", gap=7)))) == (0, 12)
    assert run(find_start(wire(b"hello", ended=True))) is None


def test_junk_goes_up_to_the_next_start_line():
    assert run(read_junk(wire(b"one\ntwo\r\nGET / HTTP/1.1\r\n"))) == 9
    assert run(read_junk(wire(b"one\ntwo"))) is WAITS
    assert run(read_junk(wire(b"one\ntwo", ended=True))) == 7
    assert run(read_junk(wire(b"one", gap=1))) == 3


def test_junk_comes_in_runs(monkeypatch):
    monkeypatch.setattr(module, "MAX_JUNK", 10)
    assert run(read_junk(wire(b"x" * 25))) == 10
    assert run(read_junk(wire(b"xxxx\nyyyyyyyy"))) == 10
    assert run(read_junk(wire(b"xxxx\nyyyy\n"))) == 10


def test_head_ends_at_the_empty_line():
    data = b"GET / HTTP/1.1\r\nA: b\r\n\r\nrest"
    head = read(wire(data), 16)
    assert (head.end, head.complete) == (24, True)
    assert read(wire(data[:20]), 16) is WAITS
    head = read(wire(data[:20], ended=True), 16)
    assert (head.end, head.complete) == (20, False)


def test_head_of_a_cut_start_line():
    head = read(wire(b"GET /inde", ended=True), 9)
    assert (head.end, head.complete) == (9, False)


def test_head_limit(monkeypatch):
    monkeypatch.setattr(module, "MAX_HEADER_SECTION", 40)
    head = read(wire(b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 10), 16)
    assert (head.end, head.complete) == (40, False)


def test_simple_request_is_over_when_the_peer_answers():
    data = wire(b"GET /x\r\n")
    assert read(data, 8) is WAITS
    assert read(data, 8, lambda: True).complete
    data.ended = True
    assert read(data, 8).complete
    more = read(wire(b"GET /x\r\nA: b\r\n\r\n"), 8, lambda: True)
    assert [header.key for header in more.section.headers] == ["a"]


def test_bodies():
    body = run(read_body(wire(b"HEADabcdNEXT"), 4, Framing(FramingKind.LENGTH, 4), 100))
    assert (body.start, body.end, body.length, body.missing, body.trouble) == (4, 8, 4, 0, "")
    body = run(read_body(wire(b"HEADabcd", ended=True), 4, Framing(FramingKind.CLOSE), 100))
    assert (body.end, body.length, [note.section for note in body.notes]) == (8, 4, ["RFC 9112 8"])
    body = run(read_body(wire(b"HEADabcd", ended=True, closed=True), 4, Framing(FramingKind.CLOSE), 100))
    assert (body.end, body.length, body.notes) == (8, 4, ())
    body = run(read_body(wire(b"HEADabcd"), 4, Framing(FramingKind.NONE), 100))
    assert (body.end, body.length) == (4, 0)
    body = run(read_body(wire(b"HEAD2\r\nab\r\n0\r\n\r\n"), 4, Framing(FramingKind.CHUNKED), 100))
    assert (body.end, body.chunked.content) == (16, b"ab")


def test_a_body_that_breaks_off():
    body = run(read_body(wire(b"HEADab", ended=True), 4, Framing(FramingKind.LENGTH, 5), 100))
    assert body.trouble == "the body breaks off after 2 of 5 bytes"
    assert [(note.start, note.end, note.section) for note in body.notes] == [(4, 6, "RFC 9112 8")]

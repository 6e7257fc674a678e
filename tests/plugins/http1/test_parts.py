"""A head is read from bytes alone: start line, fields, where the body begins."""

from workbench_http1.parts import parse_head
from workbench_http1.startline import RequestLine, maybe_start_line


def head_of(data: bytes, start: int, stop: int, end: int, *, complete: bool):
    line = maybe_start_line(data[start:stop].rstrip(b"\r\n"))
    assert line is not None
    return parse_head(data, line, start, stop, end, complete=complete)


def test_complete_head():
    data = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody"
    head = head_of(data, 2, 18, 29, complete=True)
    assert isinstance(head.start, RequestLine)
    assert [header.content for header in head.section.headers] == [b"a"]
    assert data[head.end :] == b"body"


def test_bare_line_feeds_end_a_section_too():
    head = head_of(b"GET / HTTP/1.1\nHost: a\n\n", 0, 15, 24, complete=True)
    assert [(header.start, header.end) for header in head.section.headers] == [(15, 23)]


def test_head_without_fields():
    assert head_of(b"GET /\r\n", 0, 7, 7, complete=True).section.headers == ()


def test_a_head_that_breaks_off_keeps_its_last_line():
    head = head_of(b"GET / HTTP/1.1\r\nHost: a\r\nAcc", 0, 16, 28, complete=False)
    assert [header.name_text for header in head.section.headers] == ["Host", "Acc"]
    assert not head.complete


def test_a_start_line_that_breaks_off_is_not_judged():
    head = head_of(b"HTTP/1.1 2", 0, 10, 10, complete=False)
    assert head.start.notes == ()

"""A head is read from bytes alone: start line, fields, where the body begins."""

from workbench_http1.parts import parse_head
from workbench_http1.startline import RequestLine


def test_complete_head():
    data = b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nbody"
    head = parse_head(data, 2, 18, 29, complete=True)
    assert isinstance(head.start, RequestLine)
    assert [header.content for header in head.section.headers] == [b"a"]
    assert data[head.end :] == b"body"


def test_bare_line_feeds_end_a_section_too():
    head = parse_head(b"GET / HTTP/1.1\nHost: a\n\n", 0, 15, 24, complete=True)
    assert [(header.start, header.end) for header in head.section.headers] == [(15, 23)]


def test_head_without_fields():
    assert parse_head(b"GET /\r\n", 0, 7, 7, complete=True).section.headers == ()


def test_a_head_that_breaks_off_keeps_its_last_line():
    head = parse_head(b"GET / HTTP/1.1\r\nHost: a\r\nAcc", 0, 16, 28, complete=False)
    assert [header.name_text for header in head.section.headers] == ["Host", "Acc"]
    assert not head.complete


def test_no_head():
    assert parse_head(b"hello\r\n", 0, 7, 7, complete=True) is None

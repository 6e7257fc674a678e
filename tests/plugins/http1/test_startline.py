"""Start lines are told from anything else, and taken apart with the offsets of their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Severity
from workbench_http1.startline import METHODS, RequestLine, StatusLine, maybe_request_line, maybe_start_line, maybe_status_line


def parts(line: bytes) -> tuple[bytes, bytes, bytes]:
    found = maybe_request_line(line)
    assert found is not None
    return found.part(found.method), found.part(found.target), found.part(found.version)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET / HTTP/1.1", (b"GET", b"/", b"HTTP/1.1")),
        (b"OPTIONS * HTTP/1.1", (b"OPTIONS", b"*", b"HTTP/1.1")),
        (b"CONNECT a.test:443 HTTP/1.1", (b"CONNECT", b"a.test:443", b"HTTP/1.1")),
        (b"GET http://a.test/x?y HTTP/1.0", (b"GET", b"http://a.test/x?y", b"HTTP/1.0")),
        (b"BREW /pot HTTP/1.1", (b"BREW", b"/pot", b"HTTP/1.1")),
        (b"get / HTTP/1.1", (b"get", b"/", b"HTTP/1.1")),
        (b"GET /", (b"GET", b"/", b"")),
        (b"GET /a b HTTP/1.1", (b"GET", b"/a b", b"HTTP/1.1")),
        (b"GET  /  HTTP/1.1 ", (b"GET", b"/", b"HTTP/1.1")),
        (b"GET\t/\x0bHTTP/1.1", (b"GET", b"/", b"HTTP/1.1")),
        (b"GET HTTP/1.1", (b"GET", b"", b"HTTP/1.1")),
        (b"GET / http/1.1", (b"GET", b"/", b"http/1.1")),
        (b"GET / HTTP/1.1x", (b"GET", b"/", b"HTTP/1.1x")),
    ],
)
def test_request_lines(line, expected):
    assert parts(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET",
        b" GET / HTTP/1.1",
        b"BREW /pot",
        b"get /",
        b"OPTIONS rtsp://a.test/film RTSP/1.0",
        b"OPTIONS * RTSP/1.0",
        b"OPTIONS sip:me@a.test SIP/2.0",
        b"SUBSCRIBE sip:me@a.test SIP/2.0",
        b"PRI * HTTP/2.0",
        b"\x16\x03\x01 x HTTP/1.1",
        b"220 ready",
    ],
)
def test_no_request_lines(line):
    assert maybe_request_line(line) is None


@pytest.mark.parametrize(
    ("line", "section", "severity"),
    [
        (b"GET  / HTTP/1.1", "RFC 9112 3", Severity.WARN),
        (b"GET\t/ HTTP/1.1", "RFC 9112 3", Severity.WARN),
        (b"GET / HTTP/1.1 ", "RFC 9112 3", Severity.WARN),
        (b"GET /a b HTTP/1.1", "RFC 9112 3.2", Severity.ERROR),
        (b"GET HTTP/1.1", "RFC 9112 3.2", Severity.ERROR),
        (b"GET /\xff HTTP/1.1", "RFC 3986 2", Severity.WARN),
        (b"GET / http/1.1", "RFC 9112 2.3", Severity.ERROR),
        (b"GET / HTTP/1.10", "RFC 9112 2.3", Severity.ERROR),
        (b"GET / HTTP/3.0", "RFC 9110 2.5", Severity.WARN),
        (b"GE@T / HTTP/1.1", "RFC 9110 9.1", Severity.ERROR),
        (b"GET /", "RFC 1945 5", Severity.WARN),
        (b"HTTP/1.1 20 OK", "RFC 9112 4", Severity.ERROR),
        (b"HTTP/1.1 2000 OK", "RFC 9112 4", Severity.ERROR),
        (b"HTTP/1.1 999 OK", "RFC 9110 15", Severity.WARN),
        (b"HTTP/1.1  200 OK", "RFC 9112 3", Severity.WARN),
        (b"HTTP/1.1 200 O\0K", "RFC 9112 4", Severity.ERROR),
        (b"HTTP/1.1 200", "RFC 9112 4", Severity.CHAT),
    ],
)
def test_doubtful_lines_get_a_note_with_its_rule(line, section, severity):
    found = maybe_start_line(line)
    assert found is not None
    assert [(note.section, note.severity) for note in found.notes] == [(section, severity)]
    assert all(0 <= note.start <= note.end <= len(line) for note in found.notes)


def test_status_line_parts():
    found = maybe_status_line(b"HTTP/1.1 404 Not Found at all")
    assert found is not None
    assert (found.part(found.version), found.code, found.part(found.phrase)) == (b"HTTP/1.1", 404, b"Not Found at all")
    assert maybe_status_line(b"HTTP/1.1").code is None
    assert maybe_status_line(b"ICY 200 OK") is None
    assert maybe_status_line(b"RTSP/1.0 200 OK") is None


@given(st.binary(max_size=60) | st.text("GETHP/1. \t\r", max_size=40).map(str.encode))
def test_any_line_is_read_or_refused(line):
    found = maybe_start_line(line)
    if isinstance(found, RequestLine):
        assert found.part(found.method) == line[: found.method[1]]
        assert found.method[1] <= found.target[0] <= found.target[1] <= found.version[0] <= found.version[1] <= len(line)
    if isinstance(found, StatusLine):
        assert line.startswith(b"HTTP/")
        assert found.phrase[1] == len(line)


@given(st.sampled_from(sorted(METHODS)), st.text("abc/?=&", min_size=1), st.sampled_from([b"HTTP/1.0", b"HTTP/1.1"]))
def test_proper_lines_are_taken_apart_without_a_note(method, path, version):
    line = b"%b /%b %b" % (method, path.encode(), version)
    found = maybe_request_line(line)
    assert found is not None
    assert found.notes == ()
    assert parts(line) == (method, b"/" + path.encode(), version)

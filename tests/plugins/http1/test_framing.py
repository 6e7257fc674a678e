"""Where the body ends, by the list of RFC 9112 6.3, and a note for everything recipients differ about."""

import pytest

from workbench.api import Severity
from workbench_http1.framing import FramingKind, body_framing, transfer_codings
from workbench_http1.headers import parse_headers
from workbench_http1.startline import maybe_start_line


def framing(start: bytes, *fields: bytes, method: bytes | None = None):
    data = b"".join(field + b"\r\n" for field in fields)
    line = maybe_start_line(start)
    assert line is not None
    return body_framing(line, parse_headers(data, 0, len(data)), method)


POST = b"POST / HTTP/1.1"
OK = b"HTTP/1.1 200 OK"


def decided(found):
    return found.kind.value, found.length


@pytest.mark.parametrize(
    ("start", "fields", "method", "expected"),
    [
        (POST, (), None, ("none", 0)),
        (POST, (b"Content-Length: 12",), None, ("length", 12)),
        (POST, (b"Transfer-Encoding: chunked",), None, ("chunked", 0)),
        (POST, (b"Transfer-Encoding: gzip, Chunked",), None, ("chunked", 0)),
        (OK, (), b"GET", ("close", 0)),
        (OK, (), None, ("close", 0)),
        (OK, (b"Content-Length: 0",), b"GET", ("length", 0)),
        (OK, (b"Transfer-Encoding: gzip",), b"GET", ("close", 0)),
        (OK, (b"Content-Length: 12",), b"HEAD", ("none", 0)),
        (OK, (b"Transfer-Encoding: chunked",), b"HEAD", ("none", 0)),
        (b"HTTP/1.1 304 Not Modified", (b"Content-Length: 12",), b"GET", ("none", 0)),
        (b"HTTP/1.1 204 No Content", (), b"GET", ("none", 0)),
        (b"HTTP/1.1 100 Continue", (), b"POST", ("none", 0)),
        (b"HTTP/1.1 206 Partial Content", (b"Content-Length: 5",), b"GET", ("length", 5)),
    ],
)
def test_proper_framing_without_a_note(start, fields, method, expected):
    found = framing(start, *fields, method=method)
    assert decided(found) == expected
    assert found.notes == ()
    assert not found.switches


def test_switching_responses():
    assert framing(b"HTTP/1.1 101 Switching Protocols", b"Upgrade: h2c", method=b"GET").switches
    assert framing(OK, method=b"CONNECT").switches
    assert framing(OK, method=b"CONNECT").kind is FramingKind.NONE
    assert not framing(b"HTTP/1.1 407 Proxy Authentication Required", b"Content-Length: 3", method=b"CONNECT").switches


@pytest.mark.parametrize(
    ("start", "fields", "expected", "section", "severity"),
    [
        (POST, (b"Content-Length: 5", b"Transfer-Encoding: chunked"), ("chunked", 0), "RFC 9112 6.3", Severity.WARN),
        (POST, (b"Content-Length: 5", b"Content-Length: 5"), ("length", 5), "RFC 9110 8.6", Severity.WARN),
        (POST, (b"Content-Length: 5, 5",), ("length", 5), "RFC 9110 8.6", Severity.WARN),
        (POST, (b"Content-Length: 5", b"Content-Length: 6"), ("length", 6), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: 5, 6",), ("length", 6), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: -1",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: +5",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: 0x5",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: 5_0",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length:",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: " + b"9" * 30,), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (OK, (b"Content-Length: five",), ("close", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Content-Length: 18446744073709551615",), ("length", 2**64 - 1), "RFC 9110 8.6", Severity.WARN),
        (POST, (b"Content-Length: 007",), ("length", 7), "RFC 9110 8.6", Severity.NOTE),
        (POST, (b"Content-Length: " + b"0" * 5000 + b"7",), ("length", 7), "RFC 9110 8.6", Severity.NOTE),
        (POST, (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), ("chunked", 0), "RFC 9112 6.1", Severity.ERROR),
        (POST, (b"Transfer-Encoding: xchunked, chunked",), ("chunked", 0), "RFC 9112 6.1", Severity.ERROR),
        (POST, (b"Transfer-Encoding: gzip",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Transfer-Encoding: chunked, identity",), ("none", 0), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Transfer-Encoding: identity", b"Content-Length: 3"), ("length", 3), "RFC 9112 6.3", Severity.ERROR),
        (POST, (b"Transfer-Encoding: \x0bchunked",), ("none", 0), "RFC 9112 6.1", Severity.ERROR),
        (POST, (b"Transfer-Encoding:",), ("none", 0), "RFC 9112 6.1", Severity.ERROR),
        (b"POST / HTTP/1.0", (b"Transfer-Encoding: chunked",), ("chunked", 0), "RFC 9112 6.1", Severity.WARN),
        (b"HTTP/1.1 204 No Content", (b"Content-Length: 5",), ("none", 0), "RFC 9110 8.6", Severity.WARN),
        (b"HTTP/1.1 100 Continue", (b"Transfer-Encoding: chunked",), ("none", 0), "RFC 9112 6.1", Severity.WARN),
    ],
)
def test_each_ambiguity_has_a_note(start, fields, expected, section, severity):
    found = framing(start, *fields)
    assert decided(found) == expected
    assert (section, severity) in {(note.section, note.severity) for note in found.notes}
    assert all(note.start < note.end for note in found.notes)


def test_connect_success_with_a_length_is_noted():
    (note,) = framing(OK, b"Content-Length: 5", method=b"CONNECT").notes
    assert (note.section, note.start, note.end) == ("RFC 9110 8.6", 0, 19)


def test_codings_come_in_order_without_parameters():
    data = b"Transfer-Encoding: GZIP;q=1 , deflate\r\nTransfer-Encoding: chunked\r\n"
    assert transfer_codings(parse_headers(data, 0, len(data))) == [b"gzip", b"deflate", b"chunked"]

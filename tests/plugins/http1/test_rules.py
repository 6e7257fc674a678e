"""What header sections must and must not say, each with its rule."""

import pytest

from support.http1 import lines, request, response, sections
from workbench.api import Severity
from workbench_http1.headers import parse_headers
from workbench_http1.rules import upgrade_of


@pytest.mark.parametrize(
    ("head", "section", "severity"),
    [
        ("GET / HTTP/1.1", "RFC 9112 3.2", Severity.ERROR),
        ("GET / HTTP/1.1\nHost: a\nHost: a", "RFC 9112 3.2", Severity.ERROR),
        ("GET / HTTP/1.1\nHost: a b", "RFC 9112 3.2", Severity.ERROR),
        ("GET / HTTP/1.1\nHost: a/b", "RFC 9112 3.2", Severity.ERROR),
        ("GET http://a.test/ HTTP/1.1\nHost: b.test", "RFC 9112 3.2.2", Severity.WARN),
        ("GET * HTTP/1.1\nHost: a", "RFC 9112 3.2.4", Severity.WARN),
        ("GET a/b HTTP/1.1\nHost: a", "RFC 9112 3.2", Severity.WARN),
        ("GET /#x HTTP/1.1\nHost: a", "RFC 9112 3.2", Severity.WARN),
        ("CONNECT / HTTP/1.1\nHost: a", "RFC 9112 3.2.3", Severity.ERROR),
        ("GET / HTTP/1.1\nHost: a\nExpect: 200-ok", "RFC 9110 10.1.1", Severity.WARN),
        ("GET / HTTP/1.1\nHost: a\nUpgrade: h2c", "RFC 9110 7.8", Severity.WARN),
    ],
)
def test_requests(head, section, severity):
    (note,) = request(head).notes
    assert (note.section, note.severity) == (section, severity)
    assert 0 <= note.start < note.end <= len(lines(head))


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.0",
        "GET / HTTP/1.1\nHost:",
        "GET / HTTP/1.1\nHost: [::1]:8080",
        "GET http://A.test:80/ HTTP/1.1\nHost: a.test",
        "GET http://me@a.test/ HTTP/1.1\nHost: a.test",
        "OPTIONS * HTTP/1.1\nHost: a",
        "CONNECT a:443 HTTP/1.1\nHost: a:443",
        "PUT / HTTP/1.1\nHost: a\nExpect: 100-Continue\nContent-Length: 0",
        "GET / HTTP/1.1\nHost: a\nUpgrade: h2c\nConnection: keep-alive, Upgrade",
    ],
)
def test_proper_requests(head):
    assert request(head).notes == ()


def test_101_names_its_protocol():
    assert sections(response("HTTP/1.1 101 Switching Protocols")) == {"RFC 9110 15.2.2"}
    assert sections(response("HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: upgrade")) == set()


def test_trailers_that_come_too_late():
    body = b"0\r\nContent-Length: 3\r\nX: y\r\n\r\n"
    (note,) = request("POST / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked", body).notes
    assert (note.section, note.text) == ("RFC 9110 6.5.1", "Content-Length in the trailer section")


def test_upgrade_counts_only_when_connection_lists_it():
    def found(data: bytes) -> bytes:
        return upgrade_of(parse_headers(data, 0, len(data)))

    assert found(b"Upgrade: WebSocket, x\r\nConnection: keep-alive, UPGRADE\r\n") == b"websocket"
    assert found(b"Upgrade: websocket\r\n") == b""
    assert found(b"Connection: upgrade\r\n") == b""

"""Requests to a proxy: what is understood, what is passed on, and where bodies end."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures.tap.facts import Asked
from captures.tap.http_heads import MOST_HEAD, MOST_LINE, Body, HttpError, read_request


def head(*lines: str) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


@pytest.mark.parametrize(
    ("target", "asked", "passed"),
    [
        ("http://example.test/a?b#c", Asked("example.test", 80), ("GET /a?b HTTP/1.1", "Host: example.test")),
        ("http://example.test:8080", Asked("example.test", 8080), ("GET / HTTP/1.1", "Host: example.test:8080")),
        ("http://example.test?q", Asked("example.test", 80), ("GET /?q HTTP/1.1", "Host: example.test")),
        ("HTTP://[::1]:81/", Asked("::1", 81), ("GET / HTTP/1.1", "Host: [::1]:81")),
        ("http://me:secret@example.test/", Asked("example.test", 80), ("GET / HTTP/1.1", "Host: example.test")),
    ],
)
def test_requests_in_absolute_form(target: str, asked: Asked, passed: tuple[str, str]):
    data = head(f"GET {target} HTTP/1.1", "Host: wrong", "Proxy-Connection: keep-alive", "proxy-authorization: x", "Accept: */*")
    found = read_request(b"\r\n" + data + b"rest")
    assert found is not None
    request, end = found
    assert (request.asked, request.tunnel, request.upgrade) == (asked, False, False)
    assert request.head == head(*passed, "Accept: */*")
    assert end == 2 + len(data)
    assert request.body.over


@pytest.mark.parametrize(
    ("target", "asked"), [("a.test:443", Asked("a.test", 443)), ("[2001:db8::1]:8443", Asked("2001:db8::1", 8443))]
)
def test_tunnels(target: str, asked: Asked):
    found = read_request(head(f"CONNECT {target} HTTP/1.1", "Host: x"))
    assert found is not None
    assert (found[0].asked, found[0].tunnel) == (asked, True)


@pytest.mark.parametrize(
    "lines",
    [
        ("GET / HTTP/1.1",),
        ("GET https://example.test/ HTTP/1.1",),
        ("GET http:///x HTTP/1.1",),
        ("GET http://a.test:99999/ HTTP/1.1",),
        ("GET http://a.test:http/ HTTP/1.1",),
        ("GET http://[::1/ HTTP/1.1",),
        ("GET http://a.test/ HTTP/2.0",),
        ("GET  http://a.test/ HTTP/1.1",),
        ("CONNECT a.test HTTP/1.1",),
        ("CONNECT :443 HTTP/1.1",),
        ("CONNECT a.test:0 HTTP/1.1",),
        ("CONNECT http://a.test:443 HTTP/1.1",),
        ("G(T http://a.test/ HTTP/1.1",),
        ("\x16\x03\x01",),
        ("POST http://a.test/ HTTP/1.1", "Content-Length: 1", "Content-Length: 2"),
        ("POST http://a.test/ HTTP/1.1", "Content-Length: +1"),
        ("POST http://a.test/ HTTP/1.1", "Transfer-Encoding: gzip"),
    ],
)
def test_what_is_no_request_to_a_proxy(lines: tuple[str, ...]):
    with pytest.raises(HttpError) as raised:
        read_request(head(*lines))
    assert raised.value.status == "400 Bad Request"


@pytest.mark.parametrize("start", [b"CONNECT " + b"a" * MOST_HEAD, b"GET http://a.test/ HTTP/1.1\r\nX: " + b"y" * MOST_HEAD])
def test_a_head_without_end(start: bytes):
    assert read_request(start[:MOST_HEAD]) is None
    for data in (start, start + b":1 HTTP/1.1\r\n\r\n"):
        with pytest.raises(HttpError) as raised:
            read_request(data)
        assert raised.value.status.startswith("431")


@pytest.mark.parametrize(
    ("lines", "content"),
    [
        (("Content-Length: 5",), b"abcde"),
        (("Content-Length: 5", "content-length: 5"), b"abcde"),
        (("Content-Length: 3", "Transfer-Encoding: chunked"), b"5\r\nabcde\r\n0\r\n\r\n"),
        (("Transfer-Encoding: gzip, Chunked",), b"5;x=y\r\nabcde\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n"),
        ((), b""),
    ],
)
@given(cuts=st.lists(st.integers(1, 40), max_size=5))
def test_where_a_body_ends(lines: tuple[str, ...], content: bytes, cuts: list[int]):
    found = read_request(head("POST http://a.test/ HTTP/1.1", *lines))
    assert found is not None
    body, data, taken = found[0].body, content + b"GET next", 0
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    for start, end in itertools.pairwise(edges):
        taken += body.take(data[start:end])
    assert body.over
    assert taken == len(content)


@pytest.mark.parametrize("data", [b"xyz\r\n", b"\r\n", b"-1\r\n", b"1" * 16 + b"\r\n", b"1;" + b"x" * MOST_LINE])
def test_chunks_that_cannot_be(data: bytes):
    with pytest.raises(HttpError):
        Body(None).take(data)


def test_a_request_for_another_protocol():
    found = read_request(head("GET http://a.test/chat HTTP/1.1", "Upgrade: websocket", "Connection: upgrade"))
    assert found is not None
    assert found[0].upgrade


@given(st.binary(max_size=200))
def test_anything_is_understood_refused_or_waited_for(data: bytes):
    try:
        found = read_request(data)
    except HttpError:
        return
    assert found is None or 0 < found[1] <= len(data)

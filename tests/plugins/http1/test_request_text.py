from random import Random

import pytest

from workbench_http1.request_text import RequestText, brief, editing

POST = b"POST /a b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


def test_a_request_is_taken_apart_and_put_together():
    text = RequestText.of(POST)
    assert text is not None
    assert bytes(text) == POST
    assert (text.method, text.target, text.version, text.body) == (b"POST", b"/a b", b"HTTP/1.1", b"hi")
    assert bytes(text.aimed_at(b"*").without(b"host", b"content-length")) == b"POST * HTTP/1.1\r\n\r\nhi"


@pytest.mark.parametrize(
    "raw", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01", b"HTTP/1.1 200 OK\r\n\r\n", b"GET /\r\n\r\n"]
)
def test_what_is_no_whole_head_is_no_request(raw):
    assert RequestText.of(raw) is None


def test_framing_replaces_whatever_said_how_long_the_body_is():
    text = RequestText.of(POST.replace(b"POST", b"GET"))
    assert text is not None
    framed = bytes(text.framed(Random(1), (b"Transfer-Encoding: chunked",), b"0\r\n\r\n"))
    assert framed.startswith(b"POST /a b ")
    assert b"Content-Length" not in framed
    assert framed.endswith(b"\r\n\r\n0\r\n\r\n")


def test_an_edit_is_put_in_the_place_of_a_request():
    change = editing(lambda request, _: (request.aimed_at(b"/z"), "aimed elsewhere"))
    found = change([b"noise", POST], Random(1))
    assert found is not None
    assert (found.messages[0], found.message) == (b"noise", 1)
    assert found.messages[1].startswith(b"POST /z HTTP/1.1")
    assert change([b"noise"], Random(1)) is None
    assert editing(lambda *_: None)([POST], Random(1)) is None


def test_quotes_are_short_and_printable():
    assert brief(b"a\r\n\xff") == "a\\r\\n\\xff"
    assert brief(b"a" * 41) == "a" * 40 + "…"

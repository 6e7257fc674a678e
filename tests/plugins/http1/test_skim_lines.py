"""Header sections as JSON text; that they are the decoder's is checked in `test_skim`."""

import json

import pytest

from workbench_http1.skim_lines import (
    MOST_IN_SECTION,
    MOST_IN_STATUS,
    MOST_REMEMBERED,
    OddError,
    _shape,
    read_section,
    read_status,
)


def members(raw: bytes) -> dict[str, object]:
    lines, named, _, _ = read_section("line", b"\r\n" + raw + b"\r\n")
    found: dict[str, object] = json.loads("{" + (lines + named)[1:] + "}")
    return found


def test_values_go_into_their_places():
    for number in (1, 22, 333):
        raw = b'Host: a\r\nETag: "%d"\r\nContent-Length: %d\r\nCookie: c=%d%%\r\nX: 50%%' % (number, number, number)
        lines, named, length, meaning = read_section("line", b"\r\n" + raw + b"\r\n")
        assert json.loads("{" + lines[1:] + "}")["line"] == [line + "\r\n" for line in raw.decode().split("\r\n")]
        assert json.loads("{" + named[1:] + "}") == {
            "http.host": "a",
            "http.content_length_header": str(number),
            "http.content_length": number,
            "http.cookie": f"c={number}%",
        }
        assert (length, meaning.host) == (number, "a")


def test_one_line_is_no_list():
    assert members(b"Server: x") == {"line": "Server: x\r\n", "http.server": "x"}


def test_a_field_that_stands_there_twice():
    assert members(b"Accept: a\r\nX: 1\r\nAccept: b")["http.accept"] == ["a", "b"]
    found = members(b"Cookie: a\r\nContent-Length: 7\r\nAccept: x\r\ncookie: b\r\nCookie: c")
    assert (found["http.cookie"], found["http.content_length"], found["http.accept"]) == (["a", "b", "c"], 7, "x")


@pytest.mark.parametrize(
    "raw",
    [
        b"no colon",
        b": nameless",
        b"a b: c",
        b"A: \x00",
        b"A: b\n",
        b"Content-Length: x",
        b"Content-Length: 01",
        b"Content-Length: 1\r\nContent-Length: 1",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Host: a\r\nHost: a",
        b"Host: a b",
        b"Expect: more",
        b"\r\n".join([b"A: b"] * (MOST_IN_SECTION + 1)),
    ],
)
def test_what_is_odd(raw):
    with pytest.raises(OddError):
        read_section("line", b"\r\n" + raw + b"\r\n")


def test_long_sections_are_not_remembered():
    remembered = _shape.cache_info().currsize
    for number in range(2):
        raw = b"\r\nX-Long-%d: %s\r\nContent-Length: 7\r\n" % (number, b"x" * MOST_REMEMBERED)
        lines, _, length, _ = read_section("line", raw)
        assert lines.count(f"X-Long-{number}") == 1
        assert length == 7
    assert _shape.cache_info().currsize == remembered


def test_status_lines():
    status = read_status(b"HTTP/1.1 404 Not \xe4")
    assert (status.code, status.text) == (404, "HTTP/1.1 404 Not ä")
    assert json.loads("{" + status.fields + "}")["http.response.code.desc"] == "Not Found"
    for odd in (
        b"HTTP/1.1 99 x",
        b"HTTP/2.0 200 x",
        b"GET / HTTP/1.1",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\nA: b",
        b"HTTP/1.1 200 " + b"x" * MOST_IN_STATUS,
    ):
        with pytest.raises(OddError):
            read_status(odd)

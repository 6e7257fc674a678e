"""Messages as a whole: views, notes, labels, summaries, values."""

import gzip

import pytest

from support.http1 import CLIENT, SERVER, lines, messages, only, request, response, said, sections
from workbench.api import UNDECODED, Direction, Limits, Severity
from workbench_http1.messages import Place, simple_response, undecoded_message


def test_a_clean_request():
    message = request("GET / HTTP/1.1\nHost: a")
    assert (message.protocol, message.label, message.summary, message.notes) == ("http1", "request", "GET / HTTP/1.1", ())
    assert message.views == ()
    assert message.value["method"] == b"GET"


def test_views_from_wire_to_content():
    plain = b"content, content, content"
    packed = gzip.compress(plain)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    message = response("HTTP/1.1 200 OK\nContent-Encoding: gzip\nTransfer-Encoding: chunked", body)
    assert [(view.name, view.data) for view in message.views] == [
        ("wire", message.raw),
        ("dechunked", packed),
        ("gzip decoded", plain),
    ]
    assert message.root.find("http.file_data").value == plain
    assert message.notes == ()


def test_transfer_coding_below_chunked_is_undone_too():
    packed = gzip.compress(b"abc")
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(packed), packed)
    assert response("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked", body).views[-1].data == b"abc"


def test_response_summary_has_the_type():
    message = response("HTTP/1.1 200 OK\nContent-Type: text/html; charset=utf-8\nContent-Length: 0")
    assert message.summary == "HTTP/1.1 200 OK (text/html)"


@pytest.mark.parametrize(
    ("head", "method", "label"),
    [
        ("HTTP/1.1 200 OK\nContent-Length: 0", "GET", "response"),
        ("HTTP/1.1 103 Early Hints", "GET", "interim"),
        ("HTTP/1.1 101 Switching Protocols\nUpgrade: x\nConnection: upgrade", "GET", "switch"),
        ("HTTP/1.1 200 OK", "CONNECT", "switch"),
    ],
)
def test_labels(head, method, label):
    assert response(head, method=method).label == label


def test_incomplete_messages_have_no_value_and_an_error():
    message = only((CLIENT, lines("POST / HTTP/1.1\nHost: a\nContent-Length: 9") + b"abc"))
    assert message.value is None
    assert message.errors == (
        "Body of 9 bytes: the body breaks off after 3 of 9 bytes",
        "the body breaks off after 3 of 9 bytes",
    )
    message = only((CLIENT, b"GET / HTTP/1.1\r\nHost: a\r\n"))
    assert said(message) == {"the header section breaks off"}
    assert message.value is None


def test_what_the_limit_cuts_is_said():
    data = lines("POST / HTTP/1.1\nHost: a\nContent-Length: 100") + b"x" * 100
    (message,) = messages((CLIENT, data), limits=Limits(message=10))
    assert (message.start, message.end) == (0, len(data))
    assert len(message.raw) == len(data) - 90
    assert said(message) == {"90 bytes of the body are missing: not captured, or beyond what is kept"}


def test_bare_line_feeds_in_the_head():
    message = only((CLIENT, b"GET / HTTP/1.1\nHost: a\n\n"))
    assert [(note.section, note.severity) for note in message.notes] == [("RFC 9112 2.2", Severity.WARN)] * 3


def test_blank_lines_before_a_message():
    message = only((CLIENT, b"\r\n" + lines("GET / HTTP/1.1\nHost: a")))
    assert (message.start, sections(message)) == (0, {"RFC 9112 2.2"})


def test_undecoded_runs():
    message = undecoded_message(Place(Direction.TO_SERVER, 5, 9, b"abcd"))
    assert (message.protocol, message.start, message.end, message.raw) == (UNDECODED, 5, 9, b"abcd")
    assert said(undecoded_message(Place(Direction.TO_SERVER, 0, 7, b""))) == {"7 bytes were not captured"}
    assert said(undecoded_message(Place(Direction.TO_SERVER, 0, 2, b"\r\n"))) == {"empty lines and no message behind them"}


def test_simple_response():
    message = simple_response(Place(Direction.TO_CLIENT, 0, 6, b"<html>"), 3)
    assert (message.label, message.exchange, message.root.find("http.file_data").value) == ("response", 3, b"<html>")


def test_messages_of_both_directions():
    found = messages((CLIENT, lines("GET / HTTP/1.1\nHost: a")), (SERVER, lines("HTTP/1.1 204 No Content")))
    assert [message.label for message in found] == ["request", "response"]

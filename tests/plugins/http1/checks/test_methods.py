import pytest

from support.bent_http1 import fails, reply, swap
from workbench_http1.checks.methods import CHECKS

DATE = b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"


def dated(fields):
    """Fields behind the status line of every response."""
    return swap(rb"^(HTTP/1.1 200 [^\r]*\r\n)", rb"\1" + fields)


def _traced(body):
    return swap(rb"^HTTP/1.1 501 [^\0]*", reply(b"200 OK", body, b"Content-Type: message/http\r\n"))


MUTANTS = {
    "knows no HEAD": ({"before": swap(rb"^HEAD", b"HEADS")}, {"get-and-head"}),
    "sends content to HEAD": (
        {"after": lambda data: data + b"hello" if data.endswith(b"\r\n\r\n") and b"Content-Length: 0" not in data else data},
        {"head-no-content", "head-no-content-of-errors"},
    ),
    "has other fields for HEAD": ({"after": swap(rb"ETag: ([^\r]*)(?=[^\0]*\r\n\r\n$)", b"ETag: W/\\1")}, {"head-fields"}),
    "has another length for HEAD": (
        {"after": swap(rb"Content-Length: \d+(?=\r\n\r\n$)", b"Content-Length: 7")},
        {"head-length"},
    ),
    "miscounts": ({"after": swap(rb"Content-Length: \d{3}", b"Content-Length: 99")}, {"response-length"}),
    "miscounts its errors": (
        {"after": swap(rb"(HTTP/1.1 404[^\0]*)Content-Length: \d+", rb"\1Content-Length: 3")},
        {"response-length-of-errors"},
    ),
    "sends 204 with a length": (
        {"after": swap(rb"^(HTTP/1.1 204[^\r]*\r\n)", b"\\1Content-Length: 0\r\n")},
        {"response-204"},
    ),
    "breaks its chunks": ({"after": swap(rb"(chunked\r\n\r\n)", rb"\1x")}, {"response-chunked"}),
    "sends chunks to everybody": ({"before": swap(rb"HTTP/1\.0", b"HTTP/1.1")}, {"response-to-http-1-0"}),
    "writes dates as it likes": ({"after": dated(b"Date: 1994-11-06 08:49:37Z\r\n")}, {"date-form"}),
    "has no time for errors": ({"after": dated(DATE)}, {"date-of-errors"}),
    "knows the future": (
        {"after": dated(DATE + b"Last-Modified: Fri, 01 Jan 2100 00:00:00 GMT\r\n")},
        {"last-modified-not-later"},
    ),
    "leaves out quotation marks": ({"after": swap(rb'ETag: "([^"]*)"', rb"ETag: \1")}, {"etag-form"}),
    "does not say what is allowed": ({"after": swap(rb"Allow: [^\r]*\r\n", b"")}, {"allow-in-405", "options-allow"}),
    "sends something else back": ({"after": _traced(b"TRACE / HTTP/1.1\r\n\r\n")}, {"trace-reflects"}),
    "sends cookies back": ({"after": _traced(b"TRACE / HTTP/1.1\r\nCookie: secret=1\r\n\r\n")}, {"trace-keeps-secrets"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_a_server_with_a_clock_passes():
    stamped = swap(rb"^(HTTP/1.1 [^\r]*\r\n)", rb"\1" + DATE + b"Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT\r\n")
    assert fails(CHECKS, after=stamped) == set()


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()

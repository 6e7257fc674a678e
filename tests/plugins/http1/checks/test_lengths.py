import pytest

from support.bent_http1 import fails, swap
from workbench_http1.checks.lengths import CHECKS


def _first_length(data: bytes) -> bytes:
    return swap(rb"(Content-Length: 5\r\n)Content-Length: [56]\r\n", rb"\1")(data)


MUTANTS = {
    "does not read content": (
        {"before": swap(rb"Content-Length: 5\r\n", b"")},
        {"length-counts", "length-of-get"},
    ),
    "thinks that 0 is no length": ({"before": swap(rb"Content-Length: 0\r\n", b"Content-Length: none\r\n")}, {"length-zero"}),
    "waits for content that nobody announced": (
        {"before": swap(rb"(POST [^\r]*\r\nHost: [^\r]*\r\n)\r\n", b"\\1Content-Length: 9999\r\n\r\n")},
        {"length-absent"},
    ),
    "reads any number": (
        {"before": swap(rb"Content-Length: (-5|\+5|0x5|5\.0|five|5 5|5, 6|)\r\n", b"Content-Length: 5\r\n")},
        {
            "length-negative",
            "length-plus",
            "length-hex",
            "length-fraction",
            "length-letters",
            "length-two-words",
            "length-empty",
            "length-list-different",
        },
    ),
    "takes the first length": ({"before": _first_length}, {"length-twice-different"}),
    "takes both lengths together": (
        {"before": swap(rb"(Content-Length: 5\r\n){2}", b"Content-Length: 10\r\n")},
        {"length-twice-equal"},
    ),
    "counts with 64 bits": ({"before": swap(rb"18446744073709551621", b"5")}, {"length-overflow"}),
    "is content with what came": (
        {"before": lambda data: swap(rb"Content-Length: 100\r\n\r\nhello$", b"Content-Length: 5\r\n\r\nhello")(data)},
        {"length-incomplete"},
    ),
    "goes on behind both": ({"stays": True}, {"both-close", "coding-in-http-1-0", "length-negative"}),
    "obeys the length of both": (
        {"before": swap(rb"(Content-Length: 100\r\n)Transfer-Encoding: chunked\r\n", rb"\1")},
        {"both-coding-wins"},
    ),
    "says 400 to codings that it does not know": ({"after": swap(rb"HTTP/1.1 501", b"HTTP/1.1 400")}, {"coding-unknown"}),
    "finds chunked anywhere": (
        {"before": swap(rb"Transfer-Encoding: [^\r]*(\r\n ,[^\r]*)?", b"Transfer-Encoding: chunked")},
        {
            "coding-not-last",
            "coding-quoted",
            "coding-prefix",
            "coding-control-character",
            "coding-in-value-of-next",
            "coding-identity",
        },
    ),
    "knows one spelling of chunked": ({"before": swap(rb"ChUnKeD", b"x-odd")}, {"coding-case"}),
    "is content with some chunks": (
        {"before": swap(rb"5\r\nhello\r\n$", b"5\r\nhello\r\n0\r\n\r\n")},
        {"chunked-incomplete"},
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()

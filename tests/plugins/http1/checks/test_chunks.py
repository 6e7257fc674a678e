import pytest

from support.bent_http1 import fails, swap
from workbench_http1.checks.chunks import CHECKS

MUTANTS = {
    "cannot read chunks": (
        {"before": swap(rb"Transfer-Encoding: chunked\r\n", b"")},
        {"chunks", "chunk-trailers", "chunk-data-is-opaque"},
    ),
    "loses the first chunk": ({"after": swap(rb"hello world", b" worldhello")}, {"chunks"}),
    "knows capital digits only": ({"before": swap(rb"\r\na\r\n", b"\r\nz\r\n")}, {"chunk-size-case"}),
    "does not like zeros": ({"before": swap(rb"\r\n00(5|0)\r\n", b"\r\n-\r\n")}, {"chunk-size-zeros"}),
    "takes extensions for data": ({"before": swap(rb";odd(?!=)", b"z")}, {"chunk-extension"}),
    "splits extensions in quotation marks": ({"before": swap(rb';odd="a b;c"', b"z")}, {"chunk-extension-quoted"}),
    "looks for the end in the data": (
        {"before": swap(rb"c\r\nhello\r\n0\r\n\r\n\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n\r\n0\r\n\r\n")},
        {"chunk-data-is-opaque"},
    ),
    "obeys trailers": (
        {"before": swap(rb"0\r\nContent-Length: 50\r\n\r\n", b"32\r\n")},
        {"chunk-trailer-is-no-header"},
    ),
    "reads any size": (
        {"before": swap(rb"\r\n(G|-5|\+5|0x5||10000000000000005|5\r(?!\n)|5;a=\x00|5\n)(\r\n)?hello", b"\r\n5\r\nhello")},
        {
            "chunk-size-letters",
            "chunk-size-negative",
            "chunk-size-plus",
            "chunk-size-prefix",
            "chunk-size-empty",
            "chunk-size-overflow",
            "chunk-size-bare-cr",
            "chunk-extension-control",
        },
    ),
    "takes LF for CRLF": ({"before": swap(rb"5\nhello\n0\n\n", b"5\r\nhello\r\n0\r\n\r\n")}, {"chunk-size-bare-lf"}),
    "looks for the end of the line": (
        {"before": swap(rb"5\r\nhel(lo!!)?\r\n0", b"5\r\nhello\r\n0")},
        {"chunk-too-long", "chunk-too-short"},
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    named = set().union(*(expected for _, expected in MUTANTS.values()))
    assert {check.name for check in CHECKS} == named


def test_the_reference_server_passes_but_for_what_its_parser_forgives():
    assert fails(CHECKS) == {"chunk-extension-control"}

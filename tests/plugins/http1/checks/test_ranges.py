import pytest

from support.bent_http1 import fails, swap
from support.conformance import bent, results
from workbench.conformance import Verdict
from workbench_http1.checks.ranges import CHECKS
from workbench_http1.server import serve

MUTANTS = {
    "counts from one": (
        {"after": swap(rb"(Content-Range: bytes )0-0", rb"\g<1>1-1")},
        {"range-first"},
    ),
    "leaves out the last byte": (
        {"before": swap(rb"Range: bytes=(1-2|1-|-2)\r", b"Range: bytes=1-1\r")},
        {"range-middle", "range-open", "range-suffix"},
    ),
    "refuses what reaches beyond": (
        {"before": swap(rb"Range: bytes=(-|2-)\d{3,}\r", b"Range: bytes=9999-\r")},
        {"range-suffix-too-long", "range-beyond-end"},
    ),
    "does not say how long it is": ({"after": swap(rb"Content-Range: bytes \*/\d+\r\n", b"")}, {"range-unsatisfiable"}),
    "turns ranges round": ({"before": swap(rb"bytes=(3-1|one-two)", b"bytes=1-3")}, {"range-backwards", "range-words"}),
    "knows every unit": ({"before": swap(rb"lines=0-1", b"bytes=0-1")}, {"range-unknown-unit"}),
    "answers several with one": ({"before": swap(rb"bytes=0-0,-1", b"bytes=0-0")}, {"range-several"}),
    "places all parts together": (
        {"after": swap(rb"(Content-Type: multipart)", b"Content-Range: bytes 0-0/400\r\n\\1")},
        {"range-several"},
    ),
    "cuts HEAD": ({"after": swap(rb"^HTTP/1.1 200 OK(?=[^\0]*\r\n\r\n$)", b"HTTP/1.1 206 Partial Content")}, {"range-of-head"}),
    "leaves fields out of 206": ({"after": swap(rb"^(HTTP/1.1 206 [^\0]*)ETag: [^\r]*\r\n", rb"\1")}, {"range-fields"}),
    "looks at the range first": ({"before": swap(rb"If-None-Match", b"X")}, {"range-behind-condition"}),
    "trusts nobody": ({"before": swap(rb"If-Range: [^\r]*", b"If-Range: no")}, {"if-range"}),
    "looks at no If-Range": ({"before": swap(rb"If-Range", b"X")}, {"if-range-other", "if-range-weak"}),
    "compresses for everybody": (
        {"before": swap(rb"Accept-Encoding: gzip;q=0, br;q=0, identity", b"Accept-Encoding: gzip")},
        {"coding-refused"},
    ),
    "does not say that it varies": ({"after": swap(rb"Vary: [^\r]*\r\n", b"")}, {"coding-vary"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_whoever_supports_no_ranges_is_left_alone():
    found = results(CHECKS, bent(serve, swap(rb"Range: bytes=[^\r]*", b"X: y")))
    ranges = [result for name, result in found.items() if name.startswith(("range", "if-range")) and name != "range-unknown-unit"]
    assert {result.verdict for result in ranges} == {Verdict.SKIPPED}


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()

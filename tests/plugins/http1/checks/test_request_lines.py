import pytest

from support.bent_http1 import fails, reply, swap
from workbench_http1.checks.request_lines import CHECKS, LONG_TARGET

MUTANTS = {
    "knows no whole URIs": (
        {"before": swap(rb"^GET http:[^ ]*", b"GET /nowhere")},
        {"target-absolute-form", "target-absolute-over-host"},
    ),
    "goes by Host": ({"before": swap(rb"Host: nobody.invalid", b"Host: no body")}, {"target-absolute-over-host"}),
    "takes * for a path": ({"before": swap(rb"^OPTIONS \*", b"OPTIONS /nowhere")}, {"target-asterisk"}),
    "serves anything": (
        {"after": swap(rb"^HTTP/1.1 [45].. .*", reply(b"200 OK"), 16)},
        {
            "target-asterisk-get",
            "target-authority-get",
            "target-with-space",
            "method-case",
            "method-unknown",
            "method-not-a-token",
            "connect-without-port",
            "connect-bad-port",
            "version-lower-case",
            "version-two-digits",
        },
    ),
    "says 400 to whatever it does not like": (
        {"after": swap(rb"^HTTP/1.1 ...", b"HTTP/1.1 400")},
        {"target-origin-form", "target-too-long"},
    ),
    "cannot read long lines": ({"before": swap(rb"/\?a{100,}", b"/" + b"a" * LONG_TARGET)}, {"request-line-8000"}),
    "trips over empty lines": ({"before": swap(rb"^\r\n", b"x\r\n")}, {"empty-line-before"}),
    "forgives case": ({"before": swap(rb"^get", b"GET")}, {"method-case"}),
    "says 405 to what it does not know": ({"after": swap(rb"HTTP/1.1 501", b"HTTP/1.1 405")}, {"method-unknown"}),
    "claims another version": ({"after": swap(rb"^HTTP/1.1", b"HTTP/3.0")}, {"version-foreign-major"}),
    "knows its own minor version only": (
        {"before": swap(rb"HTTP/1\.[09]\r", b"HTTP/one\r")},
        {"version-higher-minor", "version-1-0", "version-1-0-no-host"},
    ),
    "wants Host of everybody": ({"before": swap(rb"HTTP/1\.0", b"HTTP/1.1")}, {"version-1-0-no-host"}),
    "forgives odd versions": (
        {"before": swap(rb"http/1\.1|HTTP/1\.10", b"HTTP/1.1")},
        {"version-lower-case", "version-two-digits"},
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

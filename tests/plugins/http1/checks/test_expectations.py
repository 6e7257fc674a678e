import pytest

from support.bent_http1 import fails, reply, swap
from workbench_http1.checks.expectations import CHECKS

SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"

MUTANTS = {
    "never invites": ({"after": swap(rb"HTTP/1.1 100 Continue\r\n\r\n", b"")}, {"expect-invites", "expect-case"}),
    "invites again": (
        {"after": swap(rb"(HTTP/1.1 100 Continue\r\n\r\n)", rb"\1\1")},
        {"expect-final"},
    ),
    "invites behind the answer": (
        {"after": swap(rb"(HTTP/1.1 200[^\0]*hello)$", b"\\1HTTP/1.1 100 Continue\r\n\r\n" + reply(b"200 OK"))},
        {"expect-content-at-once"},
    ),
    "waits for content that nobody announced": (
        {"before": swap(rb"^(GET [^\0]*)Expect", rb"\1Content-Length: 5\r\nExpect")},
        {"expect-without-content"},
    ),
    "takes HTTP/1.0 for 1.1": ({"before": swap(rb"HTTP/1\.0", b"HTTP/1.1")}, {"expect-in-http-1-0"}),
    "sends interim responses to everybody": (
        {"after": swap(rb"^(HTTP/1.1 200)", b"HTTP/1.1 103 Early Hints\r\n\r\n\\1")},
        {"interim-in-http-1-0"},
    ),
    "falls over what it does not expect": ({"before": swap(rb"Expect: wonders", b"Expect wonders")}, {"expect-unknown"}),
    "switches to anything": (
        {"before": swap(rb"^GET /([^\0]*Upgrade)", rb"GET /switch\1"), "after": swap(rb"^HTTP/1.1 404 [^\0]*", SWITCH)},
        {"upgrade-unknown", "upgrade-in-http-1-0"},
    ),
    "reads Connection as one word": ({"before": swap(rb"x-odd ,, CLOSE", b"x-odd")}, {"connection-list"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


def test_each_check_has_a_server_that_fails_it():
    assert {check.name for check in CHECKS} == set().union(*(expected for _, expected in MUTANTS.values()))


def test_the_reference_server_passes():
    assert fails(CHECKS) == set()

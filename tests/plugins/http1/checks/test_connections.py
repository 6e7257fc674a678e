import pytest

from support.bent_http1 import fails, reply, swap
from support.conformance import bent, failing
from workbench_http1.checks.connections import CHECKS
from workbench_http1.server import serve


def _whole_requests_only(data: bytes) -> bytes:
    """Loses what does not come as a whole."""
    return data if len(data) > 16 or (b"\r\n" in data and len(data) != 2) else b"?"


MUTANTS = {
    "answers once": ({"after": swap(rb"^(HTTP/1.1 [^\r]*\r\n)", b"\\1Connection: close\r\n")}, {"persists"}),
    "mixes up the order": (
        {"after": swap(rb"^(HTTP/1.1 200[^\0]*)(HTTP/1.1 404[^\0]*\n)(?=HTTP)", rb"\2\1")},
        {"pipelining-order"},
    ),
    "loses requests": ({"before": swap(rb"(GET [^\0]*?\r\n\r\n)\1+", rb"\1")}, {"pipelining-many"}),
    "stays": ({"stays": True}, {"close-closes", "http-1-0-closes", "garbage"}),
    "does not say that it closes": ({"after": swap(rb"Connection: close\r\n", b"")}, {"close-is-announced"}),
    "goes on behind close": ({"before": swap(rb"Connection: close\r\n\r\nGET", b"\r\nGET")}, {"close-ends-it"}),
    "wants whole segments": ({"before": _whole_requests_only}, {"request-in-pieces", "content-in-pieces"}),
    "answers garbage": (
        {"after": swap(rb"HTTP/1.1 400[^\0]*", reply(b"200 OK"))},
        {"garbage-behind-request", "garbage"},
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(CHECKS, **bend) >= expected


class Rude:
    """Thinks for a moment, drops the connection when the client has said all, and keeps silent about what it does not understand."""

    def __init__(self, inner):
        self._inner = inner
        self.closed = False
        self._out = b""
        self._now_ns = 0

    def receive(self, data):
        if not data:
            self.closed = True
            return b""
        self._out += self._inner.receive(data)
        return b""

    def pull(self):
        return b""

    def wakeup(self, now_ns):
        if now_ns == self._now_ns:
            return b""
        self._now_ns = now_ns
        said, self._out = self._out, b""
        return b"" if b"HTTP/1.1 400" in said else said

    def drain(self):
        return b""


def test_who_is_rude_fails():
    def start(options):
        service = serve(options)
        return lambda: Rude(service())

    assert failing(CHECKS, start) >= {"half-close", "not-http", "garbage"}


def test_each_check_has_a_server_that_fails_it():
    named = set().union(*(expected for _, expected in MUTANTS.values())) | {"half-close", "not-http"}
    assert {check.name for check in CHECKS} == named


def test_the_reference_server_passes():
    assert failing(CHECKS, bent(serve)) == set()

import pytest

from support.conformance import bent, failing
from support.dns import fails, patched
from workbench.api import ServerOptions
from workbench_dns.checks import CHECKS
from workbench_dns.checks.truncation import ROWS
from workbench_dns.message import read_message
from workbench_dns.server import serve_datagrams, serve_streams


class _Unbounded:
    """Answers over UDP as over TCP."""

    closed = False

    def __init__(self) -> None:
        self._stream = serve_streams(ServerOptions())()

    def receive(self, data: bytes) -> bytes:
        return self._stream.receive(len(data).to_bytes(2, "big") + data)[2:] if data else b""

    def pull(self) -> bytes:
        return b""

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        return b""


class _Twice(_Unbounded):
    """Says everything in two datagrams."""

    def __init__(self) -> None:
        super().__init__()
        self._more = b""

    def receive(self, data: bytes) -> bytes:
        self._more = super().receive(data)
        return self._more

    def pull(self) -> bytes:
        more, self._more = self._more, b""
        return more


def _without_opt(data: bytes) -> bytes:
    opt = read_message(data).opt
    return data if opt is None else data[:10] + b"\0\0" + data[12 : opt.start] + data[opt.end :]


def _without_question(data: bytes) -> bytes:
    asked = read_message(data).questions
    return data[:4] + b"\0\0" + data[6:12] + data[asked[0].end :] if asked and data[2] & 2 else data


MUTANTS = {
    "does not mark what it cuts": ({"after": patched(2, clear=2)}, {"truncation-marked"}),
    "marks everything": ({"after": patched(2, put=2)}, {"truncation-needless"}),
    "forgets EDNS when it cuts": ({"after": _without_opt}, {"truncation-edns"}),
    "forgets the question when it cuts": ({"after": _without_question}, {"truncation-question"}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_who_is_wrong_in_this_fails(name):
    bend, expected = MUTANTS[name]
    assert fails(**bend) >= expected


def test_answers_without_a_bound():
    found = failing(CHECKS, lambda _: _Unbounded)
    assert found >= {"plain-limit", "small-limit", "announced-limit", "truncation-marked"}


def test_two_datagrams():
    assert "one-datagram" in failing(CHECKS, lambda _: _Twice)


def test_each_check_has_a_server_that_fails_it():
    shown = set().union(*(expected for _, expected in MUTANTS.values()))
    assert {row[0] for row in ROWS} == shown | {"plain-limit", "small-limit", "announced-limit", "one-datagram"}


def test_the_reference_server_passes():
    assert failing(CHECKS, bent(serve_datagrams)) == set()

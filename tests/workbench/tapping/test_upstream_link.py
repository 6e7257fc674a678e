"""A carrier's client on a real socket."""

import socket
from collections.abc import Iterator

import pytest

from captures.tap import Ground, TapLimits
from support.carried_client import Client
from support.waiting import until
from workbench.api import Endpoint
from workbench.tapping.upstream_link import UpstreamLink


class Bench:
    def __init__(self) -> None:
        self.now = 0
        self.changes = 0
        self.ground = Ground(limits=TapLimits(connect_ns=100), clock=lambda: 0)
        self.server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.server.bind(("127.0.0.1", 0))
        self.server.settimeout(5)
        self.client = Client()
        self.link = UpstreamLink(self.ground, Endpoint(*self.server.getsockname()), self.client, lambda: self.now, self.changed)

    def changed(self) -> None:
        self.changes += 1

    def answer(self, data: bytes) -> None:
        self.server.sendto(data, self.peer)
        before = self.changes
        until(lambda: self.ground.dispatch(1) and self.changes > before)

    def hear(self) -> bytes:
        data, self.peer = self.server.recvfrom(100)
        return data


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.link.close()
    made.ground.close()
    made.server.close()


def test_datagrams_pass_both_ways(bench):
    assert bench.hear() == b"hello"
    bench.answer(b"welcome")
    assert bench.client.received == [b"welcome"]
    assert bench.client.ready
    bench.client.outbox = [b"one", b"two"]
    bench.link.send(b"frames")
    assert [bench.hear(), bench.hear()] == [b"one", b"two"]
    assert bench.client.said == [b"frames"]
    assert bench.link.trouble == ""


def test_time_passes_for_its_client(bench):
    assert bench.link.due_ns() == 100
    bench.client.due = 50
    assert bench.link.due_ns() == 50
    bench.link.wakeup(49)
    assert bench.client.woken == []
    bench.link.wakeup(50)
    assert (bench.client.woken, bench.changes) == ([50], 1)


def test_a_target_that_does_not_answer(bench):
    bench.link.wakeup(99)
    assert bench.link.trouble == ""
    bench.link.wakeup(100)
    assert bench.link.trouble == "it does not answer"
    assert bench.link.due_ns() is None


def test_one_that_is_met_has_no_deadline(bench):
    bench.hear()
    bench.answer(b"welcome")
    assert bench.link.due_ns() is None


def test_nobody_listens(bench):
    bench.hear()
    bench.server.close()
    bench.client.outbox = [b"again"]
    bench.link.flush()
    until(lambda: bench.ground.dispatch(1) and bench.changes)
    assert bench.link.trouble == "nobody listens there"


def test_a_connection_that_ended_says_nothing_more(bench):
    bench.hear()
    bench.answer(b"go away")
    assert bench.link.trouble.startswith("the server closed it")
    bench.link.send(b"frames")
    assert bench.client.said == []
    bench.link.close()
    bench.link.close()
    bench.link.flush()


def test_a_full_socket_is_waited_for(bench, monkeypatch):
    class Full:
        """Takes nothing the first time."""

        taken: list[bytes] = []  # noqa: RUF012 - one test's

        def __init__(self, sock):
            self._sock = sock
            self._full = True

        def send(self, data):
            if self._full:
                self._full = False
                raise BlockingIOError
            return self._sock.send(data)

        def __getattr__(self, name):
            return getattr(self._sock, name)

    bench.hear()
    monkeypatch.setattr(bench.link, "_sock", Full(bench.link._sock))
    bench.client.outbox, bench.client.due = [b"one"], 5
    bench.link.flush()
    assert bench.link.due_ns() == 100, "what cannot be sent will not be sent sooner because time passes"
    bench.link.flush()
    assert bench.hear() == b"one"
    assert bench.link.due_ns() == 5

"""Asking a target what it speaks."""

import socket

import pytest

from captures.tap import Ground, TapLimits
from support.carried_client import Client
from support.waiting import until
from workbench.api import ConnectionClosed, Endpoint
from workbench.tapping.quic_survey import Survey


@pytest.fixture
def ground():
    made = Ground(limits=TapLimits(connect_ns=100), clock=lambda: 0)
    yield made
    made.close()


@pytest.fixture
def target():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


class Bench:
    def __init__(self, ground, target, *alpn: str) -> None:
        self.clients = {name: Client() for name in alpn}
        for name, client in self.clients.items():
            client.outbox = [name.encode()]
        self.found: list = []
        self.ground = ground
        self.target = target
        to = Endpoint(*target.getsockname())
        self.survey = Survey(ground, to, alpn, self.clients.__getitem__, lambda: 0, lambda *found: self.found.append(found))

    def answer(self, **answers: bytes) -> None:
        for _ in answers:
            name, peer = self.target.recvfrom(100)
            self.target.sendto(answers[name.decode()], peer)


def test_what_is_taken_comes_in_our_order(ground, target):
    bench = Bench(ground, target, "one", "two", "three")
    bench.answer(one=b"welcome", two=b"go away", three=b"welcome")
    until(lambda: ground.dispatch(1) and bench.found)
    assert bench.found == [(("one", "three"), "")]
    assert bench.clients["one"].said == [bytes(ConnectionClosed(0))]
    assert not ground.dispatch(0)


def test_nothing_is_taken(ground, target):
    bench = Bench(ground, target, "one", "two")
    bench.answer(one=b"go away", two=b"go away")
    until(lambda: ground.dispatch(1) and bench.found)
    assert bench.found == [((), "the server closed it with error CONNECTION_REFUSED")]


def test_no_answer_is_one_in_time(ground, target):
    bench = Bench(ground, target, "one", "two")
    assert bench.survey.due_ns() == 100
    bench.survey.wakeup(100)
    assert bench.found == [((), "it does not answer")]


def test_a_survey_that_is_given_up_tells_nothing(ground, target):
    bench = Bench(ground, target, "one")
    bench.survey.close()
    bench.survey.close()
    bench.survey.wakeup(100)
    assert bench.found == []

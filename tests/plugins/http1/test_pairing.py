"""Responses answer requests in order; lost ones must not shift the rest."""

from workbench_http1.limits import MAX_OUTSTANDING
from workbench_http1.pairing import Exchanges


def test_in_order():
    exchanges = Exchanges()
    first, second = exchanges.request(b"GET"), exchanges.request(b"HEAD", simple=False)
    assert (first.number, second.number) == (1, 2)
    assert exchanges.current() is first
    exchanges.answered()
    assert exchanges.current() is second
    assert first.answered
    assert exchanges.pipelined
    exchanges.answered()
    exchanges.answered()
    assert exchanges.current() is None
    assert exchanges.responses == 3


def test_lost_responses_of_a_client_that_does_not_pipeline():
    exchanges = Exchanges()
    exchanges.request(b"GET")
    newest = exchanges.request(b"GET")
    exchanges.responses_lost()
    assert exchanges.current() is newest


def test_lost_responses_of_a_client_that_does():
    exchanges = Exchanges()
    oldest = [exchanges.request(b"GET") for _ in range(4)][1]
    exchanges.answered()
    exchanges.responses_lost()
    assert exchanges.current() is oldest


def test_an_incomplete_response_does_not_prove_pipelining():
    exchanges = Exchanges()
    exchanges.request(b"GET")
    exchanges.request(b"GET")
    exchanges.answered(whole=False)
    assert not exchanges.pipelined


def test_the_oldest_are_forgotten():
    exchanges = Exchanges()
    for _ in range(MAX_OUTSTANDING + 5):
        exchanges.request(b"GET")
    assert len(exchanges.waiting) == MAX_OUTSTANDING
    assert exchanges.current().number == 6

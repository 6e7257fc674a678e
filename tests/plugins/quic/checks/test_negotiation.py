"""Checks about versions, and servers that negotiate badly."""

import pytest

from support.quic_checks import failing, keeps
from workbench_quic.carrier import server as carrier_server
from workbench_quic.checks import negotiation


@pytest.mark.parametrize("check", negotiation.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


def test_one_that_repeats_connection_ids_as_they_came(monkeypatch):
    real = carrier_server.negotiation

    def swapped(header, *others):
        answer = real(header, *others)
        same = bytes((len(header.destination),)) + header.destination + bytes((len(header.source),)) + header.source
        return answer[:5] + same + answer[5 + len(same) :]

    monkeypatch.setattr(carrier_server, "negotiation", swapped)
    assert failing(monkeypatch, negotiation.CHECKS) == {"version-ids-swapped"}


def test_one_that_offers_what_it_refused(monkeypatch):
    real = carrier_server.negotiation
    monkeypatch.setattr(carrier_server, "negotiation", lambda *args: real(*args) + bytes.fromhex("5a5a5a5a"))
    assert failing(monkeypatch, negotiation.CHECKS) == {"version-not-refused-one"}


def test_one_that_answers_everybody(monkeypatch):
    """Each datagram that begins nothing gets an answer of the same size."""

    class Chatty(carrier_server.QuicServer):
        def receive(self, datagram, peer, now_ns):
            before = self.open
            super().receive(datagram, peer, now_ns)
            if self.open == before:
                self._waiting.append((bytes((0x41,)) + bytes(len(datagram)), peer))

    assert failing(monkeypatch, negotiation.CHECKS, make=Chatty) == {"version-small-datagram", "version-no-answer-to-negotiation"}

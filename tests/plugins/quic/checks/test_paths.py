"""Checks about connection IDs and addresses."""

import pytest

from support.quic_checks import Cryptic, Deaf, Forgiving, Generous, about_errors, failing, keeps
from workbench_quic.carrier import server as carrier_server
from workbench_quic.checks import paths


@pytest.mark.parametrize("check", paths.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


@pytest.mark.parametrize("core", [Forgiving, Cryptic], ids=lambda core: core.__name__)
def test_errors_have_to_be_told_with_their_code(monkeypatch, core):
    wanted = about_errors(paths.CHECKS)
    assert len(wanted) >= 5
    assert failing(monkeypatch, paths.CHECKS, core) >= wanted


def test_one_that_does_not_answer(monkeypatch):
    assert failing(monkeypatch, paths.CHECKS, Deaf) == {"path-challenge", "id-replaced", "id-retire-unborn"}


def test_one_that_believes_in_every_address(monkeypatch):
    assert failing(monkeypatch, paths.CHECKS, Generous) == {"path-moves"}


def test_one_that_answers_everybody(monkeypatch):
    class Chatty(carrier_server.QuicServer):
        def receive(self, datagram, peer, now_ns):
            before = self.open
            super().receive(datagram, peer, now_ns)
            if self.open == before:
                self._waiting.append((bytes((0x41,)) + bytes(len(datagram)), peer))

    assert failing(monkeypatch, paths.CHECKS, make=Chatty) >= {"reset-smaller", "reset-none-for-tiny"}

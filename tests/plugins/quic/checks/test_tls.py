"""Checks about the use of TLS."""

import pytest

from support.quic_checks import Cryptic, Forgiving, failing, keeps
from workbench_quic.carrier.core import Core
from workbench_quic.checks import tls


@pytest.mark.parametrize("check", tls.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


ERRORS = {
    "tls-version-12",
    "tls-alpn-none",
    "tls-parameters-missing",
    "tls-session-id",
    "tls-key-update-message",
    "tls-finished-again",
}


def test_one_that_names_other_errors(monkeypatch):
    assert failing(monkeypatch, tls.CHECKS, Cryptic) == ERRORS | {"tls-finished-wrong"}


def test_one_that_forgives_everything(monkeypatch):
    assert failing(monkeypatch, tls.CHECKS, Forgiving) >= ERRORS


def test_one_that_limits_early_data(monkeypatch):
    class Stingy(Core):
        def _initialize(self, peer_cid):
            super()._initialize(peer_cid)
            if not self._is_client:
                self.tls._max_early_data = 1000

    assert failing(monkeypatch, tls.CHECKS, Stingy) >= {"tls-early-data-size"}

"""Checks about keys, endings and datagrams."""

import pytest

from support.quic_checks import Cryptic, failing, keeps
from workbench_quic.carrier.core import Core
from workbench_quic.checks import endings


@pytest.mark.parametrize("check", endings.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


def test_one_that_names_other_errors(monkeypatch):
    assert failing(monkeypatch, endings.CHECKS, Cryptic) == {"close-only"}


def test_one_that_never_forgets(monkeypatch):
    class Patient(Core):
        def _idle_timeout(self):
            return 60.0

    assert failing(monkeypatch, endings.CHECKS, Patient) == {"close-idle"}

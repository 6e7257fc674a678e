"""Checks about first packets."""

import pytest

from support.quic_checks import Cryptic, Forgiving, Generous, about_errors, failed_with, failing, keeps
from workbench_quic.checks import initials


@pytest.mark.parametrize("check", initials.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


def test_a_server_that_proves_addresses_first_keeps_them_too():
    assert failed_with({"retry": "yes"}, initials.CHECKS) == {}


@pytest.mark.parametrize("core", [Forgiving, Cryptic], ids=lambda core: core.__name__)
def test_errors_have_to_be_told_with_their_code(monkeypatch, core):
    wanted = about_errors(initials.CHECKS)
    assert len(wanted) >= 8
    assert failing(monkeypatch, initials.CHECKS, core) == wanted


def test_one_that_believes_in_every_address(monkeypatch):
    assert failing(monkeypatch, initials.CHECKS, Generous) == {"initial-amplification"}

"""Checks about streams."""

import pytest

from support.quic_checks import Cryptic, Deaf, Forgiving, about_errors, failing, keeps
from workbench_quic.checks import streams


@pytest.mark.parametrize("check", streams.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


@pytest.mark.parametrize("core", [Forgiving, Cryptic], ids=lambda core: core.__name__)
def test_errors_have_to_be_told_with_their_code(monkeypatch, core):
    wanted = about_errors(streams.CHECKS)
    assert len(wanted) >= 18
    assert failing(monkeypatch, streams.CHECKS, core) >= wanted


def test_one_that_does_not_stop(monkeypatch):
    assert failing(monkeypatch, streams.CHECKS, Deaf) == {"stream-stop-answered", "stream-stop-own", "stream-stop-unborn"}

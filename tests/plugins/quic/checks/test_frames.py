"""Checks about frames."""

import pytest

from support.quic_checks import Cryptic, Forgiving, about_errors, failing, keeps
from workbench_quic.carrier.core import Core
from workbench_quic.checks import frames


@pytest.mark.parametrize("check", frames.CHECKS, ids=lambda check: check.name)
def test_our_server_keeps_the_rule(check):
    keeps(check)


@pytest.mark.parametrize("core", [Forgiving, Cryptic], ids=lambda core: core.__name__)
def test_errors_have_to_be_told_with_their_code(monkeypatch, core):
    wanted = about_errors(frames.CHECKS)
    assert len(wanted) >= 9
    assert failing(monkeypatch, frames.CHECKS, core) == wanted


def test_one_that_acknowledges_nothing(monkeypatch):
    class Mute(Core):
        def _write_ack_frame(self, builder, space, now):
            space.ack_at = None

    failed = failing(monkeypatch, frames.CHECKS, Mute)
    assert {"frame-ping", "frame-duplicate-packet", "frame-padding", "frame-blocked"} <= failed

"""The cases notice a server without bounds."""

import pytest

from support.http2_server import always, failing
from workbench_http2 import server_session
from workbench_http2.checks import abuse
from workbench_http2.checks.abuse import CHECKS
from workbench_http2.server_budgets import Budgets


@pytest.fixture(autouse=True)
def _short_floods(monkeypatch):
    monkeypatch.setattr(abuse, "ROUNDS", 1_500)


def test_no_budgets(monkeypatch):
    monkeypatch.setattr(Budgets, "spend", always(None))
    assert failing(CHECKS) == {"flood-resets", "flood-settings", "flood-pings", "flood-empty-data", "flood-bad-requests"}


def test_no_limits_of_blocks(monkeypatch):
    for name in ("MAX_CONTINUATIONS", "MAX_BLOCK", "MAX_FIELDS"):
        monkeypatch.setattr(server_session, name, 10**9)
    assert failing(CHECKS) == {"flood-continuations", "large-header-list"}

"""The cases notice a server without bounds, and one with too narrow ones."""

from support.http3_server import always, failing
from workbench_http import requests
from workbench_http3 import server_budgets, server_qpack, server_reading
from workbench_http3.checks.abuse import CHECKS
from workbench_http3.server_session import Session

FLOODS = {check.name for check in CHECKS if check.name.startswith("flood-")}


def test_no_budgets(monkeypatch):
    monkeypatch.setattr(server_budgets.Budgets, "afford", always(True))
    assert failing(CHECKS) == FLOODS


def test_no_bounds_for_fields(monkeypatch):
    proper = server_qpack.QpackDecoder.__init__
    monkeypatch.setattr(server_qpack.QpackDecoder, "__init__", lambda self, *promised: proper(self, *promised[:2], 1 << 30))
    monkeypatch.setattr(server_reading, "MAX_SECTION", 1 << 30)
    monkeypatch.setattr(requests, "headers_of", always({}))  # it is not made for megabytes
    assert failing(CHECKS) == {"qpack-bomb", "large-field-section"}


def test_narrow_bounds(monkeypatch):
    proper = server_qpack.QpackDecoder.__init__
    monkeypatch.setattr(server_qpack.QpackDecoder, "__init__", lambda self, *promised: proper(self, *promised[:2], 1_000))
    assert failing(CHECKS) == {"fields-within-limit"}
    monkeypatch.undo()
    find = Session._find
    monkeypatch.setattr(Session, "_find", lambda self, number: None if number > 800 else find(self, number))
    assert "calm-client-is-served" in failing(CHECKS)

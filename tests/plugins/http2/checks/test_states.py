"""The cases notice a server that does not know idle streams, ends, or its own limit."""

from support.http2_server import always, failing
from workbench_http2 import server_session
from workbench_http2.checks.states import CHECKS


def test_idle_streams(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_is_idle", always(False))
    assert failing(CHECKS) == {"idle-data", "idle-rst-stream", "idle-window-update"}


def test_ended_streams(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_data", always(None))
    assert {"half-closed-data", "closed-data", "reset-data", "idle-data"} <= failing(CHECKS)


def test_limit(monkeypatch):
    monkeypatch.setattr(server_session, "MAX_STREAMS", 1_000)
    assert failing(CHECKS) == {"streams-too-many"}
    monkeypatch.setattr(server_session, "MAX_STREAMS", 2)
    assert "streams-interleaved" in failing(CHECKS)

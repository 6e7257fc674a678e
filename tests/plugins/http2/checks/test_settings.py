"""The cases notice a server that takes any setting."""

from support.http2_server import always, failing
from workbench_http2 import server_session
from workbench_http2.checks.settings import CHECKS


def test_values(monkeypatch):
    monkeypatch.setattr(server_session, "check_settings", always([]))
    assert failing(CHECKS) >= {
        "settings-ack-with-payload", "settings-odd-length", "settings-enable-push-2", "settings-window-too-large",
        "settings-frame-too-small", "settings-frame-too-large", "settings-in-order", "settings-connect-protocol-2",
    }  # fmt: skip

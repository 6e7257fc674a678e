"""The cases notice a server that sends too little, gives no window back, or overlooks a window's end."""

from support.http2_server import always, failing
from workbench_http2 import server_core, server_session
from workbench_http2.checks.windows import CHECKS


def test_windows_that_are_never_given_back(monkeypatch):
    monkeypatch.setattr(server_core.Core, "consumed", always(None))
    assert failing(CHECKS) == {"window-for-uploads"}


def test_a_receiver_that_gives_nothing_back_still_watches_its_own_window(monkeypatch):
    monkeypatch.setattr(server_core.Core, "consumed", always(None))
    (check,) = [check for check in CHECKS if check.name == "window-exceeded-by-client"]
    assert failing([check]) == set()
    monkeypatch.setattr(server_session.Session, "_data", always(None))
    assert failing([check]) == {"window-exceeded-by-client"}


def test_increments(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_window_update", always(None))
    assert {"window-update-by-0", "window-update-by-0-on-a-stream", "window-overflow", "window-of-a-stream"} <= failing(CHECKS)

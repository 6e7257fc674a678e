"""The cases notice a WebSocket that does not echo or does not end, and a path that is none."""

import pytest

from support.http2_server import always, failing, peer
from workbench.api import CheckSkipped
from workbench_http import websocket
from workbench_http2 import server_connection
from workbench_http2.checks.connecting import CHECKS


def test_a_socket_that_says_nothing(monkeypatch):
    monkeypatch.setattr(websocket.EchoSocket, "receive", always(b""))
    assert failing(CHECKS) == {"websocket-echo", "websocket-closed", "websocket-beside-requests"}


def test_an_upgrade_without_an_answer(monkeypatch):
    monkeypatch.setattr(server_connection.Http2Connection, "_answer_upgrade", always(b""))
    assert failing(CHECKS) == {"upgrade-h2c"}


def test_elsewhere():
    (check,) = [check for check in CHECKS if check.name == "websocket-echo"]
    target = peer()
    target.options = {**target.options, "websocket": "/hello.txt"}
    with pytest.raises(CheckSkipped, match="option websocket"):
        check.run(target)

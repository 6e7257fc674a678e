"""The cases notice a server that does not look at lengths, streams and padding."""

from support.http2_server import always, failing
from workbench_http2 import server_session
from workbench_http2.checks.sizes import CHECKS


def test_lengths_and_streams(monkeypatch):
    monkeypatch.setattr(server_session, "check_frame", always(None))
    found = failing(CHECKS)
    assert {"priority-too-short", "priority-too-long", "priority-stream-0"} <= found
    assert not {name for name in found if name.startswith("data-padd")}


def test_padding(monkeypatch):
    monkeypatch.setattr(server_session, "unpadded", lambda frame: frame.payload)
    assert {"headers-padded", "data-padding-no-room", "data-padding-too-long"} & failing(CHECKS)

"""The cases notice a server that lets frames of any length, and frames inside header blocks, pass."""

from support.http2_server import always, failing
from workbench_http2 import server_connection, server_rules, server_session
from workbench_http2.checks.framing import CHECKS


def test_lengths(monkeypatch):
    for module in (server_rules, server_connection):
        monkeypatch.setattr(module, "check_length", always(None))
    monkeypatch.setattr(server_session, "check_frame", always(None))
    assert "frame-too-large-headers" in failing(CHECKS)  # h2 watches the others


def test_interrupted_blocks(monkeypatch):
    take = server_session.Session.take

    def lenient(session, frame):
        session._block, block = (None, session._block) if frame.type != 9 else (session._block, None)
        out = take(session, frame)
        session._block = session._block or block
        return out

    monkeypatch.setattr(server_session.Session, "take", lenient)
    found = failing(CHECKS)
    assert {"block-interrupted-by-unknown", "block-interrupted-by-settings", "block-interrupted-by-ping"} <= found
    assert not {name for name in found if not name.startswith("block-")}

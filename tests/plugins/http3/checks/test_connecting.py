"""The cases notice a server that misunderstands tunnels."""

from support.http3_server import always, failing
from workbench_http.websocket import EchoSocket
from workbench_http3 import server_fields, server_requests, server_session
from workbench_http3.checks.connecting import CHECKS
from workbench_http3.server_datagrams import UdpEcho
from workbench_http3.server_faults import ConnectionFault, StreamFault
from workbench_http3.server_frames import ErrorCode
from workbench_http3.server_reading import Reading

TARGETS = {"connect-with-path", "connect-with-scheme", "connect-without-authority"}
HALVES = {f"websocket-without-{what}" for what in ("scheme", "path", "authority")}
WEBSOCKETS = {"websocket-echo", "websocket-closed", "websocket-beside-requests"}


def test_targets(monkeypatch):
    def lax(pseudo, host):
        pseudo.setdefault(b":path", b"/ws")

    monkeypatch.setattr(server_fields, "_judge_target", lax)
    found = failing(CHECKS)
    assert HALVES | {"protocol-without-connect"} <= found
    assert not TARGETS & found, "501 is a refusal, too"


def test_echoes(monkeypatch):
    monkeypatch.setattr(EchoSocket, "receive", always(b""))
    assert failing(CHECKS) == WEBSOCKETS
    monkeypatch.setattr(UdpEcho, "datagram", always(None))
    assert failing(CHECKS) == WEBSOCKETS | {"datagram-echo", "capsule-echo"}


def test_fields_of_the_handshake(monkeypatch):
    proper = server_requests.Sender.open_tunnel
    monkeypatch.setattr(
        server_requests.Sender,
        "open_tunnel",
        lambda self, stream, *_: proper(self, stream, (("sec-websocket-accept", "x"),)),
    )
    assert failing(CHECKS) == {"websocket-fields"}


def test_unknown_protocols(monkeypatch):
    monkeypatch.setattr(server_requests.Requests, "_connect", lambda self, stream: self.refuse(stream, 404, "no\n"))
    assert failing(CHECKS) == {"protocol-unknown"}


def test_headers_in_tunnels(monkeypatch):
    proper = Reading._admit_fields

    def admit(self, stream, size):
        stream.trailed, tunnel, stream.tunnel = False, stream.tunnel, None
        fate = proper(self, stream, size)
        stream.tunnel = tunnel
        return fate

    monkeypatch.setattr(Reading, "_admit_fields", admit)
    assert failing(CHECKS) == {"tunnel-headers"}


def test_resets(monkeypatch):
    monkeypatch.setattr(server_session.Session, "_stream_reset", always(None))
    assert failing(CHECKS) == {"websocket-reset"}


def test_datagrams(monkeypatch):
    monkeypatch.setattr(server_session, "quarter", always((400, b"")))
    assert failing(CHECKS) == {
        "datagram-empty",
        "datagram-cut-off",
        "datagram-stream-beyond",
        "datagram-unwanted",
        "datagram-echo",
    }
    monkeypatch.undo()

    def strict(self, frame):
        raise ConnectionFault(ErrorCode.H3_DATAGRAM_ERROR, "no datagrams here")

    monkeypatch.setattr(server_session.Session, "_datagram", strict)
    assert failing(CHECKS) == {"datagram-late", "datagram-echo"}


def test_capsules(monkeypatch):
    proper = UdpEcho.receive

    def receive(self, data):
        try:
            return proper(self, data)
        except StreamFault:
            return b""

    monkeypatch.setattr(UdpEcho, "receive", receive)
    assert failing(CHECKS) == {"capsule-cut-off"}

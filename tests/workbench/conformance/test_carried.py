"""The peer that talks through QUIC, against our server in a thread."""

import contextlib
import socket

import pytest

from support.certificates import certificates, tls
from support.quic_world import Echo
from support.waiting import until
from workbench.api import ConnectionClosed, FrameReader, StreamData, TargetError, UsageError
from workbench.conformance import Budget, SocketTarget, Transcript
from workbench.conformance.budget import UNLIMITED
from workbench.conformance.carried import CarriedPeer
from workbench.serving import Disconnected, running
from workbench.serving.carried import Carriage
from workbench_quic.carrier.client import QuicClient
from workbench_quic.carrier.server import QuicServer


@contextlib.contextmanager
def serving(folder, application=Echo, listen=lambda _: None):
    carriage = Carriage(QuicServer)
    with running(
        lambda _: application, carriage=carriage, tls=tls(certificates(folder), alpn=("echo",)), listen=listen
    ) as server:
        yield server.endpoint.port


@contextlib.contextmanager
def peer_at(port, *, transcript=None, budget=UNLIMITED, **more):
    common = {"host": "127.0.0.1", "transport": "udp", "carry": QuicClient, "alpn": ("echo",), "patience_s": 5.0}
    with SocketTarget(port=port, **{**common, **more}).session(transcript or Transcript(), budget) as peer:
        yield peer


def frames(data):
    return list(FrameReader().receive(data))


def whole(data):
    return any(frame.end for frame in frames(data) if isinstance(frame, StreamData))


def test_frames_go_both_ways_and_everything_is_noted(tmp_path):
    transcript = Transcript()
    question = bytes(StreamData(0, b"hello", True))
    with serving(tmp_path) as port, peer_at(port, transcript=transcript, options={"path": "/x"}) as peer:
        assert isinstance(peer, CarriedPeer)
        assert (peer.port, peer.tls, peer.options["path"]) == (port, True, "/x")
        peer.send(question)
        assert peer.receive(whole) == question
        assert not peer.ended
    assert [(turn.kind, turn.data) for turn in transcript.turns] == [("sent", question), ("received", question)]


def test_more_than_a_window(tmp_path):
    with serving(tmp_path) as port, peer_at(port) as peer:
        for at in range(20):
            peer.send(bytes(StreamData(0, bytes(100_000), at == 19)))
        heard = peer.receive(whole, 20.0)
        assert sum(len(frame.data) for frame in frames(heard)) == 2_000_000


def test_a_flood_does_not_hold_us(tmp_path):
    class Flood:
        def __init__(self, sock):
            self.sock, self.left = sock, 100_000

        def recv(self, size):
            self.left -= 1
            assert self.left, "patience was over long ago"
            return b"rubbish"

        def __getattr__(self, name):
            return getattr(self.sock, name)

    with serving(tmp_path) as port, peer_at(port) as peer:
        peer._sock = Flood(peer._sock)
        assert peer.receive(patience_s=0.05) == b""


def test_another_connection(tmp_path):
    events = []
    with serving(tmp_path, listen=events.append) as port:
        with peer_at(port) as peer:
            other = peer.again()
            for number, each in enumerate((peer, other)):
                each.send(bytes(StreamData(0, b"%d" % number, True)))
                assert frames(each.receive(whole)) == [StreamData(0, b"%d" % number, True)]
        gone = until(lambda: [event for event in events if isinstance(event, Disconnected)][1:])
        assert gone, "both were closed, so that nobody waits for them"


def test_finish_closes(tmp_path):
    with serving(tmp_path) as port, peer_at(port) as peer:
        peer.finish()
        peer.finish()
        peer.send(bytes(StreamData(0, b"too late")))
        assert peer.receive() == b""
        assert (peer.ended, peer.reset) == (True, False)


def test_the_targets_last_word(tmp_path):
    class Parting(Echo):
        def receive(self, data):
            self.closed = True
            return bytes(ConnectionClosed(0x107, b"enough"))

    with serving(tmp_path, Parting) as port, peer_at(port) as peer:
        peer.send(bytes(StreamData(0, b"hello")))
        assert frames(peer.receive()) == [ConnectionClosed(0x107, b"enough")]
        assert peer.receive() == b""
        assert (peer.ended, peer.reset) == (True, False)


def test_a_target_that_breaks(tmp_path):
    class Broken(Echo):
        def receive(self, data):
            raise RuntimeError("as told")

    with serving(tmp_path, Broken) as port, peer_at(port) as peer:
        peer.send(bytes(StreamData(0, b"hello")))
        assert peer.receive() == b""
        assert (peer.ended, peer.reset) == (True, True)


def test_silence_is_waited_for_no_longer_than_asked(tmp_path):
    with serving(tmp_path) as port, peer_at(port) as peer:
        assert peer.receive(patience_s=0.05) == b""
        assert not peer.ended


def test_certificates_are_looked_at_as_with_tls(tmp_path):
    own = certificates(tmp_path)
    with serving(tmp_path) as port:
        for cacert in (None, own.authority):
            with peer_at(port, host="localhost", cacert=cacert):
                pass
        with (
            pytest.raises(TargetError, match=r"the handshake failed.*--cacert"),
            peer_at(port, host="localhost", cacert=own.path / "client-stranger.pem"),
        ):
            pass
        with pytest.raises(UsageError, match="no certificates can be read there"), peer_at(port, cacert=own.path / "none"):
            pass


def test_nobody_listens():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with pytest.raises(TargetError, match="nobody listens there"), peer_at(port):
        pass


def test_nobody_answers(monkeypatch):
    monkeypatch.setattr("workbench.conformance.carried.CONNECT_S", 0.2)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        with pytest.raises(TargetError, match="gets no answer"), peer_at(sock.getsockname()[1], budget=Budget.of(20)):
            pass

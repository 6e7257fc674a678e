"""The peer over real sockets, against servers in threads that do one thing each."""

import contextlib
import socket
import ssl
import struct
import threading
import time

import pytest

from support.certificates import certified
from workbench.api import TargetError, delimited, framed
from workbench.conformance import Budget, SocketTarget, Transcript, sockets
from workbench.conformance.budget import UNLIMITED
from workbench.serving import running

LINES = framed(delimited(b"\n"), bytes.upper)


@contextlib.contextmanager
def serving(talk, *, wrap=None):
    """A listening port on which `talk(socket)` has each connection, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work():
            with contextlib.suppress(OSError):
                while True:
                    sock, _ = listener.accept()
                    with contextlib.suppress(OSError), wrap(sock) if wrap else sock as talking:
                        talk(talking)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@contextlib.contextmanager
def peer_at(port, transcript=None, budget=UNLIMITED, **more):
    with SocketTarget(host="127.0.0.1", port=port, **more).session(transcript or Transcript(), budget) as peer:
        yield peer


def test_bytes_go_both_ways_and_everything_is_noted():
    transcript = Transcript()
    with running(LINES) as server, peer_at(server.endpoint.port, transcript, options={"path": "/x"}) as peer:
        assert (peer.host, peer.port, peer.tls, peer.options["path"]) == ("127.0.0.1", server.endpoint.port, False, "/x")
        peer.send(b"one\ntwo\n")
        assert peer.receive(lambda data: data.count(b"\n") == 2) == b"ONE\nTWO\n"
        assert not peer.ended
        peer.finish()
        assert peer.receive() == b""
        assert peer.ended
        assert not peer.reset
    assert [turn.kind for turn in transcript.turns] == ["sent", "received", "finished", "closed"]
    assert (transcript.sent, transcript.received) == (8, 8)


def test_patience_ends():
    with running(LINES) as server, peer_at(server.endpoint.port) as peer:
        peer.send(b"no end")
        begun = time.monotonic()
        assert peer.receive(patience_s=0.05) == b""
        assert time.monotonic() - begun >= 0.05
        assert not peer.ended


def test_a_reset_is_no_end():
    def talk(sock):
        sock.recv(100)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with serving(talk) as port, peer_at(port) as peer:
        peer.send(b"hello")
        assert peer.receive(patience_s=10) == b""
        assert peer.ended
        assert peer.reset
        peer.send(b"anybody there?")
        assert peer.receive() == b""


def test_others_are_closed_with_the_session():

    transcript = Transcript()
    with running(LINES) as server:
        with peer_at(server.endpoint.port, transcript) as one:
            two = one.again()
            two.send(b"b\n")
            one.send(b"a\n")
            assert (two.receive(), one.receive()) == (b"B\n", b"A\n")
        assert two._sock.fileno() == one._sock.fileno() == -1
    assert {turn.connection for turn in transcript.turns} == {1, 2}


def test_neither_waits_for_the_other_to_read():
    size = 8_000_000

    def talk(sock):
        sock.sendall(bytes(size))
        left = size
        while left:
            left -= len(sock.recv(1 << 20))
        sock.sendall(b"done")
        sock.recv(1)

    with serving(talk) as port, peer_at(port, patience_s=20.0) as peer:
        peer.send(bytes(size))
        assert peer.receive(lambda data: len(data) >= size + 4)[-4:] == b"done"


def test_a_target_that_does_not_read_does_not_stop_us():
    done = threading.Event()
    with serving(lambda _: done.wait(30)) as port, peer_at(port, patience_s=0.1) as peer:
        peer.send(bytes(30_000_000))
        assert not peer.ended
        done.set()


def test_the_budget_bounds_every_wait():
    with running(LINES) as server, peer_at(server.endpoint.port, budget=Budget.of(0.1)) as peer:
        begun = time.monotonic()
        assert peer.receive(patience_s=60) == b""
        assert time.monotonic() - begun < 30


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    target = SocketTarget(host="127.0.0.1", port=port)
    with pytest.raises(TargetError, match=rf"127.0.0.1:{port}: it takes no connections \(Connection refused\)"):
        target.require()


def test_nobody_there_over_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        target = SocketTarget(host="127.0.0.1", port=sock.getsockname()[1], transport="udp")
        target.require()
    with pytest.raises(TargetError, match="nobody listens there"):
        target.require()


def test_no_such_host():
    with pytest.raises(TargetError, match="no such host"):
        SocketTarget(host="nobody..invalid", port=1).require()


def test_datagrams():
    shouting = framed(len, bytes.upper)
    with running(shouting, transport="udp") as server, peer_at(server.endpoint.port, transport="udp") as peer:
        peer.send(b"hello")
        assert peer.receive() == b"HELLO"
        peer.finish()
        assert not peer.ended


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def wrap(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1])
    context.set_alpn_protocols(["toy/1"])
    return lambda sock: context.wrap_socket(sock, server_side=True)


def _echo(sock):
    sock.sendall(sock.selected_alpn_protocol().encode() + b" " + sock.recv(100))
    with contextlib.suppress(ssl.SSLError):
        sock.unwrap()


@pytest.mark.parametrize("believing", [False, True])
def test_tls(files, wrap, believing):
    with (
        serving(_echo, wrap=wrap) as port,
        peer_at(port, tls=True, alpn=("toy/1",), cacert=files[0] if believing else None, patience_s=10.0) as peer,
    ):
        assert peer.tls
        peer.send(b"hello")
        assert peer.receive(lambda data: b"hello" in data) == b"toy/1 hello"
        assert peer.receive() == b""
        assert peer.ended
        assert not peer.reset


def test_tls_of_strangers_is_refused(wrap, tmp_path):
    other, _ = certified(tmp_path)
    with serving(_echo, wrap=wrap) as port, pytest.raises(TargetError, match="Name the authority with --cacert"):
        SocketTarget(host="127.0.0.1", port=port, tls=True, alpn=("toy/1",), cacert=other).require()


def test_tls_where_there_is_none():
    with running(LINES) as server, pytest.raises(TargetError, match="handshake"):
        SocketTarget(host="127.0.0.1", port=server.endpoint.port, tls=True).require()


class Flooded:
    """A socket that always has something to read."""

    def __init__(self, sock, data):
        self._sock, self._data = sock, data

    def recv(self, _):
        return self._data

    def __getattr__(self, name):
        return getattr(self._sock, name)


def test_empty_datagrams_without_end():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        with peer_at(server.getsockname()[1], transport="udp") as peer:
            peer._sock = Flooded(peer._sock, b"")
            assert peer.receive_datagrams(patience_s=0.05) == []
            assert not peer.ended


def test_a_target_that_talks_and_does_not_listen(monkeypatch):
    """What we send gets as much patience as what we wait for, however much comes meanwhile, and what comes is bounded."""
    monkeypatch.setattr(sockets, "MOST_RECEIVED", 100_000)
    with socket.create_server(("127.0.0.1", 0)) as server, peer_at(server.getsockname()[1], patience_s=0.05) as peer:
        talker, _ = server.accept()
        with talker:
            talker.send(b"x")
            peer._sock = Flooded(peer._sock, bytes(1_000))
            peer.send(bytes(20_000_000))
        assert 100_000 <= peer._size <= 101_000


def test_datagrams_keep_their_boundaries():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        with peer_at(server.getsockname()[1], transport="udp") as peer:
            peer.send(b"hello")
            _, client = server.recvfrom(100)
            for datagram in (b"one", b"", b"two", b"three"):
                server.sendto(datagram, client)
            assert peer.receive_datagrams(lambda found: len(found) == 3) == [b"one", b"two", b"three"]
            server.sendto(b"four", client)
            assert peer.receive() == b"four"
            assert peer.receive_datagrams(patience_s=0.01) == []

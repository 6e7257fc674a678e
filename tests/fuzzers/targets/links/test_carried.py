import contextlib
import socket

import pytest

from fuzzers.targets.links import carried
from fuzzers.targets.links.carried import CarriedDialer, CarriedLink
from fuzzers.targets.links.tls import TlsFacts
from support.answering import heard
from support.carried_client import Client
from support.quic_servers import quic_server
from support.waiting import until
from workbench.api import ConnectionClosed, Endpoint, StreamData, TargetError, UsageError
from workbench.api.carried import FrameReader, StreamReset
from workbench_quic.carrier.client import QuicClient

ANY = TlsFacts(alpn=("echo",), verify=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("quic")) as made:
        yield made


def test_secrets_are_written_where_somebody_asked_for_them(place, tmp_path):
    keylog = tmp_path / "keys"
    CarriedDialer(QuicClient, TlsFacts(alpn=("echo",), verify=False, keylog=keylog)).dial(place.endpoint).close()
    assert "CLIENT_TRAFFIC_SECRET_0 " in keylog.read_text()


def frames(data: bytes) -> list[object]:
    return list(FrameReader().receive(data))


def test_frames_go_both_ways_with_real_keys(place):
    link = CarriedDialer(QuicClient, TlsFacts(alpn=("echo",), ca=place.authority)).dial(place.endpoint)
    said = bytes(StreamData(0, b"one")) + bytes(StreamData(4, b"two", True))
    assert link.send(memoryview(said)) == len(said)
    assert set(frames(heard(link, len(said)))) == {StreamData(0, b"one"), StreamData(4, b"two", True)}
    until(link.at_rest)
    link.send(memoryview(bytes(StreamData(0, b"", True))))
    assert frames(heard(link)) == [StreamData(0, b"", True)]
    with pytest.raises(BlockingIOError):
        link.receive()
    link.finish()
    link.close()
    link.close()


def test_a_frame_may_come_in_pieces(place):
    link = CarriedDialer(QuicClient, ANY).dial(place.endpoint)
    said = bytes(StreamData(0, b"hello"))
    for byte in said:
        link.send(memoryview(bytes((byte,))))
    assert frames(heard(link)) == [StreamData(0, b"hello")]
    link.close()


@pytest.mark.parametrize(
    "said",
    [
        b"\x21\x00",  # no frame of RFC 9000
        bytes(StreamData(1, b"the server's own")),
        bytes(StreamData(0, b"x")) + b"\x1e",  # HANDSHAKE_DONE is the server's to say
        b"\x0a\x00\x44\x00cut off",
    ],
)
def test_what_no_client_says_reaches_the_server_all_the_same(place, said):
    link = CarriedDialer(QuicClient, ANY).dial(place.endpoint)
    link.send(memoryview(said))
    link.finish()
    seen = b""
    while more := heard(link):
        seen += more
    assert all(isinstance(frame, StreamData) for frame in frames(seen))
    assert not link.waiting
    link.close()


def test_the_end_comes_behind_the_last_words():
    client = Client()
    with sockets() as (ours, _):
        link = CarriedLink(ours, client)
        client.inbox = bytes(StreamReset(0, 1)) + bytes(ConnectionClosed(7))
        link.send(memoryview(b""))
        client.ended = "the server closed it with code 0x7"
        assert link.waiting
        assert link.at_rest()
        assert frames(link.receive()) == [StreamReset(0, 1), ConnectionClosed(7)]
        assert link.waiting
        assert link.receive() == b""
        assert not link.waiting
        link.close()
    assert client.said == []


@contextlib.contextmanager
def sockets():
    """Both ends of what could be a connection."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        other.settimeout(10)
        ours = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        ours.connect(other.getsockname())
        yield ours, other
        ours.close()


def test_time_is_told_when_it_is_due():
    client = Client()
    with sockets() as (ours, other):
        link = CarriedLink(ours, client)
        link.send(memoryview(bytes(StreamData(0, b"x"))))
        assert other.recv(100) == b"hello"
        woken = len(client.woken)
        client.due = 0
        link.send(memoryview(b""))
        client.due = 0
        assert not link.at_rest()
        assert len(client.woken) > woken
        until(link.at_rest)
        link.close()
    assert client.said[-1] == bytes(ConnectionClosed(0))


def test_a_reset_says_nothing(place):
    client = Client()
    with sockets() as (ours, _):
        link = CarriedLink(ours, client)
        link.reset()
        link.close()
    assert client.said == []


def test_nobody_there(monkeypatch):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        endpoint = Endpoint(*silent.getsockname())
        dialer = CarriedDialer(QuicClient, ANY)
        assert dialer.is_there(endpoint, 1.0)
        monkeypatch.setattr(carried, "HANDSHAKE_S", 0.05)
        with pytest.raises(TargetError, match="gets no answer"):
            dialer.dial(endpoint)
        dialer._met = True  # from now on it is the server's fault
        with pytest.raises(TimeoutError):
            dialer.dial(endpoint)
    monkeypatch.undo()
    assert not dialer.is_there(endpoint, 1.0)
    with pytest.raises(ConnectionRefusedError):
        dialer.dial(endpoint)


def test_handshakes_that_cannot_be(place, tmp_path):
    with pytest.raises(TargetError, match="certificate"):
        CarriedDialer(QuicClient, TlsFacts(alpn=("echo",))).dial(place.endpoint)
    dialer = CarriedDialer(QuicClient, ANY)
    dialer.dial(place.endpoint).close()
    other = CarriedDialer(QuicClient, TlsFacts(alpn=("nothing",), verify=False))
    with pytest.raises(TargetError, match="handshake failed"):
        other.dial(place.endpoint)
    other._met = True  # a server that has met us before is at fault itself
    with pytest.raises(ConnectionAbortedError):
        other.dial(place.endpoint)
    with pytest.raises(UsageError, match="no certificates can be read"):
        CarriedDialer(QuicClient, TlsFacts(ca=tmp_path / "missing.pem"))

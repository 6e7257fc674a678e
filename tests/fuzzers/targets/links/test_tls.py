import contextlib
import socket
import ssl
import threading

import pytest

from fuzzers.targets.links import tls
from fuzzers.targets.links.tls import PIECE, TlsDialer, TlsFacts
from support.answering import heard, secured
from support.certificates import certified
from workbench.api import Endpoint, TargetError, UsageError

ANY = TlsFacts(verify=False)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return certified(tmp_path_factory.mktemp("links"))


def echo(connection: ssl.SSLSocket) -> None:
    while data := connection.recv(100):
        connection.sendall(data)


def test_both_sides_speak_and_end(files):
    with secured(echo, files[1], ("toy/1",)) as endpoint:
        link = TlsDialer(TlsFacts(alpn=("toy/1",), ca=files[0])).dial(endpoint)
        assert link.send(memoryview(b"hello")) == 5
        assert heard(link) == b"hello"
        assert link.at_rest()
        with pytest.raises(BlockingIOError):
            link.receive()
        link.finish()
        assert heard(link) == b""
        link.close()
        link.close()


def test_who_speaks_first_is_heard(files):
    def greet(connection: ssl.SSLSocket) -> None:
        connection.sendall(b"welcome")
        connection.recv(1)

    with secured(greet, files[1]) as endpoint:
        link = TlsDialer(ANY).dial(endpoint)
        assert heard(link) == b"welcome"
        assert not link.waiting
        link.close()


def test_sessions_are_resumed(files):
    resumed = []

    def tell(connection: ssl.SSLSocket) -> None:
        resumed.append(connection.session_reused)
        echo(connection)

    with secured(tell, files[1]) as endpoint:
        dialer = TlsDialer(ANY)
        for _ in range(3):
            link = dialer.dial(endpoint)
            link.send(memoryview(b"x"))
            assert heard(link) == b"x"
            link.close()
    assert resumed == [False, True, True]


def test_a_message_goes_out_in_pieces(files):
    sizes = []

    def count(connection: ssl.SSLSocket) -> None:
        while data := connection.recv(1 << 20):
            sizes.append(len(data))

    with secured(count, files[1]) as endpoint:
        link = TlsDialer(ANY).dial(endpoint)
        rest = memoryview(bytes(3 * PIECE + 1))
        while rest:
            try:
                rest = rest[link.send(rest) :]
            except BlockingIOError:
                link.at_rest()
        link.finish()
        assert heard(link) == b""
        link.close()
    assert sum(sizes) == 3 * PIECE + 1


def test_a_connection_is_broken_off(files):
    ends = []

    def wait(connection: ssl.SSLSocket) -> None:
        connection.sendall(b"x")
        try:
            socket.socket.recv(connection, 10)  # below TLS, which would tell a reset from an end only in some versions of OpenSSL
        except ConnectionResetError:
            ends.append("reset")

    with secured(wait, files[1]) as endpoint:
        link = TlsDialer(ANY).dial(endpoint)
        assert heard(link) == b"x"
        link.reset()
        link.close()
    assert ends == ["reset"]


def test_strangers_are_not_believed_and_that_is_no_finding(files, tmp_path):
    other, _ = certified(tmp_path)
    with secured(echo, files[1]) as endpoint:
        with pytest.raises(TargetError, match="certificate") as caught:
            TlsDialer(TlsFacts(ca=other)).dial(endpoint)
        assert "--ca" in caught.value.remedy
        with pytest.raises(UsageError, match="no certificates can be read"):
            TlsDialer(TlsFacts(ca=tmp_path / "missing.pem"))


def test_a_name_of_ones_own(files):
    with secured(echo, files[1]) as endpoint:
        TlsDialer(TlsFacts(name="localhost", ca=files[0])).dial(endpoint).close()
        with pytest.raises(TargetError, match=r"wrong\.test"):
            TlsDialer(TlsFacts(name="wrong.test", ca=files[0])).dial(endpoint)


@contextlib.contextmanager
def without_tls(said: bytes):
    """A server that says the same to everybody, once."""

    def answer() -> None:
        with listener.accept()[0] as connection:
            connection.recv(4096)
            connection.sendall(said)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer)
        thread.start()
        yield Endpoint(*listener.getsockname())
        thread.join(10)


@pytest.mark.parametrize(
    ("said", "reason", "later"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "wrong version number", ConnectionAbortedError),
        (b"", "hung up", ConnectionResetError),
    ],
)
def test_a_server_without_tls_is_no_finding_and_one_that_loses_it_is(said, reason, later):
    dialer = TlsDialer(ANY)
    with without_tls(said) as endpoint, pytest.raises(TargetError, match=reason):
        dialer.dial(endpoint)
    dialer._met = True
    with without_tls(said) as endpoint, pytest.raises(later):
        dialer.dial(endpoint)


def test_a_handshake_without_an_answer(monkeypatch):
    monkeypatch.setattr(tls, "HANDSHAKE_S", 0.05)
    dialer = TlsDialer(ANY)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = Endpoint(*listener.getsockname())
        with pytest.raises(TargetError, match="gets no answer"):
            dialer.dial(endpoint)
        dialer._met = True
        with pytest.raises(TimeoutError):
            dialer.dial(endpoint)

import contextlib
import socket

import pytest

from fuzzers.targets.links import tcp
from fuzzers.targets.links.tcp import TcpDialer, resolved
from support.answering import heard
from workbench.api import Endpoint


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def endpoint(listener: socket.socket) -> Endpoint:
    return Endpoint(*listener.getsockname())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as made:
        return int(made.getsockname()[1])


def test_both_sides_speak_and_end(listener):
    link = TcpDialer().dial(endpoint(listener))
    other = listener.accept()[0]
    with other:
        assert link.send(memoryview(b"hello")) == 5
        assert other.recv(100) == b"hello"
        with pytest.raises(BlockingIOError):
            link.receive()
        link.finish()
        assert other.recv(100) == b""
        other.sendall(b"still here")
        assert heard(link) == b"still here"
        assert link.at_rest()
        assert not link.waiting
    assert heard(link) == b""
    link.close()
    link.close()


def test_a_connection_is_broken_off(listener):
    link = TcpDialer().dial(endpoint(listener))
    with listener.accept()[0] as other:
        link.reset()
        with pytest.raises(ConnectionResetError):
            other.recv(100)
    link.close()


def test_a_reset_is_heard(listener):
    link = TcpDialer().dial(endpoint(listener))
    other = listener.accept()[0]
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, tcp.RESET)
    other.close()
    with pytest.raises(ConnectionResetError):
        heard(link)
    link.finish()
    link.close()


def test_a_server_that_does_not_read_takes_no_more(listener):
    link = TcpDialer().dial(endpoint(listener))

    def fill():
        while True:
            link.send(memoryview(bytes(1 << 20)))

    with listener.accept()[0], pytest.raises(BlockingIOError):
        fill()
    link.close()


def test_nobody_there():
    dialer, nowhere = TcpDialer(), Endpoint("127.0.0.1", free_port())
    assert not dialer.is_there(nowhere, 1.0)
    with pytest.raises(ConnectionRefusedError):
        dialer.dial(nowhere)


def test_a_full_backlog_is_waited_for_no_longer_than_that(monkeypatch):
    monkeypatch.setattr(tcp, "CONNECT_S", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        dialer = TcpDialer()
        with contextlib.ExitStack() as held:

            def crowd():
                for _ in range(10):
                    held.callback(dialer.dial(endpoint(full)).close)

            with pytest.raises(TimeoutError):
                crowd()


def test_names_are_looked_up_once_and_ports_may_change(listener, monkeypatch):
    asked = []
    monkeypatch.setattr(tcp, "resolved", lambda place, kind: asked.append(place) or resolved(place, kind))
    dialer = TcpDialer()
    with socket.create_server(("127.0.0.1", 0)) as second:
        for place in (endpoint(listener), endpoint(listener), endpoint(second)):
            assert dialer.is_there(place, 1.0)
            dialer.dial(place).close()
        assert asked == [endpoint(listener), endpoint(second)]


def test_hosts_that_cannot_be():
    for host in ("no.such.host.invalid", "a" * 70 + ".test"):
        with pytest.raises(OSError):
            TcpDialer().dial(Endpoint(host, 1))


def test_ipv6():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        link = TcpDialer().dial(Endpoint("::1", listener.getsockname()[1]))
        with listener.accept()[0] as other:
            link.send(memoryview(b"six"))
            assert other.recv(10) == b"six"
        link.close()

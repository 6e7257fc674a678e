"""A SOCKS5 client's datagrams with real sockets: who may send, where they go, and what comes back."""

import socket
from collections.abc import Iterator

import pytest

from captures.tap import association
from captures.tap.association import Association
from captures.tap.ground import Ground
from captures.tap.limits import TapLimits
from captures.tap.socks import address_of
from support.waiting import until
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def bound(host: str = "127.0.0.1") -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    sock.settimeout(5)
    return sock


class Bench:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.asked: list = []
        self.seen: list[tuple[Endpoint, Endpoint, Direction, bytes]] = []
        self.names: list[tuple[str, str]] = []
        self.ground = Ground(limits=TapLimits(), clock=lambda: 0, tell=lambda trouble: self.told.append(trouble.target))
        self.ground.lookup = lambda *question: self.asked.append(question[::2])
        self.ground.file = self  # type: ignore[assignment]  # the part of a TapFile that it uses
        self.client, self.server = bound(), bound()
        self.target = Endpoint(*self.server.getsockname())
        self.association = Association(self.ground, Endpoint("127.0.0.1", 1), Endpoint("127.0.0.1", 5000))

    def datagram(self, client: Endpoint, server: Endpoint, direction: Direction, data: bytes) -> None:
        self.seen.append((client, server, direction, data))

    def name(self, host: str, address: str) -> None:
        self.names.append((host, address))

    def send(self, data: bytes, sock: socket.socket | None = None) -> None:
        (sock or self.client).sendto(data, (self.association.endpoint.host, self.association.endpoint.port))
        assert self.ground.dispatch(5)

    def close(self) -> None:
        self.association.close()
        self.ground.close()
        self.client.close()
        self.server.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def to(target: Endpoint, data: bytes) -> bytes:
    return bytes(3) + address_of(target) + data


def named(name: bytes, port: int, data: bytes) -> bytes:
    return b"\0\0\0\x03" + bytes([len(name)]) + name + port.to_bytes(2, "big") + data


def test_datagrams_pass_both_ways_without_and_with_their_header(bench: Bench):
    bench.send(to(bench.target, b"ask"))
    data, peer = bench.server.recvfrom(100)
    bench.server.sendto(b"answer", peer)
    assert bench.ground.dispatch(5)
    assert data == b"ask"
    assert bench.client.recv(100) == to(bench.target, b"answer")
    client = Endpoint(*bench.client.getsockname())
    assert bench.seen == [(client, bench.target, UP, b"ask"), (client, bench.target, DOWN, b"answer")]
    assert bench.association.dropped == 0


def test_names_are_looked_up_once(bench: Bench):
    for data in (b"one", b"two"):
        bench.send(named(b"a.test", bench.target.port, data))
    assert [host for host, _ in bench.asked] == ["a.test"]
    bench.asked[0][1](("::1", "127.0.0.1"), 0)
    assert [bench.server.recv(100), bench.server.recv(100)] == [b"one", b"two"]
    bench.send(named(b"a.test", bench.target.port, b"three"))
    assert bench.server.recv(100) == b"three"
    assert bench.names == [("a.test", "127.0.0.1")]


def test_a_name_that_nobody_knows(bench: Bench):
    bench.send(named(b"a.test", 1, b"one"))
    bench.asked[0][1]((), 0)
    assert bench.association.dropped == 1
    bench.send(named(b"a.test", 1, b"one"))
    assert len(bench.asked) == 2
    bench.association.close()
    bench.asked[1][1](("127.0.0.1",), 0)
    assert bench.seen == []


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\0\0\1" + to(Endpoint("127.0.0.1", 1), b"")[3:], b"\0\0\0\x02" + bytes(20)])
def test_what_is_no_datagram_for_anybody(bench: Bench, data: bytes):
    bench.send(data)
    assert bench.association.dropped == 1
    assert bench.seen == []


def test_targets_that_were_not_allowed(bench: Bench):
    for _ in range(3):
        bench.send(to(Endpoint("192.0.2.1", 53), b"x"))
    assert bench.told == ["192.0.2.1:53"]
    assert (bench.association.dropped, bench.seen) == (3, [])


def test_strangers_are_not_served(bench: Bench):
    bench.send(to(bench.target, b"mine"))
    _, peer = bench.server.recvfrom(100)
    with bound() as other, bound("127.0.0.2") as elsewhere:
        bench.send(to(bench.target, b"of another port"), other)
        bench.send(to(bench.target, b"of another address"), elsewhere)
        other.sendto(b"nobody asked me", peer)
        assert bench.ground.dispatch(5)
    assert bench.association.dropped == 3
    assert len(bench.seen) == 1


def test_what_waits_and_what_is_known_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(association, "MOST_WAITING", 2)
    monkeypatch.setattr(association, "MOST_TARGETS", 1)
    for number in range(4):
        bench.send(named(b"%d.test" % number, 1, b"x"))
    assert (len(bench.asked), bench.association.dropped) == (2, 2)
    bench.send(to(bench.target, b"first"))
    bench.send(to(Endpoint("127.0.0.1", 9), b"second"))
    assert len(bench.seen) == 1
    assert bench.association.dropped == 3


def test_ipv6_targets(bench: Bench):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
        six.bind(("::1", 0))
        six.settimeout(5)
        target = Endpoint("::1", six.getsockname()[1])
        bench.send(to(target, b"ask"))
        data, peer = six.recvfrom(100)
        six.sendto(data, peer)
        until(lambda: bench.ground.dispatch(1) and len(bench.seen) == 2)
        assert bench.client.recv(100) == to(target, b"ask")


def test_a_socket_that_cannot_be(bench: Bench):
    with pytest.raises(OSError):
        Association(bench.ground, Endpoint("192.0.2.1", 1), Endpoint("127.0.0.1", 1))

"""The UDP relay with real sockets, step by step; the clock is ours."""

import socket
from collections.abc import Iterator

import pytest

from captures.tap.datagrams import OWN_SIZE, UdpDoor
from captures.tap.ground import Ground
from captures.tap.limits import TapLimits
from captures.tap.reach import LOOPBACK, listening
from support.waiting import until
from workbench.api import Direction, Endpoint

ANY = Endpoint("127.0.0.1", 0)
UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(5)
    return sock


class Bench:
    """A relay, its target, and what it wrote down as (client's port, direction, size)."""

    def __init__(self) -> None:
        self.now = 0
        self.told: list[str] = []
        self.server = bound()
        limits = TapLimits(sessions=2, session_ns=100, queue=20_000)
        self.ground = Ground(limits=limits, clock=lambda: self.now, tell=lambda trouble: self.told.append(trouble.reason))
        self.ground.file = self  # type: ignore[assignment]  # the part of a TapFile that the door uses
        self.seen: list[tuple[int, Direction, int]] = []
        self.target = Endpoint(*self.server.getsockname())
        self.door = UdpDoor(self.ground, listening(ANY, LOOPBACK, transport="udp"), self.target)
        self.clients: list[socket.socket] = []

    def datagram(self, client: Endpoint, server: Endpoint, direction: Direction, data: bytes) -> None:
        assert server == self.target
        self.seen.append((client.port, direction, len(data)))

    def client(self) -> socket.socket:
        self.clients.append(bound())
        self.clients[-1].connect((self.door.endpoint.host, self.door.endpoint.port))
        return self.clients[-1]

    def step(self) -> None:
        self.door.tick(self.now)
        assert self.ground.dispatch(5)
        self.door.tick(self.now)

    def close(self) -> None:
        self.door.close()
        self.ground.close()
        for sock in (self.server, *self.clients):
            sock.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def test_each_client_has_its_own_way(bench: Bench):
    one, two = bench.client(), bench.client()
    for client, data in ((one, b"one"), (two, b""), (one, b"three")):
        client.send(data)
        bench.step()
    heard = [bench.server.recvfrom(100) for _ in range(3)]
    assert [data for data, _ in heard] == [b"one", b"", b"three"]
    assert heard[0][1] == heard[2][1] != heard[1][1]
    bench.server.sendto(b"to two", heard[1][1])
    bench.step()
    assert two.recv(100) == b"to two"
    ports = [client.getsockname()[1] for client in (one, two)]
    assert bench.seen == [(ports[0], UP, 3), (ports[1], UP, 0), (ports[0], UP, 5), (ports[1], DOWN, 6)]
    assert (bench.door.accepted, bench.door.open, bench.door.dropped) == (2, 2, 0)


def test_the_one_that_was_silent_longest_gives_way(bench: Bench):
    one, two, three = (bench.client() for _ in range(3))
    for client in (one, two, one, three):
        client.send(b"x")
        bench.step()
    assert (bench.door.accepted, bench.door.open) == (3, 2)
    one.send(b"still here")
    bench.step()
    assert bench.door.accepted == 3
    two.send(b"again")
    bench.step()
    assert bench.door.accepted == 4


def test_silent_clients_are_forgotten(bench: Bench):
    bench.client().send(b"x")
    bench.step()
    bench.now = 99
    bench.door.tick(bench.now)
    assert bench.door.open == 1
    bench.now = 100
    bench.door.tick(bench.now)
    assert bench.door.open == 0


def test_a_target_that_is_not_there_is_told_once(bench: Bench):
    bench.server.close()
    client = bench.client()
    for _ in range(3):
        client.send(b"x")
        bench.step()
    until(lambda: bench.ground.dispatch(0.01) or bench.told)
    assert bench.told == ["connection refused"]
    assert bench.door.refused == 1


class Full(socket.socket):
    """Takes nothing."""

    def send(self, *_: object) -> int:
        raise BlockingIOError

    def sendto(self, *_: object) -> int:
        raise BlockingIOError


def test_what_waits_is_bounded_and_the_rest_is_counted(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    client = bench.client()
    client.send(b"first")
    bench.step()
    session = next(iter(bench.door._sessions.values()))
    monkeypatch.setattr(session, "sock", Full(fileno=session.sock.detach()))
    for _ in range(5):
        client.send(bytes(6_000))
        bench.step()
    assert bench.door.pending
    assert bench.door._queued == 3 * (6_000 + OWN_SIZE)
    assert bench.door.dropped == 2
    assert len(bench.seen) == 6
    bench.now = 1_000
    bench.door.tick(bench.now)
    assert not bench.door.pending


def test_when_it_stops_nothing_more_is_read(bench: Bench):
    client = bench.client()
    client.send(b"x")
    bench.step()
    bench.door.drain()
    client.send(b"y")
    assert not bench.ground.dispatch(0)
    assert not bench.door.pending

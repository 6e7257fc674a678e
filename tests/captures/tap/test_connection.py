"""One relayed connection on real sockets, driven by hand: what it wants next, and what it tells."""

import selectors
import socket
import struct
from collections.abc import Iterator

import pytest

from captures.tap.connection import LINGER_NS, Connection
from captures.tap.facts import Asked, Trouble
from captures.tap.ground import Ground
from captures.tap.journal import TcpJournal
from captures.tap.limits import CHUNK, TapLimits
from captures.tap.passage import Course, Direct, Wires
from captures.tap.reach import LOOPBACK, Reach, reach_of
from support.waiting import until
from workbench.api import Direction, Endpoint

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Bench:
    """A client, its connection in the tap and a target; frames as (flags, payload length). The clock is ours."""

    def __init__(self, reach: Reach = LOOPBACK) -> None:
        self.now = 0
        self.told: list[Trouble] = []
        self.found: dict[str, tuple[str, ...]] = {}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.target = Endpoint(*self.listener.getsockname())
        self.ground = Ground(
            limits=TapLimits(connect_ns=100), clock=lambda: self.now, reach=reach, tell=self.told.append, lookup=self.look_up
        )
        self.ground.file = self  # type: ignore[assignment]  # the part of a TapFile that connections use
        self.frames: list[tuple[int, int]] = []
        self.carried = [0, 0]
        self.names: list[tuple[str, str]] = []
        with socket.create_server(("127.0.0.1", 0)) as front:
            self.own = Endpoint(*front.getsockname())
            self.client = socket.create_connection(front.getsockname(), timeout=5)
            inner, address = front.accept()
        self.connection = Connection(inner, Endpoint(*address), self.ground, self.start, self.own)
        self.server: socket.socket | None = None

    def start(self, wires: Wires) -> Course:
        self.wires = wires
        return Direct(wires, Asked("127.0.0.1", self.target.port, "127.0.0.1"))

    def look_up(self, host, now_ns, done):
        done(self.found.get(host, ()), now_ns)

    def conversation(self, client: Endpoint, server: Endpoint) -> TcpJournal:
        self.asked = server
        return TcpJournal(self, client, server, 1)

    def packets(self, frames) -> None:
        self.frames += [(frame[47], len(frame) - 34 - (frame[46] >> 2)) for frame in frames]

    def name(self, host: str, address: str) -> None:
        self.names.append((host, address))

    def accept(self) -> socket.socket:
        self.server, _ = self.listener.accept()
        self.server.settimeout(5)
        self.step()
        return self.server

    def step(self) -> None:
        """Do once what the connection waits for."""
        assert self.ground.dispatch(5)

    def wants(self) -> list[int]:
        """Events that are waited for, of the client and of the target."""
        known = self.ground.selector.get_map()
        return [known[side.sock].events if side.sock.fileno() in known else 0 for side in self.connection._sides()]

    def close(self) -> None:
        self.connection.close()
        self.ground.close()
        for sock in (self.client, self.server, self.listener):
            if sock is not None:
                sock.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    made.connection.begin()
    yield made
    made.close()


def test_the_handshake_is_told_when_it_happens(bench: Bench):
    assert bench.frames == [(0x02, 0)]
    assert bench.wants() == [0, WRITE]
    bench.accept()
    assert bench.frames == [(0x02, 0), (0x12, 0), (0x10, 0)]
    assert bench.wants() == [READ, READ]


def test_bytes_and_ends_pass_both_ways(bench: Bench):
    server = bench.accept()
    bench.client.sendall(b"ask")
    bench.step()
    assert server.recv(10) == b"ask"
    assert bench.carried == [3, 0]
    bench.client.shutdown(socket.SHUT_WR)
    bench.step()
    assert server.recv(10) == b""
    assert bench.wants() == [0, READ]
    server.sendall(b"answer")
    bench.step()
    assert bench.client.recv(10) == b"answer"
    server.close()
    bench.step()
    assert bench.client.recv(10) == b""
    assert bench.connection.finished
    assert bench.frames[3:] == [(0x18, 3), (0x10, 0), (0x11, 0), (0x10, 0), (0x18, 6), (0x10, 0), (0x11, 0), (0x10, 0)]


def test_nothing_is_read_before_the_other_side_took_it(bench: Bench):
    bench.accept()
    bench.client.setblocking(False)

    def blocked() -> bool:
        try:
            while True:
                bench.client.send(bytes(CHUNK))
        except BlockingIOError:
            pass
        if bench.wants()[0] & READ:
            bench.step()
        return not bench.wants()[0] & READ

    until(blocked, "the target's buffers being full")
    assert bench.wants() == [0, READ | WRITE]
    assert bench.connection.pending
    bench.connection.drain()
    assert bench.wants() == [0, WRITE]


def test_a_reset_passes_through(bench: Bench):
    server = bench.accept()
    bench.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.client.close()
    bench.step()
    assert bench.connection.finished
    bench.connection.close()
    with pytest.raises(ConnectionResetError):
        server.recv(10)
    assert bench.frames[-1] == (0x14, 0)


def test_a_client_that_had_ended_and_takes_no_more_is_no_reset(bench: Bench):
    server = bench.accept()
    bench.client.shutdown(socket.SHUT_WR)
    bench.step()
    bench.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.client.close()
    server.sendall(b"too late")
    until(lambda: bench.connection.finished or not bench.ground.dispatch(1))
    assert bench.connection.finished
    assert [flags for flags, _ in bench.frames if flags & 0x05] == [0x11, 0x11]


def test_a_target_that_does_not_answer_is_given_up(bench: Bench):
    bench.connection.late(99)
    assert not bench.connection.finished
    bench.connection.late(100)
    assert bench.connection.refused
    assert bench.connection.finished
    with pytest.raises(ConnectionResetError):
        bench.client.recv(10)
    assert bench.frames == [(0x02, 0), (0x14, 0)]
    assert [trouble.reason for trouble in bench.told] == ["the target does not answer"]


def test_a_target_that_refuses(bench: Bench):
    bench.listener.close()
    bench.step()
    assert bench.connection.finished


class Choosy(Direct):
    """Dials what the test says."""

    def connected(self) -> None:
        """Stay here, where the test can see it."""


@pytest.fixture
def choosy() -> Iterator[Bench]:
    made = Bench(reach_of([".allowed.test"]))
    made.connection.become(Choosy(made.wires, Asked("x", 1)))
    yield made
    made.close()


def test_a_name_leads_to_the_first_address_that_answers(choosy: Bench):
    choosy.found["two.allowed.test"] = ("::1", "127.0.0.2", "127.0.0.1")
    choosy.wires.dial(Asked("two.allowed.test", choosy.target.port))
    choosy.connection.settle()
    until(lambda: choosy.ground.dispatch(1) and choosy.frames[-1][0] == 0x10)
    assert choosy.names == [("two.allowed.test", "127.0.0.2"), ("two.allowed.test", "127.0.0.1")]
    assert [flags for flags, _ in choosy.frames] == [0x02, 0x14, 0x02, 0x12, 0x10]
    assert choosy.asked == choosy.target


@pytest.mark.parametrize(
    ("host", "addresses", "reason"),
    [
        ("nowhere.test", (), "nobody knows that name"),
        ("far.test", ("192.0.2.1",), "it is not on this machine, and nobody has allowed it"),
        ("us.test", ("127.0.0.1",), "the tap would connect to itself"),
    ],
)
def test_targets_that_cannot_be_had(choosy: Bench, host: str, addresses: tuple[str, ...], reason: str):
    choosy.found[host] = addresses
    choosy.wires.dial(Asked(host, choosy.own.port))
    assert [trouble.reason for trouble in choosy.told] == [reason]
    assert choosy.connection.refused
    assert choosy.frames == []
    choosy.connection.settle()
    assert choosy.connection.finished


def test_an_answer_of_another_time_leads_nowhere(choosy: Bench):
    waiting = []
    choosy.ground.lookup = lambda *question: waiting.append(question[2])
    choosy.wires.dial(Asked("late.test", 1))
    choosy.connection.close()
    waiting[0](("127.0.0.1",), 0)
    assert choosy.frames == []


def test_a_name_that_nobody_answers_for(choosy: Bench):
    choosy.ground.lookup = lambda *_: None
    choosy.wires.dial(Asked("slow.test", 1))
    choosy.connection.late(99)
    assert choosy.told == []
    choosy.connection.late(100)
    assert [trouble.reason for trouble in choosy.told] == ["the target does not answer"]
    assert choosy.connection.finished


def test_own_words_reach_a_client_that_has_no_target(choosy: Bench):
    choosy.wires.send(Direction.TO_CLIENT, b"no")
    choosy.wires.finish(Direction.TO_CLIENT)
    choosy.connection.settle()
    assert choosy.client.recv(10) == b"no"
    assert choosy.client.recv(10) == b""
    assert not choosy.connection.finished
    choosy.client.close()
    choosy.step()
    assert choosy.connection.finished


def test_a_client_that_does_not_hang_up_is_left(choosy: Bench):
    choosy.wires.finish(Direction.TO_CLIENT)
    choosy.connection.settle()
    choosy.connection.late(LINGER_NS - 1)
    assert not choosy.connection.finished
    choosy.connection.late(LINGER_NS)
    assert choosy.connection.finished


def test_the_time_of_a_course_runs_out(choosy: Bench):
    expired = []
    choosy.connection._course.expired = lambda: expired.append(choosy.now)
    choosy.wires.within(50)
    choosy.connection.late(49)
    assert expired == []
    choosy.connection.late(50)
    choosy.connection.late(60)
    assert expired == [0]


def test_what_is_paused_is_not_read(choosy: Bench):
    choosy.connection.settle()
    assert choosy.wants() == [READ]
    choosy.wires.pause(Direction.TO_SERVER)
    choosy.connection.settle()
    assert choosy.wants() == [0]
    choosy.wires.pause(Direction.TO_SERVER, paused=False)
    choosy.connection.settle()
    assert choosy.wants() == [READ]

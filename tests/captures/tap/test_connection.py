"""One relayed connection on real sockets, driven by hand: what it wants next, and what it tells."""

import selectors
import socket
import struct
from collections.abc import Iterator

import pytest

from captures.relay import CHUNK, Relay
from support.waiting import until
from workbench.api import Direction, Endpoint

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class Bench:
    """A client, a relay and a target; frames as (flags, payload length)."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int]] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.client, inner = socket.socketpair()
        target = Endpoint("127.0.0.1", self.listener.getsockname()[1])
        # a socket pair has no TCP options to set, so the relay gets a real connection
        front = socket.create_server(("127.0.0.1", 0))
        self.client.close()
        inner.close()
        self.client = socket.create_connection(front.getsockname())
        inner, address = front.accept()
        front.close()
        self.relay = Relay(inner, Endpoint(*address[:2]), target, 1, self.record)
        self.relay.connect(deadline=100)
        self.server: socket.socket | None = None

    def record(self, frames, payload):
        self.frames += [(frame[47], len(frame) - 34 - (frame[46] >> 2)) for frame in frames]
        self.payload = payload

    def accept(self) -> socket.socket:
        self.server, _ = self.listener.accept()
        self.server.settimeout(5)
        self.step()
        return self.server

    def step(self) -> None:
        """Do once what the relay waits for."""
        with selectors.DefaultSelector() as selector:
            for sock, events in self.relay.interests():
                if events:
                    selector.register(sock, events)
            for key, events in selector.select(5):
                self.relay.ready(key.fileobj, events)

    def close(self) -> None:
        self.relay.close()
        for sock in (self.client, self.server, self.listener):
            if sock is not None:
                sock.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


def wants(bench: Bench) -> list[int]:
    return [events for _, events in bench.relay.interests()]


def test_the_handshake_is_told_when_it_happens(bench: Bench):
    assert bench.frames == [(0x02, 0)]
    assert wants(bench) == [0, WRITE]
    bench.accept()
    assert bench.frames == [(0x02, 0), (0x12, 0), (0x10, 0)]
    assert wants(bench) == [READ, READ]


def test_bytes_and_ends_pass_both_ways(bench: Bench):
    server = bench.accept()
    bench.client.sendall(b"ask")
    bench.step()
    assert server.recv(10) == b"ask"
    assert bench.payload == (UP, 3)
    bench.client.shutdown(socket.SHUT_WR)
    bench.step()
    assert server.recv(10) == b""
    assert wants(bench) == [0, READ]
    server.sendall(b"answer")
    bench.step()
    assert bench.client.recv(10) == b"answer"
    server.close()
    bench.step()
    assert bench.client.recv(10) == b""
    assert bench.relay.finished
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
        if wants(bench)[0] & READ:
            bench.step()
        return not wants(bench)[0] & READ

    until(blocked, "the target's buffers being full")
    assert wants(bench) == [0, READ | WRITE]
    assert bench.relay.pending
    bench.relay.drain()
    assert wants(bench) == [0, WRITE]


def test_a_reset_passes_through(bench: Bench):
    server = bench.accept()
    bench.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bench.client.close()
    bench.step()
    assert bench.relay.finished
    bench.relay.close()
    with pytest.raises(ConnectionResetError):
        server.recv(10)
    assert bench.frames[-1] == (0x14, 0)


def test_a_target_that_does_not_answer_is_given_up(bench: Bench):
    assert not bench.relay.late(99)
    assert bench.relay.late(100)
    bench.relay.give_up()
    assert bench.relay.refused
    assert bench.relay.interests() == []
    bench.relay.close()
    with pytest.raises(ConnectionResetError):
        bench.client.recv(10)
    assert bench.frames == [(0x02, 0), (0x14, 0)]


def test_a_target_that_refuses(bench: Bench):
    bench.listener.close()
    bench.step()
    assert bench.relay.finished

"""The TCP door over loopback, one turn of the loop at a time and with a clock that the test sets."""

import contextlib
import select
import socket
import struct

import pytest

from workbench.api import FrameError, ServerOptions, delimited, framed
from workbench.serving import Crashed, Disconnected, Refused, Server, ServingLimits

SECOND = 1_000_000_000


def answer(line: bytes) -> bytes:
    """The protocol of these tests: lines; `big` gets a megabyte, `crash` crashes the server, others are echoed in capitals."""
    if line == b"crash\n":
        raise RuntimeError("as told")
    return b"x" * 1_000_000 + b"\n" if line == b"big\n" else line.upper()


class Table:
    """A server with its clients, all in the test's own thread."""

    def __init__(self, **limits) -> None:
        self.now_ns = 0
        self.events: list[object] = []
        self.server = Server(
            framed(delimited(b"\n", longest=1000), answer),
            ServerOptions(idle_ns=60 * SECOND),
            limits=ServingLimits(**limits),
            listen=self.events.append,
            clock=lambda: self.now_ns,
        )
        self._clients: list[socket.socket] = []

    def client(self) -> socket.socket:
        sock = socket.create_connection((self.server.endpoint.host, self.server.endpoint.port), 5)
        self._clients.append(sock)
        self.turn()
        return sock

    def turn(self, count: int = 4) -> None:
        for _ in range(count):
            self.server.step(0.01)

    def read(self, sock: socket.socket, size: int) -> bytes:
        """`size` bytes, or fewer when the server closes."""
        data = b""
        for _ in range(10_000):
            if len(data) >= size:
                break
            self.server.step(0)
            if select.select([sock], [], [], 0.001)[0]:
                more = sock.recv(size - len(data))
                if not more:
                    break
                data += more
        return data

    def told(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        for sock in self._clients:
            sock.close()
        self.server.close()


@pytest.fixture
def lay():
    with contextlib.ExitStack() as stack:

        def make(**limits) -> Table:
            table = Table(**limits)
            stack.callback(table.close)
            return table

        yield make


def test_many_connections_take_turns(lay):
    table = lay()
    clients = [table.client() for _ in range(20)]
    for number, sock in enumerate(clients):
        sock.sendall(b"line %d\n" % number)
    assert [table.read(sock, len(b"LINE %d\n" % number)) for number, sock in enumerate(clients)] == [
        b"LINE %d\n" % number for number in range(20)
    ]
    counters = table.server.counters
    assert (counters.accepted, counters.open, counters.crashed) == (20, 20, 0)
    assert counters.received == counters.sent == sum(len(b"line %d\n" % number) for number in range(20))


def test_the_peers_end_is_answered_first(lay):
    table = lay()
    sock = table.client()
    sock.sendall(b"a\nb\n")
    sock.shutdown(socket.SHUT_WR)
    assert table.read(sock, 100) == b"A\nB\n"
    assert [event.reason for event in table.told(Disconnected)] == ["peer"]
    assert table.server.counters.open == 0


def test_one_connection_too_many_is_closed(lay):
    table = lay(connections=2)
    kept = [table.client(), table.client()]
    assert table.client().recv(10) == b""
    assert [event.reason for event in table.told(Refused)] == ["2 connections are open"]
    kept[0].close()
    table.turn()
    again = table.client()
    again.sendall(b"hi\n")
    assert table.read(again, 3) == b"HI\n"


def test_nothing_is_read_from_a_peer_that_does_not_read(lay):
    table = lay(buffered=100_000)
    sock = table.client()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    sock.sendall(b"big\n" * 10)  # more than the kernel's buffers take
    table.turn()
    sock.sendall(b"second\n")
    table.turn()
    assert table.server.counters.received == len(b"big\n" * 10)
    assert table.read(sock, 10 * 1_000_001) == (b"x" * 1_000_000 + b"\n") * 10
    assert table.read(sock, 7) == b"SECOND\n"


def test_a_crash_closes_that_connection_only(lay):
    table = lay()
    first, second = table.client(), table.client()
    first.sendall(b"crash\n")
    assert table.read(first, 10) == b""
    second.sendall(b"still here\n")
    assert table.read(second, 11) == b"STILL HERE\n"
    [crash] = table.told(Crashed)
    assert "RuntimeError: as told" in crash.traceback
    assert [(event.connection, event.reason) for event in table.told(Disconnected)] == [(crash.connection, "crash")]


def test_a_reset_is_noticed(lay):
    table = lay()
    sock = table.client()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()
    table.turn()
    assert [event.reason for event in table.told(Disconnected)] == ["reset"]


def test_idle_connections_are_closed_by_the_protocol(lay):
    table = lay()
    sock = table.client()
    table.now_ns = 59 * SECOND
    table.turn()
    assert table.server.counters.open == 1
    table.now_ns = 62 * SECOND
    assert table.read(sock, 1) == b""
    sock.close()
    table.turn()
    assert [event.reason for event in table.told(Disconnected)] == ["server"]


def test_the_last_reply_survives_unread_input(lay):
    table = lay()
    sock = table.client()
    sock.sendall(b"a\n" + b"z" * 5000)  # the second line never ends: the server hangs up
    table.turn()
    sock.sendall(b"z" * 5000)
    table.turn()
    assert table.read(sock, 100) == b"A\n"
    with pytest.raises(FrameError):
        delimited(b"\n", longest=1000)(b"z" * 5000)


def test_a_peer_that_does_not_close_is_cut_after_the_linger_time(lay):
    table = lay()
    table.client().sendall(b"z" * 5000)
    table.turn()
    assert table.server.counters.open == 1
    table.now_ns += SECOND
    table.turn()
    assert table.server.counters.open == 0
    assert [event.reason for event in table.told(Disconnected)] == ["server"]


def test_draining_closes_the_door_and_finishes_what_is_inside(lay):
    table = lay(drain_ns=4 * SECOND)
    reader, idle = table.client(), table.client()
    reader.sendall(b"big\n")
    table.turn()
    table.server.stop()
    table.turn()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((table.server.endpoint.host, table.server.endpoint.port), 5)
    assert idle.recv(1) == b""
    idle.close()
    assert not table.server.stopped
    assert len(table.read(reader, 2_000_000)) == 1_000_001
    reader.close()
    table.turn()
    assert table.server.stopped
    assert table.server.counters.cut == 0


def test_what_does_not_finish_is_cut(lay):
    table = lay(drain_ns=4 * SECOND)
    sock = table.client()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(8):
        sock.sendall(b"big\n")
    table.turn()
    table.server.stop()
    table.turn()
    assert not table.server.stopped
    table.now_ns += 4 * SECOND
    table.turn(1)
    assert table.server.stopped
    table.server.close()
    assert table.server.counters.cut == 1


def test_running_out_of_descriptors_waits_for_the_next_tick(lay, monkeypatch):
    table = lay()
    table.turn(1)  # the first tick
    door = table.server._door

    class Exhausted:
        """The real listener, out of descriptors for once."""

        def __init__(self, real: socket.socket) -> None:
            self.real = real

        def accept(self):
            raise OSError(24, "Too many open files")

        def fileno(self) -> int:
            return self.real.fileno()

    real = door._listener
    sock = socket.create_connection((table.server.endpoint.host, table.server.endpoint.port), 5)
    monkeypatch.setattr(door, "_listener", Exhausted(real))
    table.turn()
    assert [event.reason for event in table.told(Refused)] == ["accept: Too many open files"]
    monkeypatch.setattr(door, "_listener", real)
    table.now_ns += SECOND
    sock.sendall(b"back\n")
    assert table.read(sock, 5) == b"BACK\n"
    sock.close()

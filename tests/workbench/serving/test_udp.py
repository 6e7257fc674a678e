"""The UDP door over loopback."""

import contextlib
import socket

import pytest

from workbench.api import ServerOptions, datagram, framed
from workbench.serving import Crashed, Disconnected, Refused, Server, ServingLimits

SECOND = 1_000_000_000


def answer(request: bytes) -> bytes:
    """The protocol of these tests."""
    if request == b"crash":
        raise RuntimeError("as told")
    return b"x" * 70_000 if request == b"big" else request.upper()


@pytest.fixture
def table():
    class Table:
        now_ns = 0

    made = Table()
    made.events = []
    made.server = Server(
        framed(datagram, answer),
        ServerOptions(idle_ns=60 * SECOND),
        transport="udp",
        limits=ServingLimits(connections=2),
        listen=made.events.append,
        clock=lambda: made.now_ns,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(made.server.close)

        def client() -> socket.socket:
            sock = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            sock.settimeout(0.5)
            sock.connect((made.server.endpoint.host, made.server.endpoint.port))
            return sock

        made.client = client
        yield made


def asked(table, sock: socket.socket, data: bytes) -> bytes:
    sock.send(data)
    table.server.step(0.5)
    return sock.recv(100_000)


def reasons(table, kind) -> list[str]:
    return [event.reason for event in table.events if isinstance(event, kind)]


def test_each_peer_has_its_connection(table):
    first, second = table.client(), table.client()
    assert asked(table, first, b"a") == b"A"
    assert asked(table, second, b"b") == b"B"
    assert asked(table, first, b"c") == b"C"
    assert (table.server.counters.accepted, table.server.counters.received, table.server.counters.sent) == (2, 3, 3)


def test_peers_have_a_limit_and_leave_by_idling(table):
    one, two, three = (table.client() for _ in range(3))
    assert asked(table, one, b"a") + asked(table, two, b"b") == b"AB"
    three.send(b"c")
    table.server.step(0.5)
    assert reasons(table, Refused) == ["2 connections are open"]
    table.now_ns = 61 * SECOND
    table.server.step(0)
    assert reasons(table, Disconnected) == ["server", "server"]
    assert asked(table, three, b"d") == b"D"


def test_a_crash_forgets_that_peer_only(table):
    one, two = table.client(), table.client()
    assert asked(table, two, b"b") == b"B"
    one.send(b"crash")
    table.server.step(0.5)
    [crash] = [event for event in table.events if isinstance(event, Crashed)]
    assert "as told" in crash.traceback
    assert reasons(table, Disconnected) == ["crash"]
    assert asked(table, two, b"c") == b"C"


def test_a_reply_too_long_for_a_datagram_is_told(table):
    sock = table.client()
    sock.send(b"big")
    table.server.step(0.5)
    assert reasons(table, Refused) == ["reply of 70000 bytes: Message too long"]
    assert asked(table, sock, b"a") == b"A"


def test_an_empty_datagram_is_not_the_end(table):
    sock = table.client()
    sock.send(b"")
    assert asked(table, sock, b"a") == b"A"


def test_stopping_is_immediate(table):
    sock = table.client()
    assert asked(table, sock, b"a") == b"A"
    table.server.stop()
    table.server.step(0.5)
    assert table.server.stopped
    assert table.server.counters.open == 0

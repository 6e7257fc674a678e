"""A connection from the handshake to the last byte, one turn of the loop at a time. Plain ones: test_tcp.py, links: test_links.py."""

import contextlib
import socket
import ssl

import pytest

from support.certificates import certificates, tls
from support.waiting import until
from workbench.api import ServerOptions, delimited, framed
from workbench.serving import Connected, Disconnected, Insecure, Renewed, Secured, Server, ServingLimits

SECOND = 1_000_000_000


class Table:
    """A TLS server with its clients, all in the test's own thread; `now_ns` is its clock."""

    def __init__(self, folder, **more) -> None:
        self.now_ns = 0
        self.events = []
        self.folder = folder
        self.server = Server(
            framed(delimited(b"\n", longest=1000), lambda line: line.upper() * (400_000 if line == b"big\n" else 1)),
            ServerOptions(idle_ns=60 * SECOND),
            limits=ServingLimits(**more.pop("limits", {})),
            tls=tls(folder, **more),
            listen=self.events.append,
            clock=lambda: self.now_ns,
        )
        self.sockets = []

    def plain(self) -> socket.socket:
        sock = socket.create_connection((self.server.endpoint.host, self.server.endpoint.port), 5)
        self.sockets.append(sock)
        self.turn()
        return sock

    def client(self, session=None, context=None) -> ssl.SSLSocket:
        context = context or ssl.create_default_context(cafile=self.folder.authority)
        sock = context.wrap_socket(self.plain(), server_hostname="localhost", do_handshake_on_connect=False, session=session)
        self.sockets.append(sock)
        sock.setblocking(False)
        self.until(lambda: self.tried(sock.do_handshake), "the handshake")
        return sock

    def tried(self, step, *values):
        """What a non-blocking call gives, False when it must wait."""
        try:
            return step(*values) or True
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False

    def turn(self, count: int = 4) -> None:
        for _ in range(count):
            self.server.step(0.001)

    def until(self, condition, what="the condition"):
        def turn():
            self.server.step(0.001)
            return condition()

        return until(turn, what)

    def read(self, sock, size: int) -> bytes:
        data = bytearray()

        def more():
            with contextlib.suppress(ssl.SSLWantReadError):
                piece = sock.recv(1 << 16)
                data.extend(piece)
                return not piece or len(data) >= size
            return False

        self.until(more, f"{size} bytes")
        return bytes(data)

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def close(self) -> None:
        for sock in self.sockets:
            sock.close()
        self.server.close()


@pytest.fixture
def lay(tmp_path):
    with contextlib.ExitStack() as stack:

        def make(**more) -> Table:
            table = Table(certificates(tmp_path), **more)
            stack.callback(table.close)
            return table

        yield make


def test_talk_inside_tls(lay):
    table = lay()
    sock = table.client()
    sock.send(b"hello\n")
    assert table.read(sock, 6) == b"HELLO\n"
    [secured] = table.told(Secured)
    assert (secured.connection, secured.version, secured.server_name, secured.resumed) == (1, "TLSv1.3", "localhost", False)
    counters = table.server.counters
    assert (counters.handshakes, counters.received, counters.sent) == (1, 6, 6)


def test_large_replies_arrive_whole(lay):
    table = lay(limits={"buffered": 100_000})
    sock = table.client()
    sock.send(b"big\n" * 3)
    assert table.read(sock, 3 * 1_600_000) == b"BIG\n" * 1_200_000


def test_sessions_are_resumed(lay):
    table = lay(versions=("1.2",))
    context = ssl.create_default_context(cafile=table.folder.authority)
    first = table.client(context=context)
    table.client(session=first.session, context=context)
    table.until(lambda: len(table.told(Secured)) == 2)
    assert [event.resumed for event in table.told(Secured)] == [False, True]
    assert table.server.counters.resumed == 1


def test_the_peers_end_is_answered_with_close_notify(lay):
    table = lay()
    sock = table.client()
    sock.send(b"last\n")
    assert table.read(sock, 5) == b"LAST\n"
    assert not table.tried(sock.unwrap)
    table.until(lambda: table.tried(sock.unwrap), "close_notify")
    assert [event.reason for event in table.told(Disconnected)] == ["peer"]


def test_a_drain_says_close_notify(lay):
    table = lay()
    sock = table.client()
    table.server.stop()
    assert table.read(sock, 1) == b""  # an end without close_notify would raise
    sock.close()
    table.until(lambda: table.server.stopped)
    assert table.server.counters.cut == 0


def test_a_handshake_has_its_time(lay):
    table = lay(limits={"handshake_ns": 5 * SECOND})
    sock = table.plain()
    sock.sendall(b"\x16\x03\x01")  # the beginning of a record
    table.now_ns = 4 * SECOND
    table.turn()
    assert table.server.counters.open == 1
    table.now_ns = 5 * SECOND
    table.turn()
    assert sock.recv(1) == b""
    assert [event.reason for event in table.told(Insecure)] == ["it took too long"]
    assert [event.reason for event in table.told(Disconnected)] == ["insecure"]
    assert (table.server.counters.insecure, table.server.counters.open) == (1, 0)


def test_handshakes_count_as_open(lay):
    table = lay(limits={"connections": 2})
    table.plain(), table.plain()
    assert table.plain().recv(1) == b""


def test_a_drain_does_not_wait_for_handshakes(lay):
    table = lay()
    table.plain()
    table.server.stop()
    table.until(lambda: table.server.stopped)
    assert table.server.counters.cut == 0


def test_garbage_gets_an_alert_and_disturbs_nobody(lay):
    table = lay()
    good, bad = table.client(), table.plain()
    bad.sendall(b"\x16\x03\x01\x00\x05hello and much more that nobody will ever read")
    table.turn()
    alert = bad.recv(100)
    assert (alert[0], len(alert)) == (21, 7)
    assert bad.recv(1) == b""
    bad.close()
    table.until(lambda: table.told(Disconnected))
    good.send(b"fine\n")
    assert table.read(good, 5) == b"FINE\n"
    assert table.server.counters.crashed == 0


def test_a_client_that_vanishes_in_its_handshake(lay):
    table = lay()
    table.plain().close()
    table.until(lambda: table.told(Disconnected))
    assert [event.reason for event in table.told(Insecure)] == ["the peer hung up"]


def test_new_certificates_are_for_new_connections(lay):
    table = lay()
    old = table.client()
    serial = old.getpeercert()["serialNumber"]
    table.folder.make_server()
    table.now_ns += 2 * SECOND
    table.turn()
    assert [event.problem for event in table.told(Renewed)] == [""]
    assert table.client().getpeercert()["serialNumber"] != serial
    old.send(b"still here\n")
    assert table.read(old, 11) == b"STILL HERE\n"


def test_a_spoilt_certificate_is_told_and_the_old_one_kept(lay):
    table = lay()
    (table.folder.path / "localhost.pem").write_text("nothing")
    table.now_ns += 2 * SECOND
    table.turn()
    table.now_ns += 2 * SECOND
    table.turn()
    [renewed] = table.told(Renewed)
    assert "no certificate with its key" in renewed.problem
    table.client()


def test_idle_handshakes_do_not_spin(lay):
    table = lay()
    table.plain().sendall(b"\x16\x03\x01")
    table.turn()
    assert table.server._host.selector.select(0) == []


def test_what_waits_for_a_slow_reader_does_not_spin(lay):
    table = lay()
    sock = table.client()
    sock.send(b"big\n" * 10)
    table.turn(20)
    assert table.server._host.selector.select(0) == []
    assert len(table.told(Connected)) == 1

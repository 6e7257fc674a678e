"""The door of carriers over loopback, with QUIC behind it."""

import contextlib
import errno
import os
import socket
import time

import pytest

from support.certificates import certificates, credential, tls
from support.quic_world import SECOND, Echo
from support.waiting import until
from workbench.api import ClientSetup, ConnectionClosed, FrameReader, ServerOptions, StreamData, UsageError
from workbench.serving import (
    Connected,
    Crashed,
    Disconnected,
    Draining,
    Insecure,
    Refused,
    Renewed,
    Secured,
    Server,
    ServingLimits,
    Told,
)
from workbench.serving.carried import Carriage
from workbench_quic.carrier.client import QuicClient
from workbench_quic.carrier.server import QuicServer


class Client:
    """One client on a socket of its own; `step` lets it and the server do what they want to."""

    def __init__(self, table, **setup):
        self.table = table
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.connect((table.server.endpoint.host, table.server.endpoint.port))
        common = {"alpn": ("echo",), "server_name": "localhost", "cacert": table.folder.authority.read_bytes()}
        self.quic = QuicClient(ClientSetup(**{**common, **setup}))
        self.frames = []

    def step(self):
        for datagram in self.quic.outgoing(time.monotonic_ns()):
            self.sock.send(datagram)
        self.table.server.step(0.002)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.quic.receive(self.sock.recv(65_536), time.monotonic_ns())
        self.quic.wakeup(time.monotonic_ns())
        self.frames += FrameReader().receive(self.quic.read())

    def until(self, condition):
        def again():
            self.step()
            return condition()

        return until(again)

    def connected(self):
        self.until(lambda: self.quic.ready or self.quic.ended)
        return self

    def talk(self, *frames):
        self.quic.send(b"".join(map(bytes, frames)))
        return self

    def ended(self):
        self.until(lambda: self.quic.ended)
        return self.quic.ended


@pytest.fixture
def make(tmp_path):
    class Table:
        pass

    with contextlib.ExitStack() as stack:

        def begin(application=Echo, *, options=None, alternatives=None, limits=None, settings=None, **more):
            table = Table()
            table.folder = certificates(tmp_path)
            table.events, table.apps = [], []

            def accept():
                table.apps.append(application())
                return table.apps[-1]

            def factory(given):
                table.options = given
                return accept

            table.server = Server(
                factory,
                options,
                alternatives=alternatives,
                carriage=Carriage(QuicServer, settings or {}),
                tls=tls(table.folder, *more.pop("names", ()), alpn=("echo", *(alternatives or {})), **more),
                limits=limits,
                listen=table.events.append,
            )
            stack.callback(table.server.close)

            def client(**setup):
                made = Client(table, **setup)
                stack.callback(made.sock.close)
                return made

            table.client = client
            table.of = lambda kind: [event for event in table.events if isinstance(event, kind)]
            return table

        yield begin


class Careful(Echo):
    """Notes what of that it hears is early."""

    def __init__(self):
        super().__init__()
        self.early = False
        self.told = []

    def receive(self, data):
        self.told.append(self.early)
        return super().receive(data)


def test_an_application_learns_what_may_be_a_replay(make):
    table = make(Careful)
    before = table.client().connected()
    before.until(lambda: before.quic.tickets)
    client = table.client()
    client.quic.core.configuration.session_ticket = before.quic.tickets[0]
    client.talk(StreamData(0, b"early", True)).connected()
    client.until(lambda: client.frames)
    client.talk(StreamData(4, b"late", True)).until(lambda: len(client.frames) == 2)
    assert table.apps[1].told == [True, False]


def test_a_connection_and_what_is_told_about_it(make):
    table = make()
    client = table.client().connected().talk(StreamData(0, b"hello", True))
    client.until(lambda: client.frames)
    assert client.frames == [StreamData(0, b"hello", True)]
    client.talk(ConnectionClosed(0))
    client.until(lambda: table.of(Disconnected))
    peer = client.sock.getsockname()[1]
    assert [event.peer.port for event in table.of(Connected)] == [peer]
    (secured,) = table.of(Secured)
    assert (secured.version, secured.alpn, secured.server_name, secured.early) == ("QUIC v1", "echo", "localhost", False)
    (gone,) = table.of(Disconnected)
    assert gone.reason == "peer"
    assert gone.received > 5
    assert gone.sent == len(bytes(StreamData(0, b"hello", True)))
    counters = table.server.counters
    assert (counters.accepted, counters.open, counters.handshakes, counters.sent) == (1, 0, 1, gone.sent)


def test_each_application_by_its_name(make):
    class Shout(Echo):
        def receive(self, data):
            return super().receive(data).upper()

    table = make(alternatives={"shout": lambda _: Shout})
    loud, quiet = table.client(alpn=("shout",)).connected(), table.client().connected()
    for client, expected in ((loud, b"HELLO"), (quiet, b"hello")):
        client.talk(StreamData(0, b"hello", True))
        client.until(lambda client=client: client.frames)
        assert client.frames == [StreamData(0, expected, True)]


def test_one_more_than_there_may_be(make):
    table = make(limits=ServingLimits(connections=1))
    table.client().connected()
    assert "CONNECTION_REFUSED" in table.client().ended()
    assert [event.reason for event in table.of(Refused)] == ["1 connections are open"]
    assert table.server.counters.refused == 1


def test_a_handshake_that_fails(make):
    table = make()
    assert "0x178" in table.client(alpn=("nobody-speaks-this",)).ended()
    assert table.server.counters.insecure == 1
    assert table.of(Insecure)[0].reason


def test_an_application_that_raises_costs_its_own_connection(make):
    class Broken(Echo):
        def receive(self, data):
            if b"crash" in data:
                raise RuntimeError("as told")
            return super().receive(data)

    table = make(Broken)
    bad, good = table.client().connected(), table.client().connected()
    assert "INTERNAL_ERROR" in bad.talk(StreamData(0, b"crash")).ended()
    assert "as told" in table.of(Crashed)[0].traceback
    assert [event.reason for event in table.of(Disconnected)] == ["crash"]
    good.talk(StreamData(0, b"still there"))
    good.until(lambda: good.frames)
    assert table.server.counters.crashed == 1


def test_a_service_that_raises_when_somebody_comes(make):
    def nobody():
        raise RuntimeError("not today")

    table = make(nobody)
    assert "CONNECTION_REFUSED" in table.client().ended()
    assert "not today" in table.of(Crashed)[0].traceback
    assert table.server.counters.open == 0


def test_waking_another_connection(make):
    table = make()
    client = table.client().connected()
    client.until(lambda: table.apps)
    table.apps[0].reply = bytes(StreamData(1, b"news", True))
    table.options.wake(table.apps[0])
    client.until(lambda: client.frames)
    assert client.frames == [StreamData(1, b"news", True)]


def test_what_protocols_tell(make):
    table = make()
    table.options.tell({"event": "request", "size": 7})
    assert [event.facts for event in table.of(Told)] == [{"event": "request", "size": 7}]
    assert table.server.counters.facts == {"request": 1}


def test_a_shutdown_lets_applications_finish(make):
    table = make()
    client = table.client().connected()
    began = time.monotonic()
    table.server.stop()
    assert client.ended() == "the server closed it with code 0x0"
    client.until(lambda: table.server.stopped)
    assert time.monotonic() - began < 4
    assert table.apps[0].drained
    assert table.of(Draining)[0].connections == 1
    assert [event.reason for event in table.of(Disconnected)] == ["server"]


def test_what_does_not_finish_is_cut(make):
    class Stubborn(Echo):
        def drain(self):
            return b""

    table = make(Stubborn, limits=ServingLimits(drain_ns=100_000_000))
    client = table.client().connected()
    table.server.stop()
    client.until(lambda: table.server.stopped)
    table.server.close()
    assert [event.reason for event in table.of(Disconnected)] == ["cut"]
    assert table.server.counters.cut == 1


def test_silence(make):
    table = make(options=ServerOptions(idle_ns=SECOND // 4))
    client = table.client().connected()
    client.until(lambda: table.of(Disconnected))
    assert table.apps[0].ended


def test_a_certificate_for_each_name(make):
    table = make(names=("localhost", "app.test"))
    for name in ("localhost", "app.test", "any.wild.test"):
        assert table.client(server_name=name).connected().quic.ready, name


def test_new_certificates_without_a_restart(make):
    table = make()
    wanted = {"server_name": "app.test"}
    assert "app.test" in table.client(**wanted).ended()
    own, others = credential(table.folder), credential(table.folder, "app.test")
    for new, old in ((others.key, own.key), (others.certificate, own.certificate)):
        waiting = table.folder.path / "waiting"
        waiting.write_bytes(new.read_bytes())
        waiting.replace(old)
    until(lambda: table.server.step(0.01) or [event for event in table.of(Renewed) if not event.problem])
    assert table.client(**wanted).connected().quic.ready


def test_a_certificate_that_cannot_be_used_changes_nothing(make):
    table = make()
    credential(table.folder).certificate.write_text("rubbish")
    until(lambda: table.server.step(0.01) or table.of(Renewed))
    assert "not PEM" in table.of(Renewed)[0].problem
    assert table.client().connected().quic.ready


def test_secrets_on_request(make, tmp_path):
    file = tmp_path / "keys.log"
    table = make(keylog=file)
    client = table.client().connected()
    client.until(lambda: table.of(Secured))
    table.server.close()
    assert file.stat().st_mode & 0o777 == 0o600
    assert "CLIENT_TRAFFIC_SECRET_0 " in file.read_text()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"settings": {"speed": "9"}}, "speed"),
        ({"versions": ("1.2",)}, "TLS 1.3 only"),
    ],
)
def test_what_cannot_be(make, more, what):
    with pytest.raises(UsageError, match=what):
        make(**more)


def test_what_cannot_be_leaves_no_key_log(make, tmp_path):
    with pytest.raises(UsageError, match="speed"):
        make(settings={"speed": "9"}, keylog=tmp_path / "keys.log")
    assert not (tmp_path / "keys.log").exists()


def test_clients_cannot_be_asked_for_certificates(make, tmp_path):
    with pytest.raises(UsageError, match="clients cannot be asked"):
        make(client_authority=certificates(tmp_path).authority)


def test_a_carrier_needs_certificates():
    with pytest.raises(UsageError, match="needs a certificate"):
        Server(lambda _: Echo, carriage=Carriage(QuicServer))


def test_a_full_socket_holds_everything_up_and_loses_nothing(make):
    """Whatever the socket does not take waits, and nothing more is asked for."""

    class Tight:
        def __init__(self, sock):
            self.sock, self.left = sock, 3

        def sendto(self, data, address):
            if self.left <= 0:
                raise BlockingIOError
            self.left -= 1
            return self.sock.sendto(data, address)

        def __getattr__(self, name):
            return getattr(self.sock, name)

    table = make()
    client = table.client().connected()
    door = table.server._door
    door._sock = tight = Tight(door._sock)
    client.talk(StreamData(0, bytes(50_000), True))

    def more():
        tight.left = 2
        return sum(len(frame.data) for frame in client.frames) == 50_000

    for _ in range(30):
        client.step()
    assert door._unsent
    assert door.due_ns() is None
    client.until(more)


def test_an_address_that_cannot_be_reached_is_a_loss(make):
    class Unreachable:
        def __init__(self, sock):
            self.sock = sock

        def sendto(self, data, address):
            raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))

        def __getattr__(self, name):
            return getattr(self.sock, name)

    table = make()
    door = table.server._door
    own, door._sock = door._sock, Unreachable(door._sock)
    client = table.client()
    for _ in range(20):
        client.step()
    door._sock = own
    assert client.connected().quic.ready

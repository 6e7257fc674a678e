"""The server as others use it: in a thread, on chosen addresses, and dying of a crash when asked to."""

import json
import signal
import socket
import subprocess
import sys
import threading

import pytest

from workbench.api import Endpoint, ServerOptions, TargetError, UsageError, delimited, framed
from workbench.serving import Connected, Draining, Listening, Server, ServingLimits, Stopped, Told, log_line, running

FACTORY = framed(delimited(b"\n"), bytes.upper)


def talk(endpoint: Endpoint, data: bytes) -> bytes:
    with socket.create_connection((endpoint.host, endpoint.port), 5) as sock:
        sock.sendall(data)
        return sock.recv(1000)


def test_a_server_for_a_with_block():
    told = []
    with running(FACTORY, ServerOptions(), listen=told.append) as server:
        assert talk(server.endpoint, b"hello\n") == b"HELLO\n"
        endpoint = server.endpoint
    with pytest.raises(ConnectionRefusedError):
        talk(endpoint, b"")
    kinds = [type(event) for event in told]
    assert kinds[:2] == [Listening, Connected]
    assert kinds[-1] is Stopped
    assert Draining in kinds
    assert json.loads(log_line(told[-1]))["sent"] == 6
    assert server.counters.open == 0


def test_ipv6():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        server = Server(FACTORY, host="::1")
    except TargetError:
        pytest.skip("this machine has no IPv6 loopback")
    assert server.endpoint.host == "::1"
    server.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_let_in_only_on_demand(host):
    with pytest.raises(UsageError, match=r"reached from elsewhere.*127\.0\.0\.1"):
        Server(FACTORY, host=host)


def test_other_machines_on_demand():
    server = Server(FACTORY, host="0.0.0.0", allow_remote=True)
    assert server.endpoint.port > 0
    server.close()
    server.close()


def test_where_nothing_can_listen():
    with Server_closed() as taken, pytest.raises(TargetError, match=f"127.0.0.1:{taken.port}: cannot listen"):
        Server(FACTORY, port=taken.port)
    with pytest.raises(TargetError, match="no such address"):
        Server(FACTORY, host="no.such.host.invalid")


class Server_closed:  # noqa: N801
    """A port that somebody else has."""

    def __enter__(self) -> Endpoint:
        self._sock = socket.create_server(("127.0.0.1", 0))
        return Endpoint(*self._sock.getsockname())

    def __exit__(self, *_) -> None:
        self._sock.close()


def test_an_exception_of_a_listener_reaches_the_caller():
    def listen(event):
        if isinstance(event, Connected):
            raise ValueError("the listener is broken")

    with pytest.raises(ValueError, match="the listener is broken"), running(FACTORY, listen=listen) as server:
        talk(server.endpoint, b"x\n")


def _hang_up_on(factory, limits, entered):
    with (
        running(factory, limits=limits) as server,
        socket.create_connection((server.endpoint.host, server.endpoint.port), 5) as sock,
    ):
        sock.sendall(b"x\n")
        assert entered.wait(5)


def test_a_service_that_hangs_is_reported():
    entered, release = threading.Event(), threading.Event()

    def hang(frame: bytes) -> bytes:
        entered.set()
        release.wait(30)
        return frame

    limits = ServingLimits(drain_ns=1)
    try:
        with pytest.raises(TargetError, match="hangs"):
            _hang_up_on(framed(delimited(b"\n"), hang), limits, entered)
    finally:
        release.set()


ABORTING = """
from workbench.api import delimited, framed
from workbench.serving import Server
server = Server(framed(delimited(b"\\n"), lambda line: [][len(line)]), abort_on_error=True)
print(server.endpoint.port, flush=True)
server.run()
"""


def test_a_fuzz_target_dies_of_a_crash():
    with subprocess.Popen([sys.executable, "-c", ABORTING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert talk(Endpoint("127.0.0.1", port), b"x\n") == b""
        _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGABRT
    assert "IndexError: list index out of range" in errors


def test_one_factory_is_one_service_by_whatever_name():
    started = []

    def factory(options):
        started.append(options)
        return framed(delimited(b"\n"), bytes.upper)(options)

    server = Server(factory, alternatives={"a": factory, "b": FACTORY})
    services = server._host.services
    server.close()
    assert len(started) == 1
    assert services["a"] is services[""]
    assert services["b"] is not services[""]


def test_what_a_protocol_tells_reaches_the_log_and_whoever_asked():
    log, heard = [], []

    def factory(options):
        def answer(line: bytes) -> bytes:
            options.tell({"event": "line", "size": len(line)})
            return line

        return framed(delimited(b"\n"), answer)(options)

    with running(factory, ServerOptions(tell=heard.append), listen=log.append) as server:
        talk(server.endpoint, b"hello\n")
    assert heard == [{"event": "line", "size": 6}]
    assert [event.facts for event in log if isinstance(event, Told)] == heard
    assert server.counters.facts == {"line": 1}


class Room:
    """What one says the others hear, at once."""

    def __init__(self, options: ServerOptions) -> None:
        self.options = options
        self.members: list[Member] = []

    def __call__(self) -> "Member":
        self.members.append(Member(self))
        return self.members[-1]


class Member:
    def __init__(self, room: Room) -> None:
        self.closed = False
        self.room = room
        self.waiting = b""

    def receive(self, data: bytes) -> bytes:
        self.closed = not data
        for other in self.room.members:
            if other is not self:
                other.waiting += data
                self.room.options.wake(other)
        return b""

    def pull(self) -> bytes:
        said, self.waiting = self.waiting, b""
        return said

    def wakeup(self, now_ns: int) -> bytes:
        return b""

    def drain(self) -> bytes:
        self.closed = True
        return b""


def test_the_woken_speak_in_the_same_turn():
    # an hour between two ticks: only waking can bring the bytes over
    limits = ServingLimits(tick_ns=3_600_000_000_000)
    with running(Room, limits=limits) as server:
        address = (server.endpoint.host, server.endpoint.port)
        with socket.create_connection(address, 5) as one, socket.create_connection(address, 5) as two:
            with socket.create_connection(address, 5) as gone:
                gone.sendall(b"hello")
                assert (one.recv(10), two.recv(10)) == (b"hello", b"hello")
            one.sendall(b"still there?")
            assert two.recv(20) == b"still there?"

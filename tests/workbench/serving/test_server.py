"""The server as others use it: in a thread, on chosen addresses, and dying of a crash when asked to."""

import json
import signal
import socket
import subprocess
import sys
import threading

import pytest

from workbench.api import Endpoint, ServerOptions, TargetError, UsageError, delimited, framed
from workbench.serving import Connected, Draining, Listening, Server, ServingLimits, Stopped, log_line, running

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

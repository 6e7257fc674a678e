"""Python's http.client, and bare sockets where it is too polite, against the HTTP/1.1 reference server."""

import socket
import time
from http.client import HTTPConnection

import pytest

from workbench.api import ServerOptions
from workbench.serving import Server, ServingLimits, running
from workbench_http1.server import serve


@pytest.fixture
def connection():
    with running(serve) as server:
        client = HTTPConnection(server.endpoint.host, server.endpoint.port, timeout=20)
        yield client
        client.close()


def test_many_requests_on_one_connection(connection):
    connection.connect()
    ours = connection.sock.getsockname()
    for number in range(50):
        connection.request("PUT", f"/store/{number}", bytes([number]) * number)
        assert connection.getresponse().read() == b""
        connection.request("GET", f"/store/{number}")
        assert connection.getresponse().read() == bytes([number]) * number
        assert connection.sock.getsockname() == ours


def test_chunked_both_ways(connection):
    connection.request("POST", "/echo", iter([b"one ", b"two"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().read() == b"one two"
    connection.request("GET", "/stream?parts=100")
    response = connection.getresponse()
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert response.read().count(b"\n") == 100


def received(sock: socket.socket) -> bytes:
    data = b""
    while piece := sock.recv(65_536):
        data += piece
    return data


def test_pipelined_on_a_bare_socket():
    ask = b"GET /hello.txt HTTP/1.1\r\nHost: h\r\n\r\n"
    with running(serve) as server, socket.create_connection((server.endpoint.host, server.endpoint.port), 20) as sock:
        sock.sendall(ask * 20)
        sock.shutdown(socket.SHUT_WR)
        assert received(sock).count(b"Hello from the workbench.\n") == 20


def test_an_idle_connection_is_closed():
    options = ServerOptions(idle_ns=50_000_000)
    limits = ServingLimits(tick_ns=10_000_000)
    with (
        running(serve, options, limits=limits) as server,
        socket.create_connection((server.endpoint.host, server.endpoint.port), 20) as sock,
    ):
        assert received(sock) == b""


def test_shutdown_is_graceful_and_short():
    with running(serve) as server:
        busy = socket.create_connection((server.endpoint.host, server.endpoint.port), 20)
        idle = socket.create_connection((server.endpoint.host, server.endpoint.port), 20)
        busy.sendall(b"GET /bytes/20000000 HTTP/1.1\r\nHost: h\r\n\r\n")
        first = busy.recv(1000)
        began = time.monotonic()
        server.stop()
        with busy, idle:
            body = first + received(busy)
            assert received(idle) == b""
    assert time.monotonic() - began < 5
    assert len(body) > 20_000_000


def test_the_access_log_is_data():
    service = serve(ServerOptions())
    with running(lambda _: service) as server:
        client = HTTPConnection(server.endpoint.host, server.endpoint.port, timeout=20)
        client.request("GET", "/missing")
        client.getresponse().read()
        client.close()
    assert isinstance(server, Server)
    assert [(entry.method, entry.target, entry.status) for entry in service.log] == [("GET", "/missing", 404)]

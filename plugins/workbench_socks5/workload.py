"""Lifelike traffic: an HTTP server and a UDP service behind the proxy, clients that fetch, call, are called, and are refused."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from random import Random
from threading import Thread

from workbench.api import Endpoint
from workbench_socks5.client import Client, RefusedError, unwrap, wrap

__all__ = ["workload"]

ROUNDS = 6
_PATIENCE_S = 10.0


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the proxy at `endpoint`; yields a line per thing done. Raises `OSError` when it cannot be reached or misbehaves."""
    with _web_server() as web, closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as service:
        service.bind(("127.0.0.1", 0))
        service.settimeout(_PATIENCE_S)
        for number in range(ROUNDS):
            yield _fetch(endpoint, web, random, number)
        yield _be_called(endpoint)
        yield _datagrams(endpoint, service, random)
        yield _refused(endpoint, "192.0.2.1", 80)
        yield _refused(endpoint, "127.0.0.1", 9)


@contextmanager
def _web_server() -> Iterator[Endpoint]:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.path.encode() * 20
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Endpoint("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _fetch(proxy: Endpoint, web: Endpoint, random: Random, number: int) -> str:
    host = ("127.0.0.1", "localhost")[number % 2]
    path = f"/item/{random.randrange(10_000)}"
    with Client(proxy) as client:
        client.ask("connect", host, web.port)
        client.sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        size = 0
        while more := client.sock.recv(65_536):
            size += len(more)
    return f"fetched {path} from {host}: {size} bytes"


def _be_called(proxy: Endpoint) -> str:
    with Client(proxy) as client:
        place = client.ask("bind", "127.0.0.1", 0)
        with socket.create_connection((place.host, place.port), _PATIENCE_S) as caller:
            client.reply()
            caller.sendall(b"220 here is your data\r\n")
            client.read(23)
            client.sock.sendall(b"thanks\r\n")
            caller.recv(100)
    return "was called through BIND"


def _datagrams(proxy: Endpoint, service: socket.socket, random: Random) -> str:
    remote = Endpoint("127.0.0.1", service.getsockname()[1])
    count = random.randint(3, 6)
    with Client(proxy) as client, closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        relay = client.ask("associate", "0.0.0.0", 0)  # noqa: S104 - in a request: "I do not know yet"
        sock.settimeout(_PATIENCE_S)
        for number in range(count):
            whole = random.randbytes(40)
            pieces = ((whole, 0),) if number else ((whole[:20], 1), (whole[20:], 0x82))
            for piece, fragment in pieces:
                sock.sendto(wrap(remote, piece, fragment), (relay.host, relay.port))
            asked, back = service.recvfrom(2048)
            service.sendto(asked[::-1], back)
            source, answer = unwrap(sock.recv(2048))
            if (source, answer) != (remote, whole[::-1]):
                raise ConnectionError(f"the relay gave {answer!r} from {source}")
    return f"{count} datagrams there and back, one of them in fragments"


def _refused(proxy: Endpoint, host: str, port: int) -> str:
    try:
        with Client(proxy) as client:
            client.ask("connect", host, port)
    except RefusedError as refused:
        return f"{host}:{port} was refused: {refused}"
    return f"{host}:{port} was not refused"

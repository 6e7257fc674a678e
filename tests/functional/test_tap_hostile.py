"""Clients and targets that mean no good: the tap goes on serving the others, within fixed memory, and its file stays whole."""

import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from captures.capture import open_capture
from captures.tap import Tap, TapLimits, proxy, running, tcp
from support.certificates import tls
from support.commands import workbench_process
from support.quic_servers import quic_server
from support.tapping import ANY, fields, tapped, trusting
from support.waiting import until
from workbench.api import Endpoint
from workbench.serving import running as serving
from workbench.tapping import intercepting, quic
from workbench_http1.server import serve
from workbench_http3.workload_client import Client as Http3Client
from workbench_quic import PROTOCOL

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
from workbench.__main__ import entry
sys.exit(entry())
"""

QUICK = TapLimits(opening_ns=300_000_000)
MOST_GROWTH = 64 << 20


def connect(endpoint: Endpoint) -> socket.socket:
    return socket.create_connection((endpoint.host, endpoint.port), timeout=10)


def get(sock: socket.socket, head: bytes = b"GET /hello.txt HTTP/1.1\r\n") -> bytes:
    """One request, and its answer to the end of the connection, which is closed then."""
    with sock:
        sock.sendall(head + b"Host: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while more := sock.recv(65_536):
            answer += more
        return answer


def through_tls(sock: socket.socket, trust) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(trust[0].authority))
    return context.wrap_socket(sock, server_hostname="localhost")


def flood(sock: socket.socket) -> None:
    """Say the same for ever."""
    while True:
        sock.sendall(b"a" * 65_536)


def push(endpoint: Endpoint) -> None:
    """Say as much as is taken, as 20 clients; memory is not to grow with it."""
    before = memory()
    clients = [connect(endpoint) for _ in range(20)]
    for client in clients:
        client.setblocking(False)

    def stuck() -> bool:
        sent = 0
        for client in clients:
            try:
                sent += client.send(bytes(1 << 20))
            except BlockingIOError:
                continue
        return sent == 0

    until(stuck, "all buffers being full", 30)
    assert memory() - before < MOST_GROWTH
    for client in clients:
        client.close()


def memory() -> int:
    """Bytes of this process, in which the tap runs, too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return trusting(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    "said", [b"", b"\x05", b"\x05\x01\x00\x05\x01\x00\x03\xff", b"CONNECT local", b"GET http://localhost/ HTTP/1.1\r\nX:"]
)
def test_clients_that_do_not_say_where_to_are_left(tmp_path, said):
    with serving(serve) as server, running(Tap(proxy(ANY), tmp_path / "t.pcapng", limits=QUICK)) as tap:
        slow = [connect(tap.endpoint) for _ in range(50)]
        for sock in slow:
            sock.sendall(said)
        assert b"200 OK" in get(connect(tap.endpoint), f"GET http://{server.endpoint}/hello.txt HTTP/1.1\r\n".encode())
        until(lambda: tap.counters.connections == 51 and tap.counters.open == 0)
        for sock in slow:
            sock.close()


def test_a_request_line_without_end(tmp_path):
    with running(Tap(proxy(ANY), tmp_path / "t.pcapng")) as tap, connect(tap.endpoint) as client:
        before = memory()
        client.sendall(b"CONNECT ")
        with pytest.raises(OSError):
            flood(client)
        assert memory() - before < MOST_GROWTH


def test_a_hello_that_comes_byte_by_byte(tmp_path, trust):
    with serving(serve, tls=tls(trust[0])) as server:
        way = tcp(ANY, Endpoint("localhost", server.endpoint.port), intercepting(*trust))
        with running(Tap(way, tmp_path / "t.pcapng")) as tap, connect(tap.endpoint) as client:
            context, incoming, outgoing = (
                ssl.create_default_context(cafile=str(trust[0].authority)),
                ssl.MemoryBIO(),
                ssl.MemoryBIO(),
            )
            end = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                try:
                    end.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    for byte in outgoing.read():
                        client.sendall(bytes([byte]))
                    incoming.write(client.recv(65_536))
            assert end.getpeercert()


def test_a_target_that_never_reads(tmp_path):
    """Back-pressure reaches the clients: nothing piles up in between."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        one = Tap(tcp(ANY, Endpoint(*deaf.getsockname())), tmp_path / "t.pcapng")
        with running(one) as tap:
            push(tap.endpoint)


def test_whatever_is_said_first_the_next_one_is_served(tmp_path, trust):
    """Beginnings of every kind, with a wrong byte here and there, to a proxy that opens TLS."""
    randomness = random.Random(7)
    path = tmp_path / "t.pcapng"
    with serving(serve, tls=tls(trust[0])) as server, tapped(proxy(ANY, "any", intercepting(*trust)), path) as (tap, _):
        port = server.endpoint.port
        hello = bytes.fromhex("16030100050100000103")
        seeds = [
            b"\x05\x01\x00\x05\x01\x00\x03\x09localhost" + port.to_bytes(2, "big") + hello,
            f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode() + hello,
            f"POST http://127.0.0.1:{port}/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n".encode(),
            f"GET http://127.0.0.1:{port}/ HTTP/1.1\r\nUpgrade: x\r\n\r\n".encode(),
        ]
        for _ in range(200):
            said = bytearray(randomness.choice(seeds))
            for _ in range(randomness.randrange(4)):
                said[randomness.randrange(len(said))] = randomness.randrange(256)
            with connect(tap.endpoint) as client:
                client.sendall(said[: randomness.randrange(1, len(said) + 1)])
                if randomness.random() < 0.3:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        until(lambda: tap.counters.connections == 200)
        with connect(tap.endpoint) as client:
            client.sendall(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
            assert client.recv(100).startswith(b"HTTP/1.1 200")
            assert b"200 OK" in get(through_tls(client, trust))
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []


def garbage(randomness: random.Random, count: int) -> list[bytes]:
    """Datagrams of every size, half of them with the head of an Initial packet of QUIC v1."""
    head = b"\xc3\x00\x00\x00\x01\x08" + bytes(8) + b"\x00\x00\x44\x00"
    return [head * (number % 2) + randomness.randbytes(randomness.choice((0, 1, 50, 1200, 1400))) for number in range(count)]


def test_quic_that_is_none(tmp_path, trust):
    with quic_server(tmp_path / "s") as place:
        way = quic(ANY, Endpoint("localhost", place.endpoint.port), PROTOCOL.carrier, ("h3",), *trust)
        with tapped(way, tmp_path / "t.pcapng") as (tap, _), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in garbage(random.Random(7), 500):
                sender.sendto(datagram, (tap.endpoint.host, tap.endpoint.port))
            with Http3Client(tap.endpoint) as client:
                assert ": 200," in client.send("GET", "/hello.txt", b"")
            assert tap.counters.open <= 1


def test_what_a_killed_tap_has_opened_can_be_read(tmp_path, trust):
    path = tmp_path / "t.pcapng"
    with serving(serve, tls=tls(trust[0])) as server:
        words = ["--listen", "0", "--to", f"localhost:{server.endpoint.port}", "--tls", "--certs", trust[0].path]
        tap = workbench_process("tap", *words, "--upstream-ca", trust[0].authority, "-w", path)
        try:
            host, _, port = tap.stdout.readline().strip().rpartition(":")
            with connect(Endpoint(host, int(port))) as client:
                assert b"200 OK" in get(through_tls(client, trust))
            until(lambda: path.stat().st_size > 4000)
            os.kill(tap.pid, signal.SIGKILL)
        finally:
            tap.kill()
            tap.communicate()
    assert fields(path, "http.request", "http.request.uri") == [["/hello.txt"]]


def test_a_full_disk_is_one_sentence(tmp_path, trust):
    """A limit on the size of files stands for the end of a disk."""
    path = tmp_path / "t.pcapng"
    with serving(serve) as server:
        command = [sys.executable, "-c", LIMITED, "tap", "--listen", "0", "--to", str(server.endpoint), "-w", str(path)]
        tap = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            host, _, port = tap.stdout.readline().strip().rpartition(":")

            def ask() -> None:
                try:
                    get(connect(Endpoint(host, int(port))), b"GET /bytes/200000 HTTP/1.1\r\n")
                except OSError:
                    return

            thread = threading.Thread(target=ask)
            thread.start()
            _, err = tap.communicate(timeout=20)
            thread.join()
        finally:
            tap.kill()
            tap.communicate()
    assert tap.returncode == 2
    assert "recording stopped after" in err.splitlines()[-1]
    assert path.stat().st_size <= 50_000
    with open_capture(path) as capture:
        capture.grow()
        assert capture.warnings == []

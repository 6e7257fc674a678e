"""Foreign clients through the tap to foreign servers, read by a foreign tool: TCP, UDP, proxies. TLS, QUIC and browsers are beside."""

import http.server
import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from captures.tap import Tap, proxy, running, tcp, udp
from support.other_servers import PAGE, lighttpd, nginx
from support.shared import tool
from support.tapping import ANY, complaints, fields, tapped
from support.waiting import until
from workbench.api import Endpoint
from workbench.serving import running as serving
from workbench_dns import PROTOCOL as DNS


class Quiet(http.server.BaseHTTPRequestHandler):
    """Answers everything with its path."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.path.encode() * 1000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def quiet():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Endpoint("127.0.0.1", server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def curl(*words: str) -> bytes:
    return subprocess.run([tool("curl"), "-sS", *words], capture_output=True, check=True, timeout=30).stdout


def test_curl_through_the_tap(tmp_path: Path):
    path = tmp_path / "tap.pcapng"
    with quiet() as target, running(Tap(tcp(ANY, target), path)) as tap:
        got = curl(f"http://{tap.endpoint}/one", f"http://{tap.endpoint}/two")
    assert got == b"/one" * 1000 + b"/two" * 1000
    found = fields(path, "http", "http.request.uri", "http.response.code", "tcp.port")
    assert [line[:2] for line in found] == [["/one", ""], ["", "200"], ["/two", ""], ["", "200"]]
    assert all(str(target.port) in line[2] for line in found)
    assert complaints(path) == ""


@pytest.mark.parametrize("way", [["-x", "http://"], ["-p", "-x", "http://"], ["-x", "socks5://"], ["-x", "socks5h://"]])
def test_proxies(tmp_path: Path, way: list[str]):
    """Two targets, named by name and by address; the file shows their addresses, and has the name."""
    path = tmp_path / "tap.pcapng"
    with nginx(tmp_path / "one") as one, lighttpd(tmp_path / "two") as two, tapped(proxy(ANY), path) as (tap, troubles):
        *words, scheme = way
        urls = [f"http://localhost:{one}/page.html", f"http://127.0.0.1:{two}/page.html", f"http://localhost:{one}/missing"]
        assert curl(*words, f"{scheme}{tap.endpoint}", *urls).startswith(PAGE * 2)
        until(lambda: tap.counters.open == 0)
    assert troubles == []
    assert complaints(path) == ""
    asked = fields(path, "http.request", "http.request.uri", "http.host", "tcp.dstport")
    assert asked == [
        ["/page.html", f"localhost:{one}", str(one)],
        ["/page.html", f"127.0.0.1:{two}", str(two)],
        ["/missing", f"localhost:{one}", str(one)],
    ]
    assert [line[0] for line in fields(path, "http.response", "http.response.code")] == ["200", "200", "404"]


def test_uploads_through_the_http_proxy(tmp_path: Path):
    """Requests with content of a known size and in chunks, one after the other in one connection, then a change of target."""
    from workbench_http1.server import serve

    path, content = tmp_path / "tap.pcapng", bytes(range(256)) * 1000
    (tmp_path / "content").write_bytes(content)
    with serving(serve) as one, serving(serve) as two, tapped(proxy(ANY, "http"), path) as (tap, troubles):
        file = str(tmp_path / "content")
        words = ["-x", f"http://{tap.endpoint}", "-X", "POST"]
        urls = ["-T", file, f"http://{one.endpoint}/echo", "-T", file, f"http://{two.endpoint}/echo"]
        plain, chunked = curl(*words, *urls), curl(*words, "-H", "Transfer-Encoding: chunked", *urls)
        until(lambda: tap.counters.open == 0)
    assert plain == chunked == content * 2
    assert troubles == []
    assert complaints(path) == ""


def test_dns_over_udp(tmp_path: Path):
    path, dig = tmp_path / "tap.pcapng", tool("dig")
    with serving(DNS.server, transport="udp") as server, running(Tap(udp(ANY, server.endpoint), path)) as tap:
        command = [dig, "@127.0.0.1", "-p", str(tap.endpoint.port), "+tries=1", "+time=5", "workbench.test", "A"]
        out = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert "status:" in out
    assert complaints(path) == ""
    found = fields(path, "udp", "udp.srcport", "udp.dstport")
    assert found[0][1] == found[1][0] == str(server.endpoint.port)


def test_datagrams_of_every_size(tmp_path: Path):
    path = tmp_path / "tap.pcapng"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        client.settimeout(5)
        with running(Tap(udp(ANY, Endpoint(*server.getsockname())), path)) as tap:
            for size in (0, 1, 1472, 1473, 9000, 65_507):
                client.sendto(bytes(size), (tap.endpoint.host, tap.endpoint.port))
                data, peer = server.recvfrom(70_000)
                server.sendto(data, peer)
                assert client.recv(70_000) == bytes(size)
    assert [line[0] for line in fields(path, "udp", "udp.length")] == [
        str(8 + size) for size in (0, 1, 1472, 1473, 9000, 65_507) for _ in range(2)
    ]
    assert complaints(path) == ""


def test_dns_over_socks(tmp_path: Path):
    """Datagrams through the SOCKS5 proxy: the file shows the client asking the name server itself."""
    message = pytest.importorskip("dns.message", reason="dnspython is not installed")
    path = tmp_path / "tap.pcapng"
    with serving(DNS.server, transport="udp") as server, tapped(proxy(ANY, "socks"), path) as (tap, _):
        with socket.create_connection((tap.endpoint.host, tap.endpoint.port), timeout=5) as control:
            control.sendall(b"\x05\x01\x00")
            assert control.recv(10) == b"\x05\x00"
            control.sendall(b"\x05\x03\x00\x01" + bytes(6))
            answer = control.recv(10)
            query = message.make_query("workbench.test", "A")
            head = b"\0\0\0\x01\x7f\0\0\x01" + server.endpoint.port.to_bytes(2, "big")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(5)
                client.sendto(head + query.to_wire(), ("127.0.0.1", int.from_bytes(answer[8:], "big")))
                got = client.recv(4096)
        until(lambda: tap.counters.open == 0)
    assert got.startswith(head)
    assert query.is_response(message.from_wire(got[len(head) :]))
    assert complaints(path) == ""
    assert [line[0] for line in fields(path, f"udp.port == {server.endpoint.port}", "udp.length")] == [
        str(8 + len(query.to_wire())),
        str(8 + len(got) - len(head)),
    ]

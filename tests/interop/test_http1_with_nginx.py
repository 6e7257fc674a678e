"""What nginx and its clients say, decoded by us: every exchange clean, every body the client's own."""

import contextlib
import socket
import subprocess
import time

import pytest

from support.http1 import CLIENT, SERVER, assert_tiled, lines, messages
from support.shared import tool
from workbench.api import Severity

CONFIG = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; types {{ text/html html; }} gzip on; gzip_min_length 1; gzip_types *;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
PAGE = b"<p>a page, a page, a page</p>\n" * 100


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    program = tool("nginx")
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "www").mkdir()
    (folder / "www" / "page.html").write_bytes(PAGE)
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port))
    process = subprocess.Popen(
        [program, "-c", str(config), "-e", str(folder / "error.log"), "-g", "user root;"], stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
    pytest.skip("nginx does not start here")


def talk(port: int, data: bytes) -> bytes:
    """Everything nginx answers to these bytes, up to its closing of the connection."""
    with socket.create_connection(("127.0.0.1", port), 20) as sock:
        sock.sendall(data)
        answer = b""
        while piece := sock.recv(65_536):
            answer += piece
    return answer


def ask(target: str, *more: str, method: str = "GET") -> bytes:
    return lines("\n".join((f"{method} {target} HTTP/1.1", "Host: h", *more)))


LAST = "Connection: close"


def decoded(port: int, data: bytes):
    found = messages((CLIENT, data), (SERVER, talk(port, data)))
    assert_tiled(found)
    assert [message.protocol for message in found] == ["http1"] * len(found)
    return [message for message in found if message.direction is SERVER]


def content(message) -> bytes:
    return message.root.find("http.file_data").value


def test_pipelined_pages(nginx):
    first, second, third = decoded(nginx, ask("/page.html") + ask("/page.html", method="HEAD") + ask("/page.html", LAST))
    assert content(first) == content(third) == PAGE
    assert second.root.find("http.file_data") is None
    assert [message.exchange for message in (first, second, third)] == [1, 2, 3]
    assert all(note.severity < Severity.WARN for message in (first, second, third) for note in message.notes)


def test_compressed_and_chunked(nginx):
    (found,) = decoded(nginx, ask("/page.html", "Accept-Encoding: gzip", LAST))
    assert [view.name for view in found.views] == ["wire", "dechunked", "gzip decoded"]
    assert content(found) == PAGE
    assert found.notes == ()


def test_ranges(nginx):
    (found,) = decoded(nginx, ask("/page.html", "Range: bytes=3-9", LAST))
    assert content(found) == PAGE[3:10]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (ask("/page.html", "Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
        (ask("/page.html", "Content-Length: 3", "Content-Length: 4") + b"abcd", 400),
        (ask("/page.html", "Transfer-Encoding: chunked") + b"zz\r\n", 400),
        (ask("/page.html", "Host: other"), 400),
        (b"GET /page.html HTTP/1.1\r\n\r\n", 400),
        (ask("/page.html", "A b: c") + ask("/page.html", LAST), 400),
    ],
)
def test_what_nginx_refuses_has_an_error_or_a_warning(nginx, data, code):
    found = messages((CLIENT, data), (SERVER, talk(nginx, data)))
    first = next(message for message in found if message.direction is SERVER)
    assert first.root.find("http.response.code").value in (code, 405)
    assert max(note.severity for note in found[0].notes) >= Severity.WARN


def test_simple_request(nginx):
    found = messages((CLIENT, b"GET /page.html\r\n"), (SERVER, talk(nginx, b"GET /page.html\r\n")))
    assert [(message.label, message.exchange) for message in found] == [("request", 1), ("response", 1)]
    assert content(found[1]) == PAGE

"""The conformance cases against servers of other people: what they fail is known, one by one, with the reason.

A case that fails on both would be suspect; the one that does (`window-overflow-by-settings`) has the RFC's MUST for a connection error
where both answer with a stream error.
"""

import socket
import subprocess
from contextlib import closing

import pytest

from support.shared import tool
from support.waiting import until
from workbench.api import CheckFailed, CheckSkipped, Level
from workbench.conformance.budget import Budget
from workbench.conformance.sockets import SocketTarget
from workbench.conformance.transcript import Transcript
from workbench_http2.checks import CHECKS

NGHTTPD = {
    "id-decreasing": "HEADERS on a lower stream are ignored: they might be trailers of a stream that was reset",
    "window-overflow-by-settings": "a stream error instead of a connection error",
}
NGINX = {
    "preface-without-settings": "the client's SETTINGS are not waited for",
    "idle-data": "ignored", "idle-rst-stream": "ignored", "idle-window-update": "ignored",
    "half-closed-headers": "PROTOCOL_ERROR of the connection instead of STREAM_CLOSED",
    "closed-data": "ignored", "reset-data": "ignored",
    "headers-empty-continued": "an empty HEADERS frame is a FRAME_SIZE_ERROR to it",
    "window-overflow-by-settings": "a stream error instead of a connection error",
    "hpack-huffman-padding-long": "not looked at",
    "hpack-truncated-string": "FRAME_SIZE_ERROR instead of COMPRESSION_ERROR",
    "hpack-truncated-integer": "FRAME_SIZE_ERROR instead of COMPRESSION_ERROR",
    "hpack-resize-at-the-end": "not looked at",
    "hpack-broken-trailers": "trailers of requests are not read at all", "trailers": "trailers of requests are not read at all",
    "field-name-beyond-ascii": "not looked at", "field-value-leading-space": "not looked at", "field-value-trailing-tab": "not looked at",
    "field-connection": "ignored", "field-keep-alive": "ignored", "field-proxy-connection": "ignored",
    "field-transfer-encoding": "ignored", "field-upgrade": "ignored", "field-te-other": "ignored",
    "pseudo-behind-regular": "not looked at",
}  # fmt: skip


CONFIG = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{ }}
http {{
  access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port} http2; root {folder}; location = /upload {{ proxy_pass http://127.0.0.1:{echo}/; }} }}
  server {{ listen 127.0.0.1:{echo}; location / {{ return 200 "thank you"; }} }}
}}
"""


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as sock:
        return sock.getsockname()[1]


def reachable(port: int) -> bool:
    with closing(socket.socket()) as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def page(tmp_path):
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>" + "x" * 600)
    return tmp_path


@pytest.fixture
def nghttpd(page):
    port = free_port()
    process = subprocess.Popen(
        [tool("nghttpd"), "--no-tls", "-d", str(page), "-a", "127.0.0.1", str(port)], stdout=subprocess.DEVNULL
    )
    until(lambda: reachable(port), "nghttpd")
    yield port, {"path": "/index.html"}
    process.terminate()
    process.wait()


@pytest.fixture
def nginx(page):
    port, echo = free_port(), free_port()
    (page / "nginx.conf").write_text(CONFIG.format(folder=page, port=port, echo=echo))
    process = subprocess.Popen([tool("nginx"), "-c", str(page / "nginx.conf"), "-g", "user root;"], stderr=subprocess.DEVNULL)
    until(lambda: reachable(port), "nginx")
    yield port, {"path": "/index.html", "upload": "/upload"}
    process.terminate()
    process.wait()


def failed(place) -> set[str]:
    port, options = place
    target = SocketTarget(host="127.0.0.1", port=port, options=options, patience_s=0.5)
    names = set()
    for check in CHECKS:
        if check.level is Level.MUST:
            with target.session(Transcript(), Budget.of(30)) as peer:
                try:
                    check.run(peer)
                except CheckFailed:
                    names.add(check.name)
                except CheckSkipped:
                    continue
    return names


@pytest.mark.timeout(120)
def test_nghttpd(nghttpd):
    assert failed(nghttpd) <= set(NGHTTPD)


@pytest.mark.timeout(180)
def test_nginx(nginx):
    assert failed(nginx) <= set(NGINX)

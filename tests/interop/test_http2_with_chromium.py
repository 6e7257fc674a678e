"""Chromium loads a page from the HTTP/2 reference server over TLS, and opens a WebSocket in a stream of the same connection."""

import subprocess
from contextlib import contextmanager

from support.certificates import certificates, tls
from support.shared import tool
from workbench.api import ServerOptions
from workbench.serving import running
from workbench_http2.server import serve

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic")
PAGE = b"""<!doctype html><body>waiting<script>
let over = false;
const socket = new WebSocket(`wss://${location.host}/ws`);
const show = text => { document.body.textContent = text; over = true; socket.close(); };
socket.onopen = () => socket.send("over one stream");
socket.onmessage = event => show("echo: " + event.data);
socket.onerror = () => show("error");
(async () => { for (let round = 0; round < 3000 && !over; round++) await fetch("/health"); })();
</script>"""
"""The browser's virtual time stands still while something is fetched, but not for a WebSocket; so something is fetched meanwhile."""


@contextmanager
def served(tmp_path):
    """The origin, and the requests that were answered, as (method, target, status, connection)."""
    asked = []

    def tell(fact):
        if fact["event"] == "request":
            asked.append((fact["method"], fact["target"], fact["status"], fact["connection"]))

    with running(serve, ServerOptions(tell=tell), tls=tls(certificates(tmp_path / "c"), alpn=("h2",))) as server:
        yield f"https://{server.endpoint}", asked


def dom(tmp_path, page: str) -> bytes:
    """The page as it is once its scripts have run for five (virtual) seconds."""
    command = [tool("chromium"), "--headless", "--no-sandbox", "--disable-gpu", *QUIET, f"--user-data-dir={tmp_path / 'profile'}"]
    options = ("--ignore-certificate-errors", "--virtual-time-budget=5000", "--dump-dom")
    return subprocess.run([*command, *options, page], capture_output=True, timeout=60).stdout


def test_a_page(tmp_path):
    with served(tmp_path) as (origin, asked):
        found = dom(tmp_path, f"{origin}/")
    assert found.count(b"<li>") == 9
    assert asked[0][:3] == ("GET", "/", 200)


def test_a_websocket_over_http_2(tmp_path):
    with served(tmp_path) as (origin, asked):
        upload = ("--insecure", "--http2", "-X", "PUT", "-H", "content-type: text/html", "--data-binary", "@-")
        subprocess.run([tool("curl"), "--silent", *upload, f"{origin}/store/page"], input=PAGE, check=True, timeout=30)
        found = dom(tmp_path, f"{origin}/store/page")
    assert b"echo: over one stream" in found
    assert ("GET", "/store/page", 200, 2) in asked
    assert ("CONNECT", "/ws", 200, 2) in asked, "in the same connection as the page"

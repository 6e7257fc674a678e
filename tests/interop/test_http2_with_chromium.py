"""Chromium loads a page from the HTTP/2 reference server over TLS."""

import subprocess

from support.certificates import certificates, tls
from support.shared import tool
from workbench.api import ServerOptions
from workbench.serving import running
from workbench_http2.server import serve

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-quic")


def test_a_page(tmp_path):
    told = []
    with running(serve, ServerOptions(tell=told.append), tls=tls(certificates(tmp_path / "c"), alpn=("h2",))) as server:
        command = [
            tool("chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            *QUIET,
            f"--user-data-dir={tmp_path / 'profile'}",
        ]
        page = f"https://{server.endpoint}/"
        done = subprocess.run([*command, "--ignore-certificate-errors", "--dump-dom", page], capture_output=True, timeout=60)
    assert b"Reference server for HTTP/2" in done.stdout, done.stderr[-2000:]
    assert done.stdout.count(b"<li>") == 9
    assert [fact["status"] for fact in told if fact["event"] == "request" and fact["target"] == "/"] == [200]

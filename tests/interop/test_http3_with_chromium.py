"""Chromium loads a page and what it fetches from the HTTP/3 server: a browser's QPACK, reserved frames and priorities."""

import base64
import hashlib
import json
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from support.quic_servers import Place, quic_server
from support.shared import tool

QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu")
PAGE = """<!doctype html><body>waiting<script>
(async () => {
  const sizes = await Promise.all(["/bytes/200000", "/data.json", "/stream?parts=20", "/missing"].map(async path => {
    const response = await fetch(path);
    return [response.status, (await response.arrayBuffer()).byteLength];
  }));
  const echo = await fetch("/echo", {method: "POST", body: "x".repeat(100000)});
  document.body.textContent = JSON.stringify([...sizes, [echo.status, (await echo.text()).length]]);
})();
</script>"""


def key_of(place: Place) -> str:
    """The server's public key, as Chromium wants it named to believe in it (RFC 7469 2.4)."""
    certificate = x509.load_pem_x509_certificate((place.authority.parent / "localhost.pem").read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


def dom(place: Place, folder, path: str) -> str:
    """The page as it is once its scripts have run for five (virtual) seconds."""
    origin = str(place.endpoint)
    command = [tool("chromium"), "--headless", "--no-sandbox", *QUIET, f"--user-data-dir={folder / 'profile'}"]
    command += ["--enable-quic", f"--origin-to-force-quic-on={origin}", f"--ignore-certificate-errors-spki-list={key_of(place)}"]
    command += ["--virtual-time-budget=5000", "--dump-dom", f"https://{origin}{path}"]
    return subprocess.run(command, capture_output=True, timeout=60).stdout.decode()


def test_a_page_and_what_it_fetches(tmp_path):
    from workbench_http3.workload_client import Client

    with quic_server(tmp_path / "c") as place:
        with Client(place.endpoint) as client:
            assert ": 201," in client.send("PUT", "/store/page", PAGE.encode(), (("content-type", "text/html"),))
        found = dom(place, tmp_path, "/store/page")
    text = found.partition("<body>")[2].partition("</body>")[0]
    assert json.loads(text) == [[200, 200_000], [200, 2244], [200, 271], [404, 26], [200, 100_000]]
    by_browser = [facts for facts in place.told("request") if facts["connection"] == 2]
    assert {facts["target"] for facts in by_browser} >= {"/store/page", "/bytes/200000", "/echo"}

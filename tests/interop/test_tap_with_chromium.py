"""A browser that has the tap as its proxy: a page, what it fetches and a WebSocket over TLS, opened, and read by tshark with no settings.

Chromium is told the key of our authority, so that it believes the tap, and to use its proxy for loopback addresses, too.
"""

import json
import subprocess

import pytest

from captures.tap import proxy
from support.browsers import dom, spki_of
from support.certificates import tls
from support.shared import tool
from support.tapping import ANY, complaints, fields, ours, tapped, trusting
from workbench.serving import running
from workbench.tapping import intercepting
from workbench_http1.server import serve as serve_http1
from workbench_http2.server import serve as serve_http2
from workbench_websocket.server import serve as serve_websocket

PAGE = """<!doctype html><body>waiting<script>
let over = false, said = "";
const socket = new WebSocket("%s/echo");
socket.onopen = () => socket.send("through the tap");
socket.onmessage = event => { said = event.data; over = true; socket.close(); };
socket.onerror = () => { said = "error"; over = true; };
(async () => {
  const sizes = await Promise.all(["/bytes/200000", "/data.json", "/missing"].map(async path => {
    const response = await fetch(path);
    return [response.status, (await response.arrayBuffer()).byteLength];
  }));
  const echo = await fetch("/echo", {method: "POST", body: "x".repeat(100000)});
  for (let round = 0; round < 3000 && !over; round++) await fetch("/health");
  document.body.textContent = JSON.stringify([...sizes, [echo.status, (await echo.text()).length], said]);
})();
</script>"""


@pytest.mark.parametrize(("kind", "alpn"), [("http", "h2"), ("socks5", "http/1.1")])
def test_a_page_and_what_it_fetches(tmp_path, kind, alpn):
    folder, upstream = trusting(tmp_path / "certificates")
    path, serve = tmp_path / "t.pcapng", serve_http2 if alpn == "h2" else serve_http1
    with running(serve, tls=tls(folder, alpn=(alpn,))) as server, running(serve_websocket, tls=tls(folder)) as sockets:
        upload = ["--cacert", str(folder.authority), "-X", "PUT", "-H", "content-type: text/html", "--data-binary", "@-"]
        page = (PAGE % f"wss://{sockets.endpoint}").encode()
        subprocess.run(
            [tool("curl"), "-sS", *upload, f"https://{server.endpoint}/store/page"], input=page, check=True, timeout=30
        )
        with tapped(proxy(ANY, "any", intercepting(folder, upstream)), path) as (tap, _):
            words = [f"--proxy-server={kind}://{tap.endpoint}", "--proxy-bypass-list=<-loopback>", "--disable-quic"]
            words.append(f"--ignore-certificate-errors-spki-list={spki_of(folder.authority)}")
            found = dom(tmp_path / "profile", f"https://{server.endpoint}/store/page", *words)
    text = found.partition("<body>")[2].partition("</body>")[0]
    assert json.loads(text) == [[200, 200_000], [200, 2244], [404, 26], [200, 100_000], "through the tap"]
    assert complaints(path) == ""
    assert [line[0] for line in fields(path, "websocket.opcode == 1", "websocket.payload.text")] == ["through the tap"] * 2
    if alpn == "h2":
        asked = ",".join(line[0] for line in fields(path, "http2.headers.path", "http2.headers.path")).split(",")
    else:
        asked = [line[0] for line in fields(path, "http.request", "http.request.uri")]
    assert {"/store/page", "/bytes/200000", "/data.json", "/missing", "/echo"} <= set(asked)
    assert {"tls", "http2" if alpn == "h2" else "http1", "websocket"} <= set(ours(path))


def test_a_page_without_tls(tmp_path):
    path = tmp_path / "t.pcapng"
    with running(serve_http1) as server, tapped(proxy(ANY, "http"), path) as (tap, _):
        words = [f"--proxy-server=http://{tap.endpoint}", "--proxy-bypass-list=<-loopback>"]
        found = dom(tmp_path / "profile", f"http://{server.endpoint}/", *words)
    assert found.count("<li>") >= 5
    assert complaints(path) == ""
    assert ["/"] in fields(path, "http.request", "http.request.uri")

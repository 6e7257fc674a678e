"""A page in Chromium opens WebSockets to the reference server, with the compression that browsers ask for."""

import socket
import subprocess
import threading

from support.shared import tool
from workbench.api import ServerOptions
from workbench.serving import running
from workbench_websocket.server import serve

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=20000", "--dump-dom",
)  # fmt: skip

PAGE = """<!doctype html><p id="out">not begun</p><script>
const out = (text) => { document.getElementById("out").textContent = text; };
const socket = new WebSocket("ws://ENDPOINT/echo", ["first", "second"]);
const said = ["Hello", "grüße ".repeat(200), "", "x".repeat(100000)];
let heard = 0;
socket.onopen = () => { out("open"); for (const text of said) socket.send(text); };
socket.onmessage = (event) => {
  if (event.data !== said[heard]) { out("message " + heard + " is different"); return; }
  if (++heard === said.length) socket.close(3001, "enough");
};
socket.onclose = (event) => {
  out([event.code, event.wasClean, heard, socket.protocol, socket.extensions].join(" | "));
  fetch("http://WAITING/done").catch(() => {});
};
</script><img src="http://WAITING/image">"""
"""The image is answered when the page says that it is done: until then Chromium takes the page for unfinished."""


def hold(listener: socket.socket) -> None:
    """Answer the first request when the second one comes."""
    with listener.accept()[0] as first, listener.accept()[0]:
        first.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def test_a_page_talks_to_the_echo(tmp_path):
    chromium = tool("chromium")
    told = []
    with running(serve, ServerOptions(tell=told.append)) as server, socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        threading.Thread(target=hold, args=(listener,), daemon=True).start()
        page = tmp_path / "page.html"
        text = PAGE.replace("ENDPOINT", str(server.endpoint)).replace("WAITING", f"127.0.0.1:{listener.getsockname()[1]}")
        page.write_text(text, encoding="utf-8")
        command = [chromium, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout
    agreed = "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12"
    assert f'id="out">3001 | true | 4 | first | {agreed}</p>' in shown
    assert {"event": "opened", "endpoint": "echo", "compressed": True} in told

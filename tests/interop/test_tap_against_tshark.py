"""A foreign client through the tap to a foreign server, read by a foreign tool."""

import http.server
import subprocess
import threading
from pathlib import Path

from captures.tap import Tap, running, tcp
from support.shared import tool
from workbench.api import Endpoint


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


def test_curl_through_the_tap(tmp_path: Path):
    curl, tshark = tool("curl"), tool("tshark")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    path, target = tmp_path / "tap.pcapng", Endpoint("127.0.0.1", server.server_address[1])
    try:
        with running(Tap(tcp(Endpoint("127.0.0.1", 0), target), path)) as tap:
            base = f"http://{tap.endpoint}"
            got = subprocess.run([curl, "-sS", f"{base}/one", f"{base}/two"], capture_output=True, check=True, timeout=30).stdout
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert got == b"/one" * 1000 + b"/two" * 1000
    command = [tshark, "-n", "-r", str(path), "-d", f"tcp.port=={target.port},http", "-o", "tcp.check_checksum:TRUE"]
    fields = ["-T", "fields", "-e", "http.request.uri", "-e", "http.response.code", "-Y", "http"]
    lines = subprocess.run(command + fields, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    assert [line.split("\t") for line in lines] == [["/one", ""], ["", "200"], ["/two", ""], ["", "200"]]
    complaints = subprocess.run(
        [*command, "-Y", "_ws.expert.severity >= 6291456 or tcp.analysis.flags"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert complaints.stdout == ""

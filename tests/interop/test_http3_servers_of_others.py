"""The conformance cases for HTTP/3 against servers of other people: what they fail is known, one by one, with the reason.

`cancel-push-*` and `field-name-empty` fail on all three: the RFC has a MUST for each, and none of them looks.
"""

import socket
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support import aioquic_pages
from support.certificates import certificates
from support.shared import tool
from support.waiting import until
from workbench.api import CheckFailed, CheckSkipped, Level, TargetError
from workbench.conformance.budget import Budget
from workbench.conformance.sockets import SocketTarget
from workbench.conformance.transcript import Transcript
from workbench.registry import load
from workbench_http3.checks import CHECKS

QUIC = next(spec for spec in load().specs if spec.name == "quic")


def named(*groups: tuple[str, str]) -> dict[str, str]:
    """Names of cases with the reason of their group."""
    return {name: reason for names, reason in groups for name in names.split()}


GTLSSERVER = named(
    ("control-reset qpack-encoder-reset qpack-decoder-reset", "a reset of a critical stream is not noticed"),
    ("cancel-push-unknown cancel-push-beyond", "CANCEL_PUSH is H3_FRAME_UNEXPECTED, whatever it says"),
    ("max-push-id-lower", "H3_FRAME_ERROR instead of H3_ID_ERROR"),
    ("size-goaway-too-long size-max-push-id-too-long", "bytes behind the number are taken for the next frame"),
    ("expect-continue", "no 100, and no answer before the content"),
    (
        "field-name-space field-name-control field-name-colon field-name-beyond-ascii field-name-empty",
        "dropped, and the request served",
    ),
    ("field-value-nul field-value-cr field-value-lf", "dropped, and the request served"),
)
AIOQUIC = named(
    ("qpack-encoder-ended qpack-decoder-ended", "only the end of the control stream is noticed"),
    ("cancel-push-unknown cancel-push-beyond", "CANCEL_PUSH of a client is not read"),
    ("goaway-higher size-goaway-empty size-goaway-too-long size-goaway-cut-off", "GOAWAY of a client is not read"),
    ("expect-continue", "that is up to the application"),
    ("field-name-empty", "its QPACK library calls it a decompression failure"),
    ("pseudo-scheme-missing protocol-without-connect", "not looked at"),
    ("host-instead-of-authority", "the authority must be there"),
    ("qpack-beyond-required qpack-base-negative", "its QPACK library does not look"),
)
CADDY = named(
    ("control-without-settings control-reserved-first", "frames that quic-go does not know are skipped before SETTINGS, too"),
    ("control-second qpack-encoder-second qpack-decoder-second", "not counted"),
    (
        "control-ended control-reset qpack-encoder-ended qpack-encoder-reset qpack-decoder-ended qpack-decoder-reset",
        "not noticed",
    ),
    ("settings-http2-2 settings-http2-3 settings-http2-4 settings-http2-5", "ignored"),
    ("cancel-push-unknown cancel-push-beyond max-push-id-lower goaway-higher", "behind SETTINGS the control stream is not read"),
    (
        "control-data control-headers control-settings-again control-push-promise",
        "behind SETTINGS the control stream is not read",
    ),
    ("control-http2-priority control-http2-ping control-http2-window-update control-http2-continuation", "the same"),
    ("size-goaway-empty size-goaway-too-long size-goaway-cut-off size-max-push-id-too-long", "the same"),
    ("request-cancel-push request-push-promise request-goaway request-max-push-id", "skipped like unknown frames"),
    (
        "request-http2-priority request-http2-ping request-http2-window-update request-http2-continuation",
        "skipped like unknown frames",
    ),
    ("cut-off-headers", "a stream error H3_REQUEST_INCOMPLETE"),
    (
        "cut-off-data cut-off-unknown cut-off-head data-behind-trailers headers-behind-trailers",
        "taken for the end of the content",
    ),
    (
        "field-upper-case field-name-space field-name-control field-name-colon field-name-beyond-ascii field-name-empty",
        "not looked at",
    ),
    ("field-value-nul field-value-cr field-value-lf", "not looked at"),
    (
        "field-connection field-keep-alive field-proxy-connection field-transfer-encoding field-upgrade field-te-other",
        "not looked at",
    ),
    ("pseudo-unknown pseudo-of-response pseudo-behind-regular pseudo-method-twice pseudo-scheme-twice", "not looked at"),
    ("pseudo-path-twice pseudo-scheme-missing protocol-without-connect connect-with-scheme", "not looked at"),
    ("host-instead-of-authority", "the authority must be there"),
    (
        "length-too-short length-too-long length-over-frames length-without-content length-with-trailers",
        "answered with 5xx by its proxy",
    ),
    ("length-contradicts", "answered with 5xx by its proxy"),
    ("trailers-pseudo trailers-upper-case trailers-connection qpack-broken-trailers", "trailers of requests are not read"),
    ("qpack-capacity-beyond", "the encoder stream is not read"),
    ("qpack-acknowledged-nothing qpack-increment-0 qpack-increment-beyond", "the decoder stream is not read"),
)

CADDYFILE = """
{{
	admin off
	auto_https off
	storage file_system {folder}/caddy
}}
https://localhost:{port} {{
	tls {folder}/c/localhost.pem {folder}/c/localhost-key.pem
	root * {folder}/www
	handle /upload {{
		reverse_proxy http://127.0.0.1:{echo}
	}}
	handle {{
		file_server
	}}
}}
"""


def free_port() -> int:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.fixture
def folder(tmp_path):
    certificates(tmp_path / "c")
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "index.html").write_text("<!doctype html><title>page</title>" + "x" * 600)
    return tmp_path


def target(port: int, host: str = "127.0.0.1", **options: str) -> SocketTarget:
    return SocketTarget(
        host=host, port=port, transport="udp", alpn=("h3",), carry=QUIC.carrier.client, options=options, patience_s=0.5
    )


@contextmanager
def running(place: SocketTarget, *command: str, **environment: str):
    """A server as a process, from when it takes connections."""

    def answers() -> bool:
        try:
            place.require()
        except TargetError:
            assert process.poll() is None, "the server has ended"
            return False
        return True

    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment or None)
    try:
        until(answers, command[0], 30)
        yield
    finally:
        process.kill()
        process.wait()


def failed(place: SocketTarget) -> set[str]:
    names = set()
    for check in CHECKS:
        if check.level is Level.MUST:
            with place.session(Transcript(), Budget.of(30)) as peer:
                try:
                    check.run(peer)
                except CheckFailed:
                    names.add(check.name)
                except CheckSkipped:
                    continue
    return names


@pytest.mark.timeout(180)
def test_gtlsserver(folder):
    port = free_port()
    files = (str(folder / "c" / "localhost-key.pem"), str(folder / "c" / "localhost.pem"))
    place = target(port, path="/index.html")
    with running(place, tool("gtlsserver"), "-q", "-d", str(folder / "www"), "127.0.0.1", str(port), *files):
        assert failed(place) <= set(GTLSSERVER)


class Reader(BaseHTTPRequestHandler):
    """Reads what it gets, and says thank you."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if "chunked" in self.headers.get("transfer-encoding", ""):
            while size := int(self.rfile.readline(), 16):
                self.rfile.read(size + 2)
            self.rfile.readline()
        else:
            self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-length", "10")
        self.end_headers()
        self.wfile.write(b"thank you\n")

    def log_message(self, *_):
        pass


@pytest.mark.timeout(180)
def test_caddy(folder):
    port = free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Reader) as reader:
        threading.Thread(target=reader.serve_forever, daemon=True).start()
        text = CADDYFILE.format(folder=folder, port=port, echo=reader.server_address[1])
        (folder / "Caddyfile").write_text(text)
        command = (tool("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile")
        place = target(port, "localhost", upload="/upload")  # it wants a server name
        with running(place, *command, HOME=str(folder), PATH="/usr/bin:/bin"):
            assert failed(place) <= set(CADDY)
        reader.shutdown()


@pytest.mark.timeout(180)
def test_aioquic(folder):
    port = free_port()
    files = (str(folder / "c" / "localhost.pem"), str(folder / "c" / "localhost-key.pem"))
    with running(target(port), sys.executable, aioquic_pages.__file__, *files, str(port)):
        assert failed(target(port)) <= set(AIOQUIC)

"""curl drives the HTTP/2 reference server over real sockets: by prior knowledge, by Upgrade, and over TLS with ALPN."""

import gzip
import json
import subprocess

import pytest

from support.certificates import certificates, tls
from support.shared import tool
from workbench.serving import running
from workbench_http2.server import serve

WAYS = {"prior knowledge": ("--http2-prior-knowledge",), "Upgrade": ("--http2",), "TLS": ("--http2", "--insecure")}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = certificates(tmp_path_factory.mktemp("certificates"))
    with running(serve) as plain, running(serve, tls=tls(folder, alpn=("h2",))) as secret:
        yield {
            "prior knowledge": f"http://{plain.endpoint}",
            "Upgrade": f"http://{plain.endpoint}",
            "TLS": f"https://{secret.endpoint}",
        }


@pytest.fixture(params=WAYS)
def curl(request, places):
    def run(target: str, *options: str, data: bytes = b"") -> bytes:
        command = [tool("curl"), "--silent", "--show-error", "--max-time", "20", *WAYS[request.param], *options]
        return subprocess.run(
            [*command, places[request.param] + target], input=data, capture_output=True, check=True, timeout=30
        ).stdout

    return run


def status(curl, target: str, *options: str) -> str:
    return curl(target, "-o", "/dev/null", "-w", "%{http_code} %{http_version}", *options).decode()


def test_pages(curl):
    assert curl("/hello.txt") == b"Hello from the workbench.\n"
    assert len(json.loads(curl("/data.json", "--compressed"))["rows"]) == 50
    assert b"content-length: 26\r\n" in curl("/hello.txt", "--head")
    assert gzip.decompress(curl("/data.json", "-H", "Accept-Encoding: gzip")) == curl("/data.json")


def test_large_streamed_and_slow(curl):
    assert len(curl("/bytes/5000000")) == 5_000_000
    assert curl("/stream?parts=2000").endswith(b"part 2000 of 2000\n")
    assert len(curl("/bytes/400000", "--limit-rate", "800k")) == 400_000


def test_uploads(curl):
    data = bytes(range(256)) * 4000
    assert curl("/echo", "--data-binary", "@-", data=data) == data
    assert status(curl, "/store/curl", "--upload-file", "/dev/null") in ("201 2", "204 2")


def test_ranges_and_early_hints(curl):
    assert curl("/hello.txt", "--range", "0-4") == b"Hello"
    assert status(curl, "/hello.txt", "--range", "99-") == "416 2"
    head = curl("/hints", "-i")
    assert b"HTTP/2 103" in head
    assert b"link: </hello.txt>; rel=preload" in head


@pytest.mark.parametrize(
    ("target", "options", "code"),
    [
        ("/missing", (), "404"),
        ("/echo", (), "405"),
        ("/", ("-X", "BREW"), "501"),
        ("/", ("-H", "A: " + "b" * 33_000), "431"),
        ("/status/503", (), "503"),
    ],
)
def test_errors(curl, request, target, options, code):
    if code == "431" and "Upgrade" in request.node.callspec.params.values():
        pytest.skip("in an upgrading request the fields are HTTP/1.1's")
    assert status(curl, target, *options) == f"{code} 2"


def test_http_1_1_is_told_what_to_do(places):
    command = [tool("curl"), "--silent", "-i", "--http1.1", places["prior knowledge"] + "/"]
    out = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout
    assert out.startswith(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: h2c\r\n")

"""curl drives the HTTP/1.1 reference server over real sockets."""

import gzip
import json
import subprocess

import pytest

from support.shared import tool
from workbench.serving import running
from workbench_http1.server import serve


@pytest.fixture(scope="module")
def service():
    with running(serve) as server:
        yield server.endpoint


def curl(endpoint, target: str, *options: str, data: bytes = b"") -> bytes:
    command = [tool("curl"), "--silent", "--show-error", "--max-time", "20", *options, f"http://{endpoint}{target}"]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=30).stdout


def status(endpoint, target: str, *options: str) -> str:
    return curl(endpoint, target, "-o", "/dev/null", "-w", "%{http_code} %{http_version}", *options).decode()


def test_get_and_head(service):
    assert curl(service, "/hello.txt") == b"Hello from the workbench.\n"
    head = curl(service, "/hello.txt", "--head")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 26\r\n" in head


def test_http_1_0(service):
    assert curl(service, "/stream?parts=2", "--http1.0") == b"part 1 of 2\npart 2 of 2\n"


def test_compression(service):
    plain = curl(service, "/data.json")
    assert curl(service, "/data.json", "--compressed") == plain
    assert gzip.decompress(curl(service, "/data.json", "-H", "Accept-Encoding: gzip")) == plain
    assert len(json.loads(plain)["rows"]) == 50


def test_large_and_streamed(service):
    assert len(curl(service, "/bytes/5000000")) == 5_000_000
    assert curl(service, "/stream?parts=2000").endswith(b"part 2000 of 2000\n")


def test_a_slow_reader_gets_everything(service):
    assert len(curl(service, "/bytes/400000", "--limit-rate", "800k")) == 400_000


def test_uploads(service):
    data = bytes(range(256)) * 1000
    assert curl(service, "/echo", "--data-binary", "@-", data=data) == data
    assert curl(service, "/echo", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-", data=data) == data
    assert curl(service, "/echo", "-H", "Expect: 100-continue", "--data-binary", "@-", data=data) == data
    assert status(service, "/store/curl", "--upload-file", "/dev/null") == "201 1.1"


def test_ranges(service):
    assert curl(service, "/hello.txt", "--range", "0-4") == b"Hello"
    assert curl(service, "/hello.txt", "--range", "-5") == b"nch.\n"
    assert status(service, "/hello.txt", "--range", "99-") == "416 1.1"
    parts = curl(service, "/hello.txt", "--range", "0-1,3-4")
    assert b"Content-Range: bytes 3-4/26" in parts


def test_conditions(service, tmp_path):
    tag = tmp_path / "etag"
    curl(service, "/hello.txt", "--etag-save", str(tag))
    assert status(service, "/hello.txt", "--etag-compare", str(tag)) == "304 1.1"


def test_one_connection_for_several_requests(service):
    url = f"http://{service}/hello.txt"
    out = curl(service, "/hello.txt", url, url, "-w", "%{num_connects}\n")
    assert [line for line in out.split(b"\n") if line.isdigit()] == [b"1", b"0", b"0"]


@pytest.mark.parametrize(
    ("target", "options", "code"),
    [
        ("/missing", (), "404"),
        ("/echo", (), "405"),
        ("/", ("-X", "BREW"), "501"),
        ("/" + "a" * 9000, (), "414"),
        ("/", ("-H", "A: " + "b" * 40_000), "431"),
        ("/", ("-H", "Host;"), "200"),
        ("/", ("-H", "Host:"), "400"),
        ("/status/503", (), "503"),
    ],
)
def test_errors(service, target, options, code):
    assert status(service, target, *options) == f"{code} 1.1"


def test_options_asterisk(service):
    out = curl(service, "/", "-i", "-X", "OPTIONS", "--request-target", "*")
    assert b"Allow: DELETE, GET, HEAD, OPTIONS, POST, PUT\r\n" in out


def test_as_a_proxy_would_be_asked(service):
    out = curl(service, "/hello.txt", "--proxy", f"http://{service}")
    assert out == b"Hello from the workbench.\n"

"""nghttp and h2load drive the HTTP/2 reference server: priorities, padding, windows, trailers, load."""

import re
import subprocess

import pytest

from support.shared import tool
from workbench.serving import Crashed, running
from workbench_http2.server import serve


@pytest.fixture(scope="module")
def place():
    crashes = []
    with running(serve, listen=lambda event: crashes.append(event) if isinstance(event, Crashed) else None) as server:
        yield f"http://{server.endpoint}"
    assert not crashes


def nghttp(*words: str) -> bytes:
    return subprocess.run([tool("nghttp"), *words], capture_output=True, check=True, timeout=30).stdout


def test_several_pages_at_once(place):
    out = nghttp(
        "-s", "-n", *(f"{place}{path}" for path in ("/", "/hello.txt", "/data.json", "/bytes/100000", "/stream?parts=3"))
    ).decode()
    assert out.count(" 200 ") == 5


def test_what_is_said_on_the_wire(place):
    out = nghttp("-v", "-n", "-H", "te: trailers", f"{place}/stream?parts=2").decode()
    assert "SETTINGS_ENABLE_CONNECT_PROTOCOL(0x08):1" in out
    assert "x-parts: 2" in out
    assert "error_code=NO_ERROR" in out
    assert "RST_STREAM" not in out


@pytest.mark.parametrize(
    "options", [(), ("-w", "4", "-W", "4"), ("-w", "16", "-W", "20"), ("-p", "200"), ("--no-dep",), ("--upgrade",)]
)
def test_every_byte_whatever_the_window(place, options):
    assert len(nghttp(*options, f"{place}/bytes/20000")) == 20_000


def test_padded_upload_with_trailers(place, tmp_path):
    data = bytes(range(256)) * 500
    (tmp_path / "data").write_bytes(data)
    options = ("-b", "200", "-d", str(tmp_path / "data"), "-H", "trailer: x-sum", "--trailer", "x-sum: 1")
    assert nghttp(*options, f"{place}/echo") == data


def h2load(*words: str) -> dict[str, int]:
    out = subprocess.run([tool("h2load"), *words], capture_output=True, text=True, check=True, timeout=60).stdout
    line = re.search(r"requests: .*", out)[0]
    return {name: int(count) for count, name in re.findall(r"(\d+) (\w+)", line)}


@pytest.mark.parametrize("path", ["/hello.txt", "/data.json", "/bytes/50000"])
def test_load(place, path):
    found = h2load("-n1000", "-c10", "-m10", f"{place}{path}")
    assert (found["succeeded"], found["failed"], found["errored"], found["timeout"]) == (1000, 0, 0, 0)


def test_load_in_small_windows(place):
    found = h2load("-n100", "-c5", "-m10", "-w10", "-W10", f"{place}/bytes/20000")
    assert (found["succeeded"], found["failed"]) == (100, 0)

"""Strangers' clients against our proxy: curl and ncat."""

import functools
import http.server
import subprocess
import threading
from contextlib import contextmanager

import pytest

from support.shared import tool
from workbench.api import ServerOptions
from workbench.serving import running
from workbench_socks5.server import serve

LARGE = bytes(range(256)) * 8192


@pytest.fixture
def web(tmp_path):
    """The port of a web server of Python's library."""
    (tmp_path / "large").write_bytes(LARGE)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(tmp_path)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def proxy(**settings):
    with running(serve, ServerOptions(settings=settings)) as server:
        yield server.endpoint
        assert server.counters.crashed == 0


def curl(*words):
    return subprocess.run([tool("curl"), "-sS", "-m", "20", "--noproxy", "", *words], capture_output=True, timeout=30)


@pytest.mark.parametrize("option", ["--socks5", "--socks5-hostname", "--socks4", "--socks4a"])
def test_curl_fetches_a_large_file(option, web):
    with proxy(socks4="yes") as place:
        done = curl(option, str(place), f"http://localhost:{web}/large")
    assert done.returncode == 0, done.stderr
    assert done.stdout == LARGE


def test_curl_with_a_password(web):
    with proxy(users="alice:s3cret") as place:
        right = curl("--socks5", str(place), "--proxy-user", "alice:s3cret", f"http://127.0.0.1:{web}/large")
        wrong = curl("--socks5", str(place), "--proxy-user", "alice:wrong", f"http://127.0.0.1:{web}/large")
        without = curl("--socks5", str(place), f"http://127.0.0.1:{web}/large")
    assert right.stdout == LARGE
    assert b"rejected" in wrong.stderr
    assert b"No authentication method was acceptable" in without.stderr


@pytest.mark.parametrize(("url", "code"), [("http://192.0.2.1/", b"(2)"), ("http://127.0.0.1:9/", b"(5)")])
def test_curl_is_told_why(url, code):
    with proxy() as place:
        done = curl("--socks5", str(place), url)
    assert done.returncode == 97
    assert code in done.stderr


def test_ncat_talks_through(web):
    with proxy() as place:
        done = subprocess.run(
            [tool("ncat"), "--proxy-type", "socks5", "--proxy", str(place), "127.0.0.1", str(web)],
            input=b"GET /large HTTP/1.0\r\n\r\n",
            capture_output=True,
            timeout=30,
        )
    assert done.stdout.endswith(LARGE[-1000:])

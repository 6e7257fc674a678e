"""curl's lineage (curl_cffi: libcurl with ngtcp2 and nghttp3) against the HTTP/3 server, HTTP/3 only."""

import gzip
import json

import pytest

from support.quic_servers import quic_server

requests = pytest.importorskip("curl_cffi.requests", reason="curl_cffi is not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with quic_server(tmp_path_factory.mktemp("certificates")) as found:
        yield found


@pytest.fixture(scope="module")
def session(place):
    with requests.Session(http_version="v3only", verify=str(place.authority), timeout=20) as found:
        yield found


@pytest.fixture
def ask(place, session):
    def run(method: str, path: str, **more):
        response = session.request(method, f"https://localhost:{place.endpoint.port}{path}", **more)
        assert response.http_version == 30
        return response

    return run


def test_pages(ask):
    assert ask("GET", "/hello.txt").content == b"Hello from the workbench.\n"
    assert len(ask("GET", "/data.json").json()["rows"]) == 50
    head = ask("HEAD", "/hello.txt")
    assert (head.headers["content-length"], head.content) == ("26", b"")
    zipped = ask("GET", "/data.json", headers={"accept-encoding": "gzip"}, accept_encoding=None)
    content = zipped.content if zipped.content[:1] == b"{" else gzip.decompress(zipped.content)
    assert len(json.loads(content)["rows"]) == 50


def test_large_and_streamed(ask):
    assert len(ask("GET", "/bytes/2000000").content) == 2_000_000
    assert ask("GET", "/stream?parts=500").content.endswith(b"part 500 of 500\n")


def test_uploads(ask):
    content = bytes(range(256)) * 2000
    assert ask("POST", "/echo", data=content).content == content
    assert ask("PUT", "/store/curl", data=b"abc").status_code == 201
    assert ask("GET", "/store/curl").content == b"abc"
    assert ask("DELETE", "/store/curl").status_code == 204


def test_ranges_and_early_hints(ask):
    part = ask("GET", "/hello.txt", headers={"range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"Hello")
    assert ask("GET", "/hello.txt", headers={"range": "bytes=99-"}).status_code == 416
    assert ask("GET", "/hints").content.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/missing", {}, 404),
        ("GET", "/echo", {}, 405),
        ("BREW", "/", {}, 501),
        ("GET", "/", {"a": "b" * 33_000}, 431),
        ("GET", "/status/503", {}, 503),
        ("POST", "/echo", {"expect": "100-continue"}, 200),
    ],
)
def test_statuses(ask, method, path, headers, status):
    assert ask(method, path, headers=headers, data=b"x" if method == "POST" else None).status_code == status


def test_the_table_is_used(place, ask):
    """A connection of many requests with the same long fields: libcurl's encoder puts them into our table, and the server reads them."""
    for _ in range(20):
        assert ask("GET", "/health", headers={"x-long": "v" * 300, "cookie": "a=" + "b" * 200}).status_code == 200
    assert all(handshake.alpn == "h3" for handshake in place.secured)

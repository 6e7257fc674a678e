"""Each resource, and what it does not allow."""

import json

import pytest

from workbench.api import ServerOptions
from workbench_http.exchange import Request
from workbench_http.site import MAX_GENERATED, Site


def ask(path, method="GET", site=None, body=b"", query=None, **headers):
    request = Request(method, path, path, query or {}, {name.replace("_", "-"): value for name, value in headers.items()}, body)
    return (site or Site(ServerOptions(), "HTTP/9")).respond(request)


def content(response) -> bytes:
    return b"".join(response.body)


def test_pages():
    assert content(ask("/")).count(b"<li>") == 9
    assert b"<h1>Reference server for HTTP/9</h1>" in content(ask("/"))
    assert content(ask("/hello.txt")) == b"Hello from the workbench.\n"
    assert len(json.loads(content(ask("/data.json")))["rows"]) == 50
    assert content(ask("/health")) == b"ok\n"
    assert ask("/hints").hints == (("link", "</hello.txt>; rel=preload"),)


def test_generated():
    assert len(content(ask("/bytes/40000"))) == 40_000
    assert ask(f"/bytes/{MAX_GENERATED + 1}").status == 403
    found = ask("/stream", query={"parts": "2"}, te="trailers")
    assert (content(found), found.length, found.trailers) == (b"part 1 of 2\npart 2 of 2\n", None, (("x-parts", "2"),))
    assert ask("/stream", query={"parts": "2"}).trailers == ()


def test_echo():
    assert content(ask("/echo", "POST", body=b"abcd", content_type="a/b")) == b"abcd"
    assert content(ask("/echo", "POST", body=b"abcd", x_echo_length="2")) == b"ab"
    assert content(ask("/echo", "POST", body=b"abcd", x_echo_length="99")) == b"abcd"


def test_store():
    site = Site(ServerOptions(max_stored=5), "HTTP/9")
    assert [ask("/store/a", method, site, body).status for method, body in (("GET", b""), ("PUT", b"abc"), ("PUT", b"abcd"))] == [
        404,
        201,
        204,
    ]
    assert content(ask("/store/a", site=site)) == b"abcd"
    assert ask("/store/b", "PUT", site, b"ef").status == 507
    assert [ask("/store/a", "DELETE", site).status for _ in range(2)] == [204, 404]
    assert ask("/store/b", "PUT", site, b"efghi").status == 201


def test_names_are_escaped_again():
    assert ask("/store/a\nb: \xff", "PUT").headers == (("location", "/store/a%0Ab%3A%20%FF"),)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [("/missing", "GET", 404), ("/hello.txt", "DELETE", 405), ("/", "BREW", 501), ("/status/503", "GET", 503), ("/status/204", "GET", 204),
     ("/status/100", "GET", 404), ("/status/999", "GET", 404), ("/echo", "OPTIONS", 204), ("*", "OPTIONS", 204)],
)  # fmt: skip
def test_statuses(path, method, status):
    assert ask(path, method).status == status

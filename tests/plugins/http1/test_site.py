"""Each resource of the reference site, and what is none."""

import json

import pytest

from workbench.api import ServerOptions
from workbench_http1.exchange import Request
from workbench_http1.site import Site


def ask(method, target, body=b"", site=None, **headers):
    path, _, query = target.partition("?")
    pairs = dict(part.partition("=")[::2] for part in query.split("&") if part)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = (site or Site(ServerOptions())).respond(Request(method, target, path, pairs, named, body))
    return response.status, b"".join(response.body), dict(response.headers), response.length


def test_fixed_pages():
    assert b"<title>workbench</title>" in ask("GET", "/")[1]
    assert ask("GET", "/hello.txt")[1] == b"Hello from the workbench.\n"
    assert json.loads(ask("GET", "/data.json")[1])["rows"][7]["square"] == 49


def test_names_are_escaped_again():
    assert ask("PUT", "/store/a\nb: \xff")[2]["Location"] == "/store/a%0Ab%3A%20%FF"


def test_generated():
    assert len(ask("GET", "/bytes/70000")[1]) == 70_000
    assert ask("GET", "/bytes/9999999999")[0] == 403


def test_stream():
    status, body, _, length = ask("GET", "/stream?parts=3")
    assert (status, length) == (200, None)
    assert body == b"part 1 of 3\npart 2 of 3\npart 3 of 3\n"
    assert ask("GET", "/stream?parts=x")[1].count(b"\n") == 10


def test_echo():
    assert ask("POST", "/echo", b"abc", content_type="x/y")[1:3] == (b"abc", {"Content-Type": "x/y"})
    assert ask("POST", "/echo", b"abcdef", x_echo_length="4")[1] == b"abcd"
    assert ask("POST", "/echo", b"abc", x_echo_length="400")[1] == b"abc"


def test_status():
    assert ask("GET", "/status/503")[0] == 503
    assert ask("GET", "/status/204")[3] is None
    assert ask("GET", "/status/100")[0] == 404
    assert ask("GET", "/status/299")[0] == 404


def test_store():
    site = Site(ServerOptions())
    assert ask("GET", "/store/a", site=site)[0] == 404
    assert ask("PUT", "/store/a", b"one", site=site, content_type="x/y")[0] == 201
    assert ask("PUT", "/store/a", b"two", site=site, content_type="x/y")[0] == 204
    status, body, headers, _ = ask("GET", "/store/a", site=site)
    assert (status, body, headers["Content-Type"]) == (200, b"two", "x/y")
    assert ask("DELETE", "/store/a", site=site)[0] == 204
    assert ask("DELETE", "/store/a", site=site)[0] == 404


def test_store_is_bounded():
    site = Site(ServerOptions(max_stored=10))
    assert ask("PUT", "/store/a", b"123456", site=site)[0] == 201
    assert ask("PUT", "/store/b", b"123456", site=site)[0] == 507
    assert ask("PUT", "/store/a", b"1234567890", site=site)[0] == 204
    assert ask("DELETE", "/store/a", site=site)[0] == 204
    assert ask("PUT", "/store/b", b"1234567890", site=site)[0] == 201


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/", 405),
        ("GET", "/echo", 405),
        ("BREW", "/", 501),
        ("CONNECT", "h:1", 501),
        ("GET", "*", 400),
    ],
)
def test_refusals(method, target, status):
    assert ask(method, target)[0] == status


def test_options_say_what_is_allowed():
    assert ask("OPTIONS", "*")[2]["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST, PUT"
    assert ask("OPTIONS", "/echo")[2]["Allow"] == "OPTIONS, POST, PUT"
    assert ask("POST", "/")[2]["Allow"] == "GET, HEAD, OPTIONS"

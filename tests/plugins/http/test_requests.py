"""Requests as the site sees them."""

from workbench_http.requests import request_of


def test_what_the_site_sees():
    fields = ((b":method", b"GET"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x"), (b"accept", b"y"))
    found = request_of(b"GET", b"/a%20b?q=1&q=2", fields, b"body")
    assert (found.method, found.target, found.path, found.query) == ("GET", "/a%20b?q=1&q=2", "/a b", {"q": "2"})
    assert found.headers == {"cookie": "a=1; b=2", "accept": "x, y"}
    assert found.body == b"body"


def test_a_target_that_is_no_url():
    assert request_of(b"GET", b"//[x", (), b"").path == ""

"""The way past h11: what it reads, what it leaves alone, and that nobody can tell the two ways apart."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.http1 import answers
from workbench.api import ServerOptions
from workbench_http1 import PROTOCOL, server
from workbench_http1.plain_requests import MAX_HEAD, chunk, read_plain, request_of

PLAIN = b"GET /hello.txt?a=1 HTTP/1.1\r\nHost: h\r\nAccept:  a,\tb \r\nX:\r\nConnection: Keep-Alive\r\n\r\n"


def test_a_plain_request_is_read():
    found, end = read_plain(b"before" + PLAIN + b"GET", 6)
    assert (found.method, found.target, found.http_version, end) == (b"GET", b"/hello.txt?a=1", b"1.1", 6 + len(PLAIN))
    assert found.headers == [(b"host", b"h"), (b"accept", b"a,\tb"), (b"x", b""), (b"connection", b"Keep-Alive")]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[:-1],
        b"\r\n" + PLAIN,
        PLAIN.replace(b"1.1", b"1.0"),
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"GET", b"CONNECT"),
        PLAIN.replace(b"Host: h\r\n", b""),
        PLAIN.replace(b"X:", b"Host: i"),
        PLAIN.replace(b"X:", b"X :"),
        PLAIN.replace(b"X:", b" folded"),
        PLAIN.replace(b"X:", b"X: a\x01b"),
        PLAIN.replace(b"X:", b"Expect: 100-continue"),
        PLAIN.replace(b"X:", b"Content-Length: 0"),
        PLAIN.replace(b"X:", b"Transfer-Encoding: chunked"),
        PLAIN.replace(b"X:", b"Upgrade: websocket"),
        PLAIN.replace(b"Keep-Alive", b"close"),
        PLAIN.replace(b"X:", b"X: " + b"x" * MAX_HEAD),
    ],
)
def test_everything_else_is_left_alone(data):
    assert read_plain(data) is None


def test_paths_and_queries():
    def parts(target):
        found = request_of(b"GET", target, [])
        return found.path, found.query

    assert parts(b"/a/b-c.txt") == ("/a/b-c.txt", {})
    assert parts(b"/a?b=c&d=%20") == ("/a", {"b": "c", "d": " "})
    assert parts(b"//host/path") == ("/path", {})
    assert parts(b"/%61") == ("/a", {})
    assert parts(b"http://[h/") == ("", {})


def test_an_empty_chunk_would_be_the_end():
    assert chunk(b"") == b""
    assert chunk(b"x" * 16) == b"10\r\n" + b"x" * 16 + b"\r\n"


TARGETS = (
    "/",
    "/hello.txt",
    "/data.json",
    "/bytes/40000",
    "/stream?parts=3",
    "/status/204",
    "/status/304",
    "/store/x",
    "/missing",
    "*",
)
FIELDS = (
    b"Accept-Encoding: gzip",
    b"Range: bytes=0-3,5-7",
    b"Connection: keep-alive",
    b"Connection: close",
    b"Content-Length: 3",
    b"Expect: 100-continue",
    b"If-None-Match: *",
    b"X: a\tb",
    b"X:\x00",
    b"Host: again",
    b"Upgrade: h2c",
)
request = st.builds(
    lambda method, target, version, fields, ending: (
        b"\r\n".join((b"%s %s HTTP/%s" % (method, target.encode(), version), b"Host: h", *fields, b"", b"")) + ending
    ),
    st.sampled_from((b"GET", b"GET", b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"CONNECT")),
    st.sampled_from(TARGETS),
    st.sampled_from((b"1.1", b"1.1", b"1.1", b"1.0")),
    st.lists(st.sampled_from(FIELDS), max_size=2),
    st.sampled_from((b"", b"", b"", b"abc", b"\r\n")),
)
piece = st.one_of(request, st.sampled_from([data for seed in PROTOCOL.seeds for data in seed.messages]), st.binary(max_size=4))


def _conversation(pieces, ends, drains):
    """Everything that can be seen of a connection: bytes of every call, whether it closed, the access log, what was told."""
    told = []
    service = server.serve(ServerOptions(max_request=1000, tell=told.append))
    connection = service()
    connection.wakeup(0)
    seen = []
    for number, data in enumerate(pieces):
        connection.wakeup(number)
        if number == drains:
            seen.append(connection.drain())
        seen.append(answers(connection, data) if not connection.closed else None)
        seen.append(connection.closed)
    if ends and not connection.closed:
        seen += [connection.receive(b""), connection.closed]
    return seen, list(service.log), told


@settings(max_examples=400, deadline=None)
@given(st.lists(piece, min_size=1, max_size=5), st.booleans(), st.integers(0, 8), st.lists(st.integers(1, 400), max_size=4))
def test_nobody_can_tell_the_two_ways_apart(requests, ends, drains, cuts):
    data = b"".join(requests)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:stop] for start, stop in itertools.pairwise(places)] or [data]
    quick = _conversation([part for part in pieces if part], ends, drains)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "read_plain", lambda *_: None)
        slow = _conversation([part for part in pieces if part], ends, drains)
    assert quick == slow

"""Lifelike traffic with Python's own client: pages, uploads, streams, conditions, ranges, mistakes. Equal randomness, equal requests."""

import gzip
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING

from workbench.api import Endpoint

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

__all__ = ["workload"]

ROUNDS = 10
"""Rounds of requests over one connection; a run has about a hundred of them and takes well under a second."""

TIMEOUT_S = 10.0
"""A server that says nothing for so long is gone."""


def workload(endpoint: Endpoint, random: Random) -> Iterator[str]:
    """Drive the server at `endpoint`; yields a line per thing done. Raises `OSError` or `HTTPException` when it misbehaves."""
    from http.client import HTTPConnection  # loads the email package: not at the start of every command

    connection = HTTPConnection(endpoint.host, endpoint.port, timeout=TIMEOUT_S)
    try:
        for number in range(ROUNDS):
            yield _read(connection)
            yield _read_again(connection)
            yield _compressed(connection)
            yield _upload(connection, number, random)
            yield _upload_in_pieces(connection, random)
            yield _part(connection, random)
            yield _streamed(connection, random)
            yield _mistake(connection, random)
            yield _removed(connection, number)
    finally:
        connection.close()


def _ask(
    connection: "HTTPConnection",
    method: str,
    target: str,
    headers: dict[str, str] | None = None,
    body: bytes | Iterator[bytes] | None = None,
) -> "tuple[HTTPResponse, bytes]":
    sent = {"User-Agent": "workbench-workload", **(headers or {})}
    connection.request(method, target, body, sent, encode_chunked=body is not None and not isinstance(body, bytes))
    response = connection.getresponse()
    return response, response.read()


def _line(method: str, target: str, response: "HTTPResponse", content: bytes) -> str:
    return f"{method} {target}: {response.status} {response.reason}, {len(content)} bytes"


def _read(connection: "HTTPConnection") -> str:
    return _line("GET", "/", *_ask(connection, "GET", "/"))


def _read_again(connection: "HTTPConnection") -> str:
    first, _ = _ask(connection, "HEAD", "/hello.txt")
    known = {"If-None-Match": first.headers["ETag"]}
    return _line("GET", "/hello.txt", *_ask(connection, "GET", "/hello.txt", known))


def _compressed(connection: "HTTPConnection") -> str:
    response, content = _ask(connection, "GET", "/data.json", {"Accept-Encoding": "gzip"})
    return _line("GET", "/data.json", response, gzip.decompress(content))


def _upload(connection: "HTTPConnection", number: int, random: Random) -> str:
    target, content = f"/store/item-{number}", random.randbytes(random.randrange(1, 4000))
    return _line("PUT", target, *_ask(connection, "PUT", target, {"Content-Type": "application/octet-stream"}, content))


def _upload_in_pieces(connection: "HTTPConnection", random: Random) -> str:
    pieces = iter([b"line %d\n" % random.randrange(1000) for _ in range(random.randrange(2, 6))])
    headers = {"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}
    return _line("POST", "/echo", *_ask(connection, "POST", "/echo", headers, pieces))


def _part(connection: "HTTPConnection", random: Random) -> str:
    start = random.randrange(90_000)
    return _line("GET", "/bytes/100000", *_ask(connection, "GET", "/bytes/100000", {"Range": f"bytes={start}-{start + 999}"}))


def _streamed(connection: "HTTPConnection", random: Random) -> str:
    target = f"/stream?parts={random.randrange(1, 20)}"
    return _line("GET", target, *_ask(connection, "GET", target))


def _mistake(connection: "HTTPConnection", random: Random) -> str:
    method, target = random.choice((("GET", "/missing"), ("DELETE", "/"), ("GET", "/status/503"), ("PATCH", "/echo")))
    return _line(method, target, *_ask(connection, method, target))


def _removed(connection: "HTTPConnection", number: int) -> str:
    target = f"/store/item-{number}"
    return _line("DELETE", target, *_ask(connection, "DELETE", target))

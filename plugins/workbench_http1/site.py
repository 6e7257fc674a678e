"""The resources of the reference server: a table of path → handler, and a small store for what clients PUT.

| path | what it gives |
|---|---|
| `/` | an index of this table (HTML) |
| `/health` | "ok", for whoever watches the server |
| `/hello.txt`, `/data.json` | fixed text and JSON, the latter long enough to be compressed |
| `/bytes/N` | N bytes, made while they are sent |
| `/stream?parts=N` | N short pieces, chunked, length unknown beforehand |
| `/echo` | what was POSTed; with `X-Echo-Length: N` no more than N bytes of it |
| `/status/N` | an empty response with that final status |
| `/store/NAME` | PUT, GET, DELETE |
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from workbench.api import ServerOptions
from workbench_http.content import fixed, pattern
from workbench_http.store import Store
from workbench_http1.exchange import Request, Response, plain
from workbench_http1.phrases import PHRASES
from workbench_http1.selection import select

__all__ = ["IMPLEMENTED", "Site"]

IMPLEMENTED = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
"""Methods that some resource allows; any other is answered with 501 (RFC 9110 9.1)."""

MAX_GENERATED = 1 << 30
"""Bytes or parts that a generated body may have: a gigabyte tests every client, and a typing error must not run for a week."""

_PATHS = ("/health", "/hello.txt", "/data.json", "/bytes/100000", "/stream?parts=10", "/echo", "/status/404", "/store/NAME")
_INDEX = "<!doctype html>\n<title>workbench</title>\n<h1>Reference server for HTTP/1.1</h1>\n<ul>\n" + "".join(
    f'<li><a href="{path}">{path}</a>\n' for path in _PATHS
)
_ROWS = [{"id": number, "name": f"row {number}", "square": number * number} for number in range(50)]
_FIXED = {
    "/": fixed((_INDEX + "</ul>\n").encode(), "text/html; charset=utf-8"),
    "/health": fixed(b"ok\n", "text/plain; charset=utf-8"),
    "/hello.txt": fixed(b"Hello from the workbench.\n", "text/plain; charset=utf-8"),
    "/data.json": fixed(json.dumps({"rows": _ROWS}).encode(), "application/json"),
}
_READ = ("GET", "HEAD", "OPTIONS")

Handler = Callable[[Request, str], Response]


class Site:
    """Answers requests. All connections of a service share one; what they PUT stays within `options.max_stored` bytes."""

    def __init__(self, options: ServerOptions) -> None:
        self._stored = Store(options.max_stored)
        self._routes: tuple[tuple[re.Pattern[str], tuple[str, ...], Handler], ...] = (
            (re.compile(r"(/|/health|/hello\.txt|/data\.json)"), _READ, lambda request, name: select(request, _FIXED[name])),
            (re.compile(r"/bytes/(\d{1,10})"), _READ, _generated),
            (re.compile(r"/(stream)"), _READ, _stream),
            (re.compile(r"/(echo)"), ("POST", "PUT", "OPTIONS"), _echo),
            (re.compile(r"/status/(\d{3})"), (*_READ, "POST", "PUT", "DELETE"), _status),
            (re.compile(r"/store/([^/]{1,200})"), (*_READ, "PUT", "DELETE"), self._store),
        )

    def respond(self, request: Request) -> Response:
        """The response to a request; never raises."""
        if request.method not in IMPLEMENTED:
            return plain(501, f"{request.method} is not implemented\n")
        if request.target == "*":
            return Response(200 if request.method == "OPTIONS" else 400, (("Allow", _listed(IMPLEMENTED)),))
        for route, allowed, handler in self._routes:
            match = route.fullmatch(request.path)
            if match is None:
                continue
            allow = ("Allow", _listed(frozenset(allowed)))
            if request.method == "OPTIONS":
                return Response(204, (allow,), length=None)
            if request.method not in allowed:
                return plain(405, f"{request.method} is not allowed here\n", (allow,))
            return handler(request, match[1])
        return plain(404, "there is no such resource\n")

    def _store(self, request: Request, name: str) -> Response:
        before = self._stored.get(name)
        if request.method == "PUT":
            if not self._stored.put(name, request.body, request.headers.get("content-type", "application/octet-stream")):
                return plain(507, "the store is full\n")
            place = quote(f"/store/{name}", encoding="latin-1")  # the name was unescaped and may hold anything, line ends too
            return Response(204, length=None) if before else Response(201, (("Location", place),))
        if before is None:
            return plain(404, "nothing is stored under this name\n")
        if request.method == "DELETE":
            self._stored.delete(name)
            return Response(204, length=None)
        return select(request, fixed(*before))


def _listed(methods: frozenset[str]) -> str:
    return ", ".join(sorted(methods))


def _generated(request: Request, number: str) -> Response:
    length = int(number)
    return select(request, pattern(length)) if length <= MAX_GENERATED else plain(403, "that is too much\n")


def _stream(request: Request, _: str) -> Response:
    parts = _number(request.query, "parts", 10)

    def pieces() -> Iterator[bytes]:
        for number in range(parts):
            yield b"part %d of %d\n" % (number + 1, parts)

    return Response(200, (("Content-Type", "text/plain; charset=utf-8"),), pieces(), None)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return min(int(text), MAX_GENERATED) if re.fullmatch(r"[0-9]{1,10}", text) else default


def _echo(request: Request, _: str) -> Response:
    kind = request.headers.get("content-type", "application/octet-stream")
    limit = _number(request.headers, "x-echo-length", len(request.body))
    body = request.body[:limit]
    return Response(200, (("Content-Type", kind),), (body,) if body else (), len(body))


def _status(_: Request, number: str) -> Response:
    code = int(number)
    if code not in PHRASES or code < 200:
        return plain(404, "that is no final status code\n")
    return Response(code, length=None if code in (204, 304) else 0)

"""The resources of the reference servers: a table of path → handler, and a small store for what clients PUT.

| path | what it gives |
|---|---|
| `/` | an index of this table (HTML) |
| `/hello.txt`, `/data.json` | fixed text and JSON, the latter long enough to be compressed |
| `/bytes/N` | N bytes, made while they are sent |
| `/stream?parts=N` | N short pieces of a length unknown beforehand; a trailer field counts them if the client takes trailers |
| `/echo` | what was POSTed; with `x-echo-length: N` no more than N bytes of it |
| `/hints` | 103 Early Hints, then a page |
| `/health` | `ok` |
| `/status/N` | an empty response with that final status |
| `/store/NAME` | PUT, GET, DELETE |
| `/ws` | a WebSocket that echoes, by extended CONNECT (`websocket.py`; the servers open it) |

Tunnels that only one version has stand beside its server.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from urllib.parse import quote

from workbench.api import ServerOptions
from workbench_http.content import Content, fixed, pattern
from workbench_http.exchange import Request, Response, plain
from workbench_http.selection import select
from workbench_http.store import Store

__all__ = ["MAX_GENERATED", "Site"]

IMPLEMENTED = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
"""Methods that some resource allows; any other is answered with 501 (RFC 9110 9.1)."""

MAX_GENERATED = 1 << 30
"""Bytes or parts that a generated body may have: a gigabyte tests every client, and a typing error must not run for a week."""

_PATHS = (
    "/hello.txt", "/data.json", "/bytes/100000", "/stream?parts=10", "/echo", "/hints", "/health", "/status/404", "/store/NAME",
)  # fmt: skip
_LINKS = "".join(f'<li><a href="{path}">{path}</a>\n' for path in _PATHS)
_ROWS = [{"id": number, "name": f"row {number}", "square": number * number} for number in range(50)]
_FIXED = {
    "/hello.txt": fixed(b"Hello from the workbench.\n", "text/plain; charset=utf-8"),
    "/data.json": fixed(json.dumps({"rows": _ROWS}).encode(), "application/json"),
    "/health": fixed(b"ok\n", "text/plain; charset=utf-8"),
}
_HINTED = fixed(b"<!doctype html>\n<title>hints</title>\n<p>The hint came first.\n", "text/html; charset=utf-8")
_READ = ("GET", "HEAD", "OPTIONS")

Handler = Callable[[Request, str], Response]


class Site:
    """Answers requests. All connections of a service share one; what they PUT stays within `options.max_stored` bytes.

    `version` is what the index says is spoken here.
    """

    def __init__(self, options: ServerOptions, version: str) -> None:
        self._fixed = {"/": _index(version), **_FIXED}
        self._stored = Store(options.max_stored)
        self._routes: tuple[tuple[re.Pattern[str], tuple[str, ...], Handler], ...] = (
            (re.compile(r"(/|/hello\.txt|/data\.json|/health)"), _READ, lambda request, name: select(request, self._fixed[name])),
            (re.compile(r"/bytes/(\d{1,10})"), _READ, _generated),
            (re.compile(r"/(stream)"), _READ, _stream),
            (re.compile(r"/(echo)"), ("POST", "PUT", "OPTIONS"), _echo),
            (re.compile(r"/(hints)"), _READ, _hints),
            (re.compile(r"/status/(\d{3})"), (*_READ, "POST", "PUT", "DELETE"), _status),
            (re.compile(r"/store/([^/]{1,200})"), (*_READ, "PUT", "DELETE"), self._store),
        )

    def respond(self, request: Request) -> Response:
        """The response to a request that was read completely; never raises."""
        if request.method not in IMPLEMENTED:
            return plain(501, f"{request.method} is not implemented\n")
        if request.target == "*":
            return Response(204, (("allow", _listed(IMPLEMENTED)),), length=None)
        for route, allowed, handler in self._routes:
            match = route.fullmatch(request.path)
            if match is None:
                continue
            allow = ("allow", _listed(frozenset(allowed)))
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
            place = quote(f"/store/{name}", encoding="latin-1")  # the name was unescaped and may hold anything
            return Response(204, length=None) if before else Response(201, (("location", place),))
        if before is None:
            return plain(404, "nothing is stored under this name\n")
        if request.method == "DELETE":
            self._stored.delete(name)
            return Response(204, length=None)
        return select(request, fixed(*before))


def _index(version: str) -> Content:
    page = f"<!doctype html>\n<title>workbench</title>\n<h1>Reference server for {version}</h1>\n<ul>\n{_LINKS}</ul>\n"
    return fixed(page.encode(), "text/html; charset=utf-8")


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

    kind = (("content-type", "text/plain; charset=utf-8"),)
    if "trailers" not in request.headers.get("te", ""):  # RFC 9110 6.5.1
        return Response(200, kind, pieces(), None)
    return Response(200, (*kind, ("trailer", "x-parts")), pieces(), None, (("x-parts", str(parts)),))


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "")
    return min(int(text), MAX_GENERATED) if re.fullmatch(r"[0-9]{1,10}", text) else default


def _echo(request: Request, _: str) -> Response:
    kind = request.headers.get("content-type", "application/octet-stream")
    body = request.body[: _number(request.headers, "x-echo-length", len(request.body))]
    return Response(200, (("content-type", kind),), (body,) if body else (), len(body))


def _hints(request: Request, _: str) -> Response:
    found = select(request, _HINTED)
    return Response(found.status, found.headers, found.body, found.length, hints=(("link", "</hello.txt>; rel=preload"),))


def _status(_: Request, number: str) -> Response:
    code = int(number)
    if code < 200 or code not in HTTPStatus._value2member_map_:
        return plain(404, "that is no final status code\n")
    return Response(code, length=None if code in (204, 304) else 0)

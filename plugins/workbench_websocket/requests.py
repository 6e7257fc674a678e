"""A client's opening request as the reference server sees it: accepted, answered as plain HTTP, or refused (RFC 6455 4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from workbench_websocket.agreement import VERSION, accept_of, is_key
from workbench_websocket.extensions import (
    LARGEST_WINDOW,
    PERMESSAGE_DEFLATE,
    Deflate,
    Extension,
    deflate_of,
    parse_extensions,
    split_list,
)
from workbench_websocket.opcodes import why_illegal
from workbench_websocket.openings import Opening
from workbench_websocket.page import PAGE
from workbench_websocket.settings import SMALLEST_WINDOW, Settings

__all__ = ["ENDPOINTS", "Accepted", "Answer", "answer_bytes", "respond"]

ENDPOINTS = ("echo", "broadcast", "ping", "close")
"""Paths of WebSockets; "/" is the echo, too."""

_REASONS: Mapping[int, str] = MappingProxyType(
    {
        200: "OK",
        400: "Bad Request",
        404: "Not Found",
        405: "Method Not Allowed",
        408: "Request Timeout",
        426: "Upgrade Required",
        431: "Request Header Fields Too Large",
        503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that is not 101; the connection ends with it."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    head_only: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A WebSocket: what was agreed on, and the bytes of the 101 response."""

    endpoint: str
    query: Mapping[str, str]
    subprotocol: str
    deflate: Deflate | None
    response: bytes


class _RefusedError(Exception):
    """The request breaks a rule."""

    def __init__(self, status: int, text: str, *headers: tuple[str, str]) -> None:
        super().__init__(text)
        self.answer = Answer(status, f"{text}\n".encode(), headers)


def answer_bytes(answer: Answer) -> bytes:
    """The response on the wire."""
    kind = "text/html; charset=utf-8" if answer.body.startswith(b"<!") else "text/plain; charset=utf-8"
    lines = [
        f"HTTP/1.1 {answer.status} {_REASONS[answer.status]}",
        *(f"{name}: {value}" for name, value in answer.headers),
        f"Content-Type: {kind}",
        f"Content-Length: {len(answer.body)}",
        "Connection: close",
    ]
    head = "".join(line + "\r\n" for line in [*lines, ""]).encode()
    return head if answer.head_only else head + answer.body


def respond(opening: Opening, settings: Settings) -> Accepted | Answer:
    """The server's answer to a request head (RFC 6455 4.2.1, 4.2.2)."""
    try:
        return _respond(opening, settings)
    except _RefusedError as refused:
        return refused.answer


def _respond(opening: Opening, settings: Settings) -> Accepted | Answer:
    parts = {name: found.decode("latin-1") for name, found, *_ in opening.parts}
    if not parts or opening.odd:
        raise _RefusedError(400, "this is no request of HTTP/1.1")
    headers = _Headers(opening)
    if parts["version"] not in ("HTTP/1.1", "HTTP/1.0"):
        raise _RefusedError(505, "only HTTP/1.1 is spoken here")
    if opening.body or headers.all("transfer-encoding"):
        raise _RefusedError(400, "a request without content is expected")
    try:
        target = urlsplit(parts["uri"])
        query = dict(parse_qsl(target.query, max_num_fields=100))
    except ValueError:
        raise _RefusedError(400, "the target cannot be read") from None
    if "websocket" not in headers.tokens("upgrade"):
        return _plain(parts["method"], target.path, wants=bool(headers.all("sec-websocket-key")))
    _demand_handshake(parts, headers)
    endpoint = "echo" if target.path == "/" else target.path.removeprefix("/")
    if endpoint not in ENDPOINTS:
        raise _RefusedError(404, "there is no WebSocket of that name")
    if endpoint == "close" and not _may_close_with(query.get("code", "1000")):
        raise _RefusedError(400, "no Close may carry that code")
    return _accept(headers, endpoint, query, settings)


class _Headers:
    """Header fields by lower-case name."""

    def __init__(self, opening: Opening) -> None:
        self._lines = [(name.decode("latin-1"), value) for name, value in opening.headers]

    def all(self, name: str) -> list[bytes]:
        return [value for key, value in self._lines if key == name]

    def joined(self, name: str) -> str:
        return ", ".join(value.decode("latin-1") for value in self.all(name))

    def tokens(self, name: str) -> list[str]:
        return [token.lower() for token in split_list(self.joined(name))]


def _plain(method: str, path: str, *, wants: bool) -> Answer:
    """What is not an upgrade: a page for browsers, a health endpoint."""
    if wants or path.removeprefix("/") in ENDPOINTS:
        raise _RefusedError(426, "this is a WebSocket: ask for an upgrade", ("Upgrade", "websocket"), ("Connection", "Upgrade"))
    if method not in ("GET", "HEAD"):
        raise _RefusedError(405, "only GET and HEAD", ("Allow", "GET, HEAD"))
    body = {"/": PAGE, "/health": b"ok\n"}.get(path)
    if body is None:
        raise _RefusedError(404, "there is no such page")
    return Answer(200, body, head_only=method == "HEAD")


def _demand_handshake(parts: Mapping[str, str], headers: _Headers) -> None:
    """RFC 6455 4.2.1, item by item."""
    if parts["method"] != "GET":
        raise _RefusedError(405, "a handshake is a GET", ("Allow", "GET"))
    if parts["version"] != "HTTP/1.1":
        raise _RefusedError(400, "a handshake needs HTTP/1.1")
    if len(headers.all("host")) != 1:
        raise _RefusedError(400, "exactly one Host is needed")
    if "upgrade" not in headers.tokens("connection"):
        raise _RefusedError(400, "Connection: Upgrade is missing")
    if headers.all("sec-websocket-version") != [VERSION]:
        raise _RefusedError(
            426,
            "only version 13 is spoken here",
            ("Sec-WebSocket-Version", "13"),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
        )
    keys = headers.all("sec-websocket-key")
    if len(keys) != 1 or not is_key(keys[0]):
        raise _RefusedError(400, "one Sec-WebSocket-Key of 16 bytes in base64 is needed")


def _may_close_with(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) == 4 and not why_illegal(int(code))


def _accept(headers: _Headers, endpoint: str, query: Mapping[str, str], settings: Settings) -> Accepted:
    offers = parse_extensions(headers.joined("sec-websocket-extensions"))
    if offers is None:
        raise _RefusedError(400, "Sec-WebSocket-Extensions cannot be read")
    subprotocols = split_list(headers.joined("sec-websocket-protocol"))
    if any(not _is_token(name) for name in subprotocols) or len(set(subprotocols)) != len(subprotocols):
        raise _RefusedError(400, "Sec-WebSocket-Protocol is no list of different tokens")
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_of(headers.all('sec-websocket-key')[0]).decode()}",
    ]
    # an echo understands every subprotocol: the one the client likes best
    subprotocol = subprotocols[0] if subprotocols else ""
    if subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    deflate, extension = _deflate(offers, settings)
    if extension is not None:
        lines.append(f"Sec-WebSocket-Extensions: {extension}")
    response = "".join(line + "\r\n" for line in [*lines, ""]).encode("latin-1")
    return Accepted(endpoint, query, subprotocol, deflate, response)


def _is_token(name: str) -> bool:
    return name.isascii() and name.isprintable() and not set(name) & set(' "(),/:;<=>?@[\\]{}')


def _deflate(offers: list[Extension], settings: Settings) -> tuple[Deflate | None, Extension | None]:
    """The first acceptable offer of permessage-deflate, with the answer to it (RFC 7692 5.1, 7.1)."""
    for offer in offers if settings.deflate else ():
        asked = deflate_of(offer, response=False) if offer.name == PERMESSAGE_DEFLATE else ""
        if isinstance(asked, str) or asked.server_bits < SMALLEST_WINDOW:
            continue
        names = dict(offer.parameters)
        server = min(asked.server_bits, settings.window)
        client = min(asked.client_bits, settings.window) if "client_max_window_bits" in names else LARGEST_WINDOW
        answer: list[tuple[str, str | None]] = []
        if not asked.server_takeover:
            answer.append(("server_no_context_takeover", None))
        if not asked.client_takeover:
            answer.append(("client_no_context_takeover", None))
        if server < LARGEST_WINDOW or "server_max_window_bits" in names:
            answer.append(("server_max_window_bits", str(server)))
        if "client_max_window_bits" in names:
            answer.append(("client_max_window_bits", str(client)))
        return Deflate(asked.server_takeover, asked.client_takeover, server, client), Extension(PERMESSAGE_DEFLATE, tuple(answer))
    return None, None

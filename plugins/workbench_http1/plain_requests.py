"""Plain requests, read and answered without h11: no content, nothing about the connection, a short head that came in one piece.

Most requests of browsers and load generators are like that, and they cost a third of what h11 takes for them. Whatever is not obviously
plain is left to h11; a property test holds the two to equal answers, byte by byte.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench_http1.exchange import Request, Response
from workbench_http1.hosts import is_host
from workbench_http1.phrases import PHRASES

__all__ = ["PlainRequest", "chunk", "head_of", "read_plain", "request_of"]

MAX_HEAD = 4096
"""Bytes of a plain head: far below every limit that the server enforces, so that none has to be looked at here."""

_HEAD = re.compile(
    rb"(GET|HEAD|OPTIONS|DELETE|POST|PUT) ([\x21-\x7e]+) HTTP/1\.1\r\n"
    rb"((?:[-!#$%&'*+.^_`|~0-9a-zA-Z]+:[ \t]*(?:[\x21-\x7e\x80-\xff]+(?:[ \t]+[\x21-\x7e\x80-\xff]+)*)?[ \t]*\r\n)+)\r\n"
)
"""RFC 9112 3 and 5 without folded lines (5.2) and without the control characters that h11 lets pass in values."""

_FIELD = re.compile(rb"([^:]+):[ \t]*([^\r]*?)[ \t]*\r\n")
"""One line of what _HEAD has found to be proper."""

_NOT_PLAIN = frozenset((b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection", b"proxy-connection"))
"""Fields that say how a request or a connection goes on."""

_SIMPLE_PATH = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+|/")
"""Targets that are their own path: no query, nothing escaped, no authority."""

_BODYLESS = (204, 304)
"""They have no content and no field that frames it (RFC 9112 6.3)."""


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """Has what the server asks of h11's Request: header names in lower case, everything in bytes."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    http_version: bytes = b"1.1"


def read_plain(data: bytes, start: int = 0) -> tuple[PlainRequest, int] | None:
    """The request that begins at `start` and where it ends, or None where it is not obviously a plain one."""
    match = _HEAD.match(data, start, start + MAX_HEAD)
    if match is None:
        return None
    headers = [(name.lower(), value) for name, value in _FIELD.findall(match[3])]
    hosts = 0
    for name, value in headers:
        if name == b"host":
            hosts += 1 if is_host(value) else 2
        elif name in _NOT_PLAIN and (name != b"connection" or value.lower() != b"keep-alive"):
            return None
    if hosts != 1:
        return None
    return PlainRequest(match[1], match[2], headers), match.end()


def request_of(
    method: bytes, target: bytes, fields: list[tuple[bytes, bytes]], body: bytes = b"", trailers: dict[str, str] | None = None
) -> Request:
    """A request as the site wants it, from what was on the wire."""
    headers: dict[str, str] = {}
    for name, value in fields:
        key, text = name.decode("ascii"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    place = target.decode("latin-1")
    path, query = (place, {}) if _SIMPLE_PATH.fullmatch(place) else _path_and_query(place)
    return Request(method.decode("ascii"), place, path, query, headers, body, trailers or {})


def _path_and_query(target: str) -> tuple[str, dict[str, str]]:
    try:
        parts = urlsplit(target)
        return unquote(parts.path, "latin-1"), dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:  # an authority with odd brackets, or a thousand fields: no resource has such a name
        return "", {}


def head_of(response: Response, fields: list[tuple[bytes, bytes]]) -> tuple[bytes, bool]:
    """Status line and header section, and whether the content goes out in chunks."""
    chunked = response.length is None and response.status not in _BODYLESS
    lines = [b"HTTP/1.1 %d %s\r\n" % (response.status, PHRASES[response.status].encode())]
    lines += [b"%s: %s\r\n" % field for field in fields]
    lines.append(b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"\r\n")
    return b"".join(lines), chunked


def chunk(piece: bytes) -> bytes:
    """One chunk (RFC 9112 7.1); nothing for an empty piece, which would end the content."""
    return b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""

"""What a forward proxy must know of HTTP/1.1 (RFC 9112): request lines, the headers that are its own business, and where bodies end.

Sans-IO, and of requests only: answers pass as they are.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from captures.tap.facts import Asked

__all__ = ["MOST_HEAD", "Body", "HttpError", "Request", "read_request"]

MOST_HEAD = 65_536
"""Bytes of a request's head; common servers refuse longer ones much sooner."""

MOST_LINE = 8_192
"""Bytes of a line that gives the size of a chunk, extensions included."""

_METHOD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")
_VERSION = re.compile(rb"HTTP/1\.[01]")
_PORT = re.compile(r"[0-9]{1,5}")
_OURS = (b"proxy-connection", b"proxy-authorization", b"host")
"""Headers that are not passed on: two are for the proxy, the third is said anew (RFC 9112 3.2.2)."""

_HTTP_PORT = 80


class HttpError(Exception):
    """The request cannot be served; `status` is what to answer, the text is for people."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


class Body:
    """Follows a body to its end: of a known size, or in chunks (RFC 9112 7.1)."""

    def __init__(self, size: int | None) -> None:
        self._left = size or 0
        self._chunked = size is None
        self._line = b""
        self._part = "size" if self._chunked else "data"
        self.over = not self._chunked and not self._left

    def take(self, data: bytes) -> int:
        """How many of these bytes belong to it. Raises HttpError for chunks that cannot be."""
        at = 0
        while at < len(data) and not self.over:
            if self._part == "data":
                step = min(self._left, len(data) - at)
                self._left -= step
                at += step
                if not self._left:
                    self._part = "end"
                    self.over = not self._chunked
            else:
                at = self._line_of(data, at)
        return at

    def _line_of(self, data: bytes, at: int) -> int:
        """A line of the chunked coding, perhaps only a part of it."""
        end = data.find(b"\n", at)
        stop = len(data) if end < 0 else end + 1
        self._line += data[at:stop]
        if len(self._line) > MOST_LINE:
            raise HttpError("400 Bad Request", "a line between chunks has no end")
        if end >= 0:
            line, self._line = self._line.strip(), b""
            self._between(line)
        return stop

    def _between(self, line: bytes) -> None:
        if self._part == "size":
            digits = line.partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits):
                raise HttpError("400 Bad Request", "the size of a chunk is no number")
            self._left = int(digits, 16)
            self._part = "data" if self._left else "trailer"
        elif self._part == "end":  # after a chunk's data
            self._part = "size"
        elif not line:
            self.over = True


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a proxy. `tunnel` is CONNECT; otherwise `head` is what the target gets. `upgrade` says that it asks for another
    protocol on the same connection."""

    asked: Asked
    tunnel: bool
    head: bytes
    body: Body
    upgrade: bool


def read_request(data: bytes) -> tuple[Request, int] | None:
    """The request at the beginning of these bytes, and where its head ends; None when more is needed.

    Raises HttpError for what is no request to a proxy.
    """
    start = len(data) - len(data.lstrip(b"\r\n"))  # empty lines before a request are to be overlooked (RFC 9112 2.2)
    end = data.find(b"\r\n\r\n", start)
    if end < 0:
        if len(data) > MOST_HEAD:
            raise HttpError("431 Request Header Fields Too Large", f"its head has more than {MOST_HEAD} bytes")
        return None
    if end > MOST_HEAD:
        raise HttpError("431 Request Header Fields Too Large", f"its head has more than {MOST_HEAD} bytes")
    line, *headers = data[start:end].split(b"\r\n")
    parts = line.split(b" ")
    if len(parts) != 3 or not _METHOD.fullmatch(parts[0]) or not _VERSION.fullmatch(parts[2]):
        raise HttpError("400 Bad Request", "it does not speak HTTP/1.1")
    method, target, version = parts
    if method == b"CONNECT":
        return Request(_authority(target.decode("latin-1"), None), True, b"", Body(0), False), end + 4
    asked, authority, path = _absolute(target)
    kept = [header for header in headers if _name(header) not in _OURS]
    lines = [b" ".join((method, path, version)), b"Host: " + authority, *kept, b"", b""]
    upgrade = any(_name(header) == b"upgrade" for header in headers)
    return Request(asked, False, b"\r\n".join(lines), _body(headers), upgrade), end + 4


def _name(header: bytes) -> bytes:
    return header.partition(b":")[0].strip().lower()


def _absolute(target: bytes) -> tuple[Asked, bytes, bytes]:
    """RFC 9112 3.2.2: where to go, the authority as it was said, and what remains for the target."""
    text = target.decode("latin-1")
    scheme, mark, rest = text.partition("://")
    if not mark or scheme.lower() != "http":
        raise HttpError("400 Bad Request", "this is a proxy: it wants http://… or CONNECT")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    path = rest[len(authority) :].partition("#")[0]
    named = authority.rpartition("@")[2]  # user and password are not for the target's eyes (RFC 9110 4.2.4)
    path = path if path.startswith("/") else "/" + path
    return _authority(named, _HTTP_PORT), named.encode("latin-1"), path.encode("latin-1")


def _authority(text: str, port: int | None) -> Asked:
    """Host and port. Raises HttpError for what is neither."""
    try:
        parts = urlsplit(f"//{text}")
        host = parts.hostname or ""
        said = text.rpartition("]")[2].partition(":")[2]
        found = port if not said else int(said) if _PORT.fullmatch(said) else None
    except ValueError:
        host, found = "", None
    if not host or not host.isascii() or not host.isprintable() or found is None or not 0 < found < 65_536:
        raise HttpError("400 Bad Request", "it names no host and port")
    return Asked(host, found)


def _body(headers: list[bytes]) -> Body:
    """RFC 9112 6.3, for requests."""
    values = {_name(header): header.partition(b":")[2].strip() for header in headers}
    if b"transfer-encoding" in values:
        if values[b"transfer-encoding"].lower().rpartition(b",")[2].strip() != b"chunked":
            raise HttpError("400 Bad Request", "nobody can tell where its body ends")
        return Body(None)
    sizes = {header.partition(b":")[2].strip() for header in headers if _name(header) == b"content-length"}
    if not sizes:
        return Body(0)
    size = sizes.pop()
    if sizes or not re.fullmatch(rb"[0-9]{1,18}", size):
        raise HttpError("400 Bad Request", "its Content-Length is no number")
    return Body(int(size))

"""A request as the site sees it, made of the field lines of a stream."""

from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlsplit

from workbench_http.exchange import Request

__all__ = ["headers_of", "request_of"]


def request_of(method: bytes, target: bytes, fields: Iterable[tuple[bytes, bytes]], body: bytes) -> Request:
    """What the site needs to know; a target that is no URL has an empty path, which no resource has."""
    text = target.decode("latin-1")
    try:
        parts = urlsplit(text)
        path, query = unquote(parts.path, "latin-1"), dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        path, query = "", {}
    return Request(method.decode("latin-1"), text, path, query, headers_of(fields), body)


def headers_of(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Field lines without the pseudo-header fields, repeated ones joined."""
    found: dict[str, str] = {}
    for name, value in fields:
        if name.startswith(b":"):
            continue
        key, text = name.decode("latin-1"), value.decode("latin-1")
        joint = "; " if key == "cookie" else ", "  # RFC 9113 8.2.3, RFC 9114 4.2.1
        found[key] = f"{found[key]}{joint}{text}" if key in found else text
    return found

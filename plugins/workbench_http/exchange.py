"""A request as the site sees it, and the response it gives. No bytes of a protocol here: those are the servers' business."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Headers", "Request", "Response", "plain"]

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is percent-decoded, `headers` have repeated lines joined (RFC 9110 5.3, cookies RFC 9113 8.2.3, RFC 9114 4.2.1)."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """Header names are lower-case. `length` is None for a body whose length nobody knows beforehand; `hints` go ahead with 103."""

    status: int
    headers: Headers = ()
    body: Iterable[bytes] = ()
    length: int | None = 0
    trailers: Headers = ()
    hints: Headers = ()


def plain(status: int, text: str = "", headers: Headers = ()) -> Response:
    """A short text as an answer."""
    body = text.encode()
    kind = (("content-type", "text/plain; charset=utf-8"),) if body else ()
    return Response(status, (*kind, *headers), (body,) if body else (), len(body))

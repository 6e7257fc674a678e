"""A request as the site sees it, and the response it gives. No bytes of the protocol here; `server.py` and h11 take care of those."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Request", "Response", "plain"]


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is percent-decoded, `headers` have lower-case names, repeated lines joined with commas (RFC 9110 5.3)."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    trailers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """`length` is None for a body whose length nobody knows beforehand: it goes out chunked, piece by piece as the client takes it."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: Iterable[bytes] = ()
    length: int | None = 0


def plain(status: int, text: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A short text as an answer."""
    body = text.encode()
    kind = (("Content-Type", "text/plain; charset=utf-8"),) if body else ()
    return Response(status, (*kind, *headers), (body,) if body else (), len(body))

"""Which part of a content, compressed or not, or nothing at all: conditions, ranges and negotiation (RFC 9110 12, 13, 14)."""

import gzip
import re

from workbench_http.content import Content
from workbench_http.exchange import Request, Response, plain

__all__ = ["select"]

COMPRESSED = range(256, 1_048_577)
"""Sizes worth compressing: below, gzip's own 18 bytes make things longer; above, it would cost memory for nothing."""

_RANGE = re.compile(r"bytes=(\d{1,18})?-(\d{1,18})?")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def select(request: Request, found: Content) -> Response:
    """The response to GET or HEAD for this content: conditions first, then range or compression."""
    zipped = _zipped(request, found)
    etag = found.etag if zipped is None else found.etag[:-1] + '-gzip"'
    tagged = (("etag", etag), ("accept-ranges", "bytes"), ("vary", "accept-encoding"))
    wanted, known = request.headers.get("if-match", "*"), request.headers.get("if-none-match", "")
    if wanted.strip() != "*" and etag not in re.findall(r'(?<!W/)("[^"]*")', wanted):
        return Response(412, tagged)
    if known.strip() == "*" or etag in _TAG.findall(known):
        return Response(304, tagged, length=None)
    typed = (("content-type", found.kind), *tagged)
    if zipped is not None:
        return Response(200, (*typed, ("content-encoding", "gzip")), (zipped,), len(zipped))
    span = _span(request, found)
    if span is None:
        return Response(200, typed, found.read(0, found.length), found.length)
    if span[0] >= span[1]:
        return plain(416, "no such range\n", (("content-range", f"bytes */{found.length}"), *tagged))
    place = ("content-range", f"bytes {span[0]}-{span[1] - 1}/{found.length}")
    return Response(206, (*typed, place), found.read(*span), span[1] - span[0])


def _zipped(request: Request, found: Content) -> bytes | None:
    textual = found.kind.startswith(("text/", "application/json"))
    if not textual or found.length not in COMPRESSED or "range" in request.headers:
        return None
    if not _accepts_gzip(request.headers.get("accept-encoding", "")):
        return None
    return gzip.compress(found.whole(), mtime=0)  # a time stamp would make equal requests unequal


def _accepts_gzip(value: str) -> bool:
    weights = {}
    for member in value.lower().split(","):
        coding, _, parameter = member.partition(";")
        weights[coding.strip()] = re.fullmatch(r"(q=(0\.(?!0*$)\d{1,3}|1(\.0{0,3})?))?", parameter.strip()) is not None
    return weights.get("gzip", weights.get("*", False))


def _span(request: Request, found: Content) -> tuple[int, int] | None:
    """The one range asked for as a half-open span, an empty one where there is no such part; None to send all (several ranges, too)."""
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if request.method != "GET" or match is None or match[0] == "bytes=-":
        return None
    if request.headers.get("if-range", found.etag) != found.etag:
        return None
    first, last = match[1], match[2]
    if first is None:
        return max(0, found.length - int(last)), found.length
    stop = found.length if last is None else min(int(last) + 1, found.length)
    if last is not None and int(last) < int(first):
        return None  # not a range at all (RFC 9110 14.1.1)
    return int(first), max(int(first), stop) if int(first) < found.length else int(first)

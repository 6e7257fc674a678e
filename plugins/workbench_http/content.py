"""What the resources give out: bytes with a type and an entity tag, in parts, compressed, or not at all (RFC 9110 8, 12, 13, 14)."""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench_http.exchange import Request, Response, plain

__all__ = ["PIECE", "Content", "fixed", "pattern", "select"]

PIECE = 16_384
"""Bytes per piece of a body: the frame size that everybody accepts in HTTP/2. In HTTP/3 a piece becomes one DATA frame, whose head is
then nothing beside it, and other streams need not wait long."""

COMPRESSED = range(256, 1_048_577)
"""Sizes worth compressing: below, gzip's own 18 bytes make things longer; above, it would cost memory for nothing."""

_PATTERN = b"".join(b"%015d\n" % number for number in range(1024))
_RANGE = re.compile(r"bytes=(\d{1,18})?-(\d{1,18})?")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


@dataclass(frozen=True, slots=True)
class Content:
    """`read(start, stop)` yields the bytes of that range in pieces; `etag` is a strong validator with its quotes."""

    kind: str
    length: int
    etag: str
    read: Callable[[int, int], Iterator[bytes]]


def fixed(data: bytes, kind: str) -> Content:
    """Bytes in memory; equal ones have equal tags after every start."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        for begin in range(start, stop, PIECE):
            yield data[begin : min(begin + PIECE, stop)]

    return Content(kind, len(data), f'"{hashlib.sha256(data).hexdigest()[:16]}"', read)


def pattern(length: int) -> Content:
    """Numbered lines of 16 bytes, made as they are read."""

    def read(start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            phase = start % len(_PATTERN)
            size = min(PIECE, stop - start, len(_PATTERN) - phase)
            yield _PATTERN[phase : phase + size]
            start += size

    return Content("application/octet-stream", length, f'"pattern-{length}"', read)


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
    return gzip.compress(b"".join(found.read(0, found.length)), mtime=0)  # a time stamp would make equal requests unequal


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

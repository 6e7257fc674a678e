"""Which part of a representation, in which coding, or nothing at all: conditions, ranges and content negotiation of RFC 9110."""

import gzip
import re
from collections.abc import Iterator

from workbench_http.content import Content
from workbench_http1.exchange import Request, Response, plain

__all__ = ["accepts_gzip", "byte_ranges", "select"]

MAX_RANGES = 16
"""Ranges answered in one response; RFC 9110 14.2 warns of requests with many small or overlapping ones."""

MAX_COMPRESSED = 1_048_576
"""Representations up to this size are compressed on the fly; larger ones would cost memory for nothing."""

MIN_COMPRESSED = 256
"""Below this, gzip's 18 bytes of frame and its tables make things longer."""

_TAGS = re.compile(r'(?:W/)?("[^"]*")')
_RANGE = re.compile(r"(\d{1,18})?-(\d{1,18})?")


def accepts_gzip(value: str) -> bool:
    """Whether an Accept-Encoding value allows gzip (RFC 9110 12.5.3); a malformed weight counts as a refusal."""
    allowed = {}
    for member in value.lower().split(","):
        coding, _, parameter = member.partition(";")
        weight = parameter.strip().removeprefix("q=") or "1"
        allowed[coding.strip()] = (
            re.fullmatch(r"0(\.0{0,3})?", weight) is None and re.fullmatch(r"[01](\.\d{0,3})?", weight) is not None
        )
    return allowed.get("gzip", allowed.get("x-gzip", allowed.get("*", False)))


def byte_ranges(value: str, length: int) -> list[tuple[int, int]] | None:
    """The satisfiable ranges of a Range value as half-open spans (RFC 9110 14.1.2); None if the field is to be ignored."""
    unit, _, specs = value.partition("=")
    members = [member.strip() for member in specs.split(",") if member.strip()]
    if unit.strip().lower() != "bytes" or not members or len(members) > MAX_RANGES:
        return None
    ranges = []
    for member in members:
        match = _RANGE.fullmatch(member)
        if match is None or (match[1] is None and match[2] is None):
            return None
        if match[1] is None:
            start, stop = max(0, length - int(match[2])), length
        else:
            start, stop = int(match[1]), length if match[2] is None else int(match[2]) + 1
            if match[2] is not None and stop <= start:
                return None
        if start < length and start < stop:
            ranges.append((start, min(stop, length)))
    return ranges


def select(request: Request, found: Content) -> Response:
    """The answer to GET or HEAD for this representation."""
    zipped = _zipped(request, found)
    etag = found.etag if zipped is None else found.etag[:-1] + '-gzip"'
    headers = (("ETag", etag), ("Accept-Ranges", "bytes"), ("Vary", "Accept-Encoding"))
    refused = _condition(request, etag)
    if refused is not None:
        return Response(refused, headers)
    typed = (("Content-Type", found.kind), *headers)
    if zipped is not None:
        return Response(200, (*typed, ("Content-Encoding", "gzip")), (zipped,), len(zipped))
    if request.method == "GET" and "range" in request.headers and request.headers.get("if-range", etag) == etag:
        part = _part(request.headers["range"], found, headers)
        if part is not None:
            return part
    return Response(200, typed, found.read(0, found.length), found.length)


def _zipped(request: Request, found: Content) -> bytes | None:
    """The representation in gzip, if the client takes it and it pays; ranges are served of the plain one."""
    compressible = found.kind.startswith(("text/", "application/json"))
    if not compressible or not MIN_COMPRESSED <= found.length <= MAX_COMPRESSED or "range" in request.headers:
        return None
    if not accepts_gzip(request.headers.get("accept-encoding", "")):
        return None
    return gzip.compress(found.whole(), mtime=0)  # a time stamp would make equal requests give unequal bytes


def _condition(request: Request, etag: str) -> int | None:
    """412 or 304 where a precondition says so, in the order of RFC 9110 13.2.2."""
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted.strip() != "*" and etag not in re.findall(r'(?<!W/)("[^"]*")', wanted):
        return 412
    known = request.headers.get("if-none-match")
    if known is not None and (known.strip() == "*" or etag in _TAGS.findall(known)):
        return 304
    return None


def _part(value: str, found: Content, headers: tuple[tuple[str, str], ...]) -> Response | None:
    """206 or 416 (RFC 9110 15.3.7, 15.5.17), or None to send the whole."""
    ranges = byte_ranges(value, found.length)
    if ranges is None:
        return None
    if not ranges:
        return plain(416, "no such range\n", (("Content-Range", f"bytes */{found.length}"), *headers))
    if len(ranges) == 1:
        ((start, stop),) = ranges
        place = ("Content-Range", f"bytes {start}-{stop - 1}/{found.length}")
        return Response(206, (("Content-Type", found.kind), place, *headers), found.read(start, stop), stop - start)
    boundary = "part-" + found.etag.strip('"')
    heads = [_part_head(boundary, found, span) for span in ranges]
    tail = f"\r\n--{boundary}--\r\n".encode()
    length = sum(len(head) for head in heads) + sum(stop - start for start, stop in ranges) + len(tail)

    def pieces() -> Iterator[bytes]:
        for head, (start, stop) in zip(heads, ranges, strict=True):
            yield head
            yield from found.read(start, stop)
        yield tail

    return Response(206, (("Content-Type", f"multipart/byteranges; boundary={boundary}"), *headers), pieces(), length)


def _part_head(boundary: str, found: Content, span: tuple[int, int]) -> bytes:
    place = f"Content-Range: bytes {span[0]}-{span[1] - 1}/{found.length}"
    return f"\r\n--{boundary}\r\nContent-Type: {found.kind}\r\n{place}\r\n\r\n".encode()

"""Reads one message from a `Wire`: blank lines, start line, header section, body. Pure control flow; no fields, no pairing."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from workbench.api import Note, Severity
from workbench_http1.chunked import read_chunked
from workbench_http1.framing import Framing, FramingKind
from workbench_http1.headers import line_content
from workbench_http1.limits import MAX_BLANK_LINES, MAX_HEADER_SECTION, MAX_JUNK
from workbench_http1.parts import Body, Head, parse_head
from workbench_http1.startline import RequestLine, StatusLine, maybe_start_line
from workbench_http1.wire import Reading, Wire, pass_over, read_line

__all__ = ["Found", "find_start", "read_body", "read_head", "read_junk"]

_EMPTY_LINE = re.compile(rb"\n\r?\n")  # with the end of the line before it (RFC 9112 2.1, 2.2)


@dataclass(frozen=True, slots=True)
class Found:
    """A start line, as read, and where it stands on the wire, its end included."""

    line: RequestLine | StatusLine
    start: int
    end: int


def find_start(wire: Wire) -> Reading[Found | None]:
    """The start line at the front of the wire, behind at most a few empty lines (RFC 9112 2.2); None if there is none.

    A line that a gap or the end of the stream cuts off counts, too, if its beginning is clear enough.
    """
    at = 0
    for _ in range(MAX_BLANK_LINES + 1):
        stop = yield from read_line(wire, at, MAX_HEADER_SECTION)
        if stop is None:
            start = maybe_start_line(bytes(wire.data[at:])) if wire.stuck else None
            return Found(start, at, len(wire.data)) if start is not None else None
        line = bytes(wire.data[at:stop])
        content = line_content(line, 0, len(line))
        if content:
            start = maybe_start_line(line[:content])
            return Found(start, at, stop) if start is not None else None
        at = stop
    return None


def read_junk(wire: Wire) -> Reading[int]:
    """How many bytes at the front of the wire are no message: up to the next start line, a gap, the end, or `MAX_JUNK`."""
    at = 0
    while True:
        stop = yield from read_line(wire, at, MAX_JUNK - at)
        if stop is None:
            return min(len(wire.data), MAX_JUNK)
        line = bytes(wire.data[at:stop])
        if at > 0 and maybe_start_line(line[: line_content(line, 0, len(line))]) is not None:
            return at
        at = stop
        if at >= MAX_JUNK:
            return MAX_JUNK


def read_head(wire: Wire, found: Found, peer_answers: Callable[[], bool]) -> Reading[Head]:
    """Read the header section behind the start line that was found.

    A request of HTTP/0.9 has none: it is over when `peer_answers` before anything else came.
    """
    end = found.end
    if wire.data[end - 1] != 0x0A:
        return _head(wire, found, end, complete=False)
    if isinstance(found.line, RequestLine) and found.line.is_simple:
        while len(wire.data) == end and not wire.stuck and not peer_answers():
            yield
        if len(wire.data) == end:
            return _head(wire, found, end, complete=True)
    scanned = end - 1
    while True:
        empty = _EMPTY_LINE.search(wire.data, scanned, MAX_HEADER_SECTION)
        if empty is not None:
            return _head(wire, found, empty.end(), complete=True)
        if len(wire.data) >= MAX_HEADER_SECTION:
            return _head(wire, found, wire.data.rfind(b"\n", 0, MAX_HEADER_SECTION) + 1, complete=False)
        if wire.stuck:
            return _head(wire, found, len(wire.data), complete=False)
        scanned = max(scanned, len(wire.data) - 2)
        yield


def _head(wire: Wire, found: Found, end: int, *, complete: bool) -> Head:
    return parse_head(bytes(wire.data[:end]), found.line, found.start, found.end, end, complete=complete)


def read_body(wire: Wire, start: int, framing: Framing, keep: int) -> Reading[Body]:
    """Read the body at index `start` as `framing` says; at most about `keep` bytes of it stay on the wire's books."""
    if framing.kind is FramingKind.CHUNKED:
        before = wire.lost + wire.cut
        chunked = yield from read_chunked(wire, start, keep)
        missing = wire.lost + wire.cut - before
        return Body(
            start, chunked.end, framing, chunked.end - start + missing, missing, chunked, chunked.trouble, tuple(chunked.notes)
        )
    if framing.kind is FramingKind.NONE:
        return Body(start, start, framing)
    count = framing.length if framing.kind is FramingKind.LENGTH else None
    cut = wire.cut
    passed = yield from pass_over(wire, start, count, keep)
    missing = passed.lost + wire.cut - cut
    received = passed.end - start + missing
    if passed.complete:
        doubt = Note(Severity.CHAT, "no FIN was seen behind this body: it may go on", start, passed.end, "RFC 9112 8")
        return Body(start, passed.end, framing, received, missing, notes=() if count is not None or wire.closed else (doubt,))
    trouble = f"the body breaks off after {received} of {framing.length} bytes"
    note = Note(Severity.ERROR, trouble, start, passed.end, "RFC 9112 8")
    return Body(start, passed.end, framing, framing.length, missing, None, trouble, (note,))

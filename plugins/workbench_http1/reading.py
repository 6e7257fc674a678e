"""Reads one message from a `Wire`: blank lines, start line, header section, body. Pure control flow; no fields, no pairing."""

from collections.abc import Callable

from workbench.api import Note, Severity
from workbench_http1.chunked import read_chunked
from workbench_http1.framing import Framing, FramingKind
from workbench_http1.headers import line_content
from workbench_http1.limits import MAX_BLANK_LINES, MAX_HEADER_SECTION, MAX_JUNK
from workbench_http1.parts import Body, Head, parse_head
from workbench_http1.startline import RequestLine, maybe_start_line
from workbench_http1.wire import Reading, Wire, pass_over, read_line

__all__ = ["find_start", "read_body", "read_head", "read_junk"]


def find_start(wire: Wire) -> Reading[tuple[int, int] | None]:
    """Span of the start line at the front of the wire, behind at most a few empty lines (RFC 9112 2.2); None if there is none.

    A line that a gap or the end of the stream cuts off counts, too, if its beginning is clear enough.
    """
    at = 0
    for _ in range(MAX_BLANK_LINES + 1):
        stop = yield from read_line(wire, at, MAX_HEADER_SECTION)
        if stop is None:
            cut = wire.stuck and len(wire.data) > at and maybe_start_line(bytes(wire.data[at:])) is not None
            return (at, len(wire.data)) if cut else None
        line = bytes(wire.data[at:stop])
        content = line_content(line, 0, len(line))
        if content:
            return (at, stop) if maybe_start_line(line[:content]) is not None else None
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


def read_head(wire: Wire, line: tuple[int, int], peer_answers: Callable[[], bool]) -> Reading[Head]:
    """Read the header section behind the start line at `line`.

    A request of HTTP/0.9 has none: it is over when `peer_answers` before anything else came.
    """
    end = line[1]
    if wire.data[end - 1] != 0x0A:
        return _head(wire, line, end, complete=False)
    first = parse_head(bytes(wire.data[: line[1]]), *line, line[1], complete=False)
    assert first is not None, "the caller has found a start line here"
    simple = isinstance(first.start, RequestLine) and first.start.is_simple
    while True:
        if simple and end == line[1]:
            while len(wire.data) == end and not wire.stuck:
                if peer_answers():
                    return _head(wire, line, end, complete=True)
                yield
            if len(wire.data) == end:
                return _head(wire, line, end, complete=True)
        stop = yield from read_line(wire, end, max(0, MAX_HEADER_SECTION - end))
        if stop is None:
            end = len(wire.data) if wire.stuck else end
            return _head(wire, line, end, complete=False)
        content = line_content(bytes(wire.data[end:stop]), 0, stop - end)
        end = stop
        if content == 0:
            return _head(wire, line, end, complete=True)


def _head(wire: Wire, line: tuple[int, int], end: int, *, complete: bool) -> Head:
    head = parse_head(bytes(wire.data[:end]), *line, end, complete=complete)
    assert head is not None, "the caller has found a start line here"
    return head


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
        return Body(start, passed.end, framing, received, missing)
    trouble = f"the body breaks off after {received} of {framing.length} bytes"
    note = Note(Severity.ERROR, trouble, start, passed.end, "RFC 9112 8")
    return Body(start, passed.end, framing, framing.length, missing, None, trouble, (note,))

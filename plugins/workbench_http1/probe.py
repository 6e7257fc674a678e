"""Is this HTTP/1? An answer from the first bytes of one direction."""

from workbench.api import Confidence, Direction
from workbench_http1.startline import METHODS, RequestLine, maybe_start_line

__all__ = ["probe"]

_DECIDED_AFTER = 2_048
"""Bytes without a line end after which a line that begins like a request is one: targets may have 8000 octets (RFC 9112 3), and no
lookalike has lines of that length."""

_LONGEST_METHOD = max(len(method) for method in METHODS)
_BLANK = b"\r\n"


def probe(data: bytes, direction: Direction) -> Confidence:
    """CERTAIN for a complete start line with an HTTP/1 version, LIKELY for what can hardly be anything else; see `Confidence`."""
    line, ended = _first_line(data)
    if not ended and len(line) < _DECIDED_AFTER:
        return Confidence.NEED_DATA if _may_become(line) else Confidence.NO
    start = maybe_start_line(line) if ended else None
    if not ended:
        return Confidence.LIKELY if _may_become(line) else Confidence.NO
    if start is None:
        return Confidence.NO
    if not start.part(start.version).startswith(b"HTTP/1."):
        # HTTP/0.9, or a version that does not exist: a method alone is a common English word
        return Confidence.WEAK if isinstance(start, RequestLine) and start.is_simple else Confidence.LIKELY
    usual = Direction.TO_SERVER if isinstance(start, RequestLine) else Direction.TO_CLIENT
    return Confidence.CERTAIN if direction is usual and not start.notes else Confidence.LIKELY


def _first_line(data: bytes) -> tuple[bytes, bool]:
    """The first line that is not empty, and whether its end has come."""
    data = data[: 2 * _DECIDED_AFTER].lstrip(_BLANK)
    line, end, _ = data.partition(b"\n")
    return line.removesuffix(b"\r"), bool(end)


def _may_become(line: bytes) -> bool:
    """Whether an unfinished line can still turn out as a start line."""
    if line.startswith(b"HTTP/") or b"HTTP/".startswith(line):
        return True
    word, space, _ = line.partition(b" ")
    if space:
        return word in METHODS
    return any(method.startswith(word) for method in METHODS) and len(word) <= _LONGEST_METHOD

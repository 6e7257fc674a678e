"""How long is the body? The decision list of RFC 9112 section 6.3, tolerant, with a note for every doubt.

Where recipients are known to differ (request smuggling) the note says what else the bytes could mean.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from workbench.api import Note, Severity
from workbench_http1.headers import Header, HeaderSection
from workbench_http1.limits import MAX_LENGTH_DIGITS
from workbench_http1.startline import RequestLine, StatusLine

__all__ = ["Framing", "FramingKind", "body_framing", "transfer_codings"]

_REGISTERED_CODINGS = frozenset((b"chunked", b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress", b"trailers"))
_DIGITS = re.compile(rb"[0-9]+")
_SWITCHING = 101


class FramingKind(Enum):
    """What ends the body."""

    NONE = "none"
    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Framing:
    """The decision; `length` counts only for LENGTH. `switches`: behind this message the connection is no HTTP any more."""

    kind: FramingKind
    length: int = 0
    notes: tuple[Note, ...] = ()
    switches: bool = False


def _note(severity: Severity, text: str, header: Header, section: str) -> Note:
    return Note(severity, text, header.start, header.end, section)


def transfer_codings(section: HeaderSection) -> list[bytes]:
    """The transfer codings in the order they were applied, lower case, without parameters (RFC 9112 6.1)."""
    return [member.split(b";")[0].rstrip(b" \t").lower() for member in section.members("transfer-encoding")]


def _transfer_notes(section: HeaderSection, version: bytes) -> Iterator[Note]:
    lines = section.all("transfer-encoding")
    codings = transfer_codings(section)
    first = lines[0]
    if len(lines) > 1:
        yield _note(Severity.WARN, f"{len(lines)} Transfer-Encoding lines", lines[1], "RFC 9112 6.1")
    if section.all("content-length"):
        text = "Content-Length beside Transfer-Encoding: a recipient that obeys the former sees another message end here"
        yield _note(Severity.WARN, text, section.all("content-length")[0], "RFC 9112 6.3")
    if version == b"HTTP/1.0":
        yield _note(Severity.WARN, "Transfer-Encoding in HTTP/1.0: the framing is faulty", first, "RFC 9112 6.1")
    unknown = [coding for coding in codings if coding not in _REGISTERED_CODINGS]
    if unknown:
        yield _note(Severity.ERROR, f"unknown transfer coding {unknown[0].decode('latin-1')!r}", first, "RFC 9112 6.1")
    if codings.count(b"chunked") > 1:
        yield _note(Severity.ERROR, "chunked is applied more than once", first, "RFC 9112 6.1")
    if b"chunked" in codings[:-1] and codings[-1] != b"chunked":
        yield _note(Severity.ERROR, "chunked is not the last transfer coding", first, "RFC 9112 6.3")
    if not codings:
        yield _note(Severity.ERROR, "Transfer-Encoding names no coding", first, "RFC 9112 6.1")
    if any(header.content.strip(b" \t") != header.content.strip() or not header.content.isascii() for header in lines):
        yield _note(Severity.ERROR, "Transfer-Encoding with odd octets around the coding", first, "RFC 9112 6.1")


def _lengths(section: HeaderSection) -> tuple[int | None, list[Note]]:
    """The one Content-Length (RFC 9110 8.6), or None where there is none that can be used."""
    lines = section.all("content-length")
    if not lines:
        return None, []
    members = [member.strip(b" \t") for header in lines for member in header.content.split(b",")]
    notes = []
    valid = [member for member in members if _DIGITS.fullmatch(member) and len(member.lstrip(b"0")) <= MAX_LENGTH_DIGITS]
    if len(valid) < len(members):
        text = "Content-Length is not a number" if len(members) == 1 else "Content-Length has a member that is not a number"
        notes.append(_note(Severity.ERROR, text, lines[0], "RFC 9112 6.3"))
    numbers = [int(member.lstrip(b"0") or b"0") for member in valid]
    if len(set(numbers)) > 1:
        # nothing is right here; Wireshark takes the last one, too
        text = f"different Content-Length values, {numbers[-1]} is taken: others see another message end"
        notes.append(_note(Severity.ERROR, text, lines[-1], "RFC 9112 6.3"))
    elif len(members) > 1:
        notes.append(_note(Severity.WARN, "the same Content-Length more than once", lines[-1], "RFC 9110 8.6"))
    if numbers and numbers[-1] >= 1 << 63:
        notes.append(_note(Severity.WARN, "Content-Length does not fit into 63 bits", lines[0], "RFC 9110 8.6"))
    if any(member != b"0" and member.startswith(b"0") for member in valid):
        notes.append(_note(Severity.NOTE, "Content-Length with leading zeros", lines[0], "RFC 9110 8.6"))
    return (numbers[-1] if numbers and len(numbers) == len(members) else None), notes


def _bodyless_notes(status: StatusLine, section: HeaderSection) -> Iterator[Note]:
    """Fields that a 1xx, 204 or tunnel-opening response must not have (RFC 9110 8.6, RFC 9112 6.1)."""
    for key, rule in (("content-length", "RFC 9110 8.6"), ("transfer-encoding", "RFC 9112 6.1")):
        for header in section.all(key)[:1]:
            text = f"{header.name_text} in a {status.code} response: recipients that obey it wait for a body"
            yield _note(Severity.WARN, text, header, rule)


def body_framing(start: RequestLine | StatusLine, section: HeaderSection, request_method: bytes | None) -> Framing:
    """Decide how the body behind this header section ends; `request_method` is that of the request a response answers, if known."""
    if isinstance(start, StatusLine):
        early = _bodyless(start, section, request_method)
        if early is not None:
            return early
    is_response = isinstance(start, StatusLine)
    otherwise = FramingKind.CLOSE if is_response else FramingKind.NONE
    if section.all("transfer-encoding"):
        notes = list(_transfer_notes(section, start.part(start.version)))
        if transfer_codings(section)[-1:] == [b"chunked"]:
            return Framing(FramingKind.CHUNKED, notes=tuple(notes))
        if not is_response:
            text = "the last transfer coding of a request is not chunked: where it ends cannot be known"
            notes.append(_note(Severity.ERROR, text, section.all("transfer-encoding")[-1], "RFC 9112 6.3"))
            length, more = _lengths(section)
            kind = FramingKind.NONE if length is None else FramingKind.LENGTH
            return Framing(kind, length or 0, (*notes, *more))
        return Framing(otherwise, notes=tuple(notes))
    length, found = _lengths(section)
    if length is not None:
        return Framing(FramingKind.LENGTH, length, tuple(found))
    return Framing(otherwise, notes=tuple(found))


def _bodyless(status: StatusLine, section: HeaderSection, request_method: bytes | None) -> Framing | None:
    """Items 1 and 2 of RFC 9112 6.3: responses that end with their header section."""
    code = status.code or 0
    if request_method == b"CONNECT" and 200 <= code < 300:
        return Framing(FramingKind.NONE, notes=tuple(_bodyless_notes(status, section)), switches=True)
    if 100 <= code < 200 or code == 204:
        return Framing(FramingKind.NONE, notes=tuple(_bodyless_notes(status, section)), switches=code == _SWITCHING)
    if code == 304 or request_method == b"HEAD":
        return Framing(FramingKind.NONE)
    return None

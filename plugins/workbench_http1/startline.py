"""Start lines: request lines, status lines, and telling them from anything else (RFC 9112 section 3 and 4).

All offsets are relative to the first byte of the line.
"""

import re
from dataclasses import dataclass

from workbench.api import Note, Severity

__all__ = [
    "METHODS",
    "TOKEN",
    "RequestLine",
    "StatusLine",
    "maybe_request_line",
    "maybe_start_line",
    "maybe_status_line",
    "text_of",
]

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
"""RFC 9110 5.6.2."""

METHODS = frozenset(
    b"GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY "  # RFC 9110 9, RFC 5789, the QUERY draft
    b"PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK "  # RFC 4918
    b"VERSION-CONTROL REPORT CHECKOUT CHECKIN UNCHECKOUT MKWORKSPACE UPDATE LABEL MERGE BASELINE-CONTROL MKACTIVITY "  # RFC 3253
    b"ORDERPATCH ACL SEARCH BIND REBIND UNBIND LINK UNLINK MKCALENDAR MKREDIRECTREF UPDATEREDIRECTREF "  # the IANA registry
    b"M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE "  # UPnP over TCP
    b"BCOPY BMOVE BDELETE BPROPFIND BPROPPATCH POLL "  # WebDAV of Exchange
    b"RPC_CONNECT RPC_IN_DATA RPC_OUT_DATA CCM_POST PURGE DEBUG TRACK".split()  # seen in the wild
)
"""Methods that make a request line of a line without an HTTP version."""

_VERSION = re.compile(rb"HTTP/(\d)\.(\d)")
_LOOSE_VERSION = re.compile(rb"[Hh][Tt][Tt][Pp]/[!-~]*")
_OTHER_VERSION = re.compile(rb"[A-Za-z]+/\d\.\d")
_WORD = re.compile(rb"[^ \t\v\f\r]+")  # RFC 9112 3 names these as the white space that a lenient recipient may accept
_WORD_SEPARATORS = re.compile(rb"[ \t\v\f\r]")
_PREFACE_OF_HTTP2 = b"PRI * HTTP/2.0"  # RFC 9113 3.4: made so that no HTTP/1 server takes it for a request
_STATUS = re.compile(rb"(HTTP/[!-~]*)([ \t]*)([^ \t]*)([ \t]?)")
_FOREIGN_TARGET = re.compile(rb"(?:rtspu?|rtsps|sips?|tel):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """`method SP target SP version`; a missing part is an empty range. `notes` are what is wrong with it."""

    method: tuple[int, int]
    target: tuple[int, int]
    version: tuple[int, int]
    line: bytes
    notes: tuple[Note, ...] = ()

    def part(self, span: tuple[int, int]) -> bytes:
        """The bytes of a part."""
        return self.line[span[0] : span[1]]

    @property
    def is_simple(self) -> bool:
        """A request of HTTP/0.9: no version and, unless the peer goes on, no header section (RFC 1945 5)."""
        return self.version[0] == self.version[1]


@dataclass(frozen=True, slots=True)
class StatusLine:
    """`version SP code SP phrase`; `code` is None where there are no three digits."""

    version: tuple[int, int]
    code_at: tuple[int, int]
    phrase: tuple[int, int]
    code: int | None
    line: bytes
    notes: tuple[Note, ...] = ()

    def part(self, span: tuple[int, int]) -> bytes:
        """The bytes of a part."""
        return self.line[span[0] : span[1]]


def text_of(data: bytes) -> str:
    """Text of protocol elements: ISO 8859-1 keeps every octet apart, and RFC 9110 5.5 makes those above ASCII opaque."""
    return data.decode("latin-1")


def _version_notes(line: bytes, span: tuple[int, int]) -> list[Note]:
    version = line[span[0] : span[1]]
    if not version:
        return [Note(Severity.WARN, "no HTTP version: a request of HTTP/0.9", 0, len(line), "RFC 1945 5")]
    match = _VERSION.fullmatch(version)
    if match is None:
        return [Note(Severity.ERROR, "this is not HTTP-version: 'HTTP/' DIGIT '.' DIGIT, case-sensitive", *span, "RFC 9112 2.3")]
    if match[1] != b"1":
        return [Note(Severity.WARN, f"major version {match[1].decode()} in the syntax of HTTP/1", *span, "RFC 9110 2.5")]
    return []


def _separator_notes(line: bytes, *gaps: tuple[int, int]) -> list[Note]:
    return [
        Note(Severity.WARN, "the parts of a request line are separated by one space each", *gap, "RFC 9112 3")
        for gap in gaps
        if gap[0] < gap[1] and line[gap[0] : gap[1]] != b" "
    ]


def maybe_request_line(line: bytes) -> RequestLine | None:
    """Read a line (without its end) as a request line, or None if it is none.

    It is one if it ends in an HTTP version, or if it begins with a known method and space. The last word is the version and
    whatever stands between it and the method is the target, spaces included, as most servers that tolerate them do.
    """
    words = [match.span() for match in _WORD.finditer(line)]
    if not words or words[0][0] > 0 or TOKEN.match(line) is None or line == _PREFACE_OF_HTTP2:
        return None
    method = words[0]
    versioned = len(words) > 1 and _LOOSE_VERSION.fullmatch(line, *words[-1]) is not None
    if not versioned and (line[: method[1]] not in METHODS or len(line) == method[1] or _is_foreign(line, words)):
        return None
    version = words[-1] if versioned else (words[-1][1], words[-1][1])
    between = words[1:-1] if versioned else words[1:]
    target = (between[0][0], between[-1][1]) if between else (version[0], version[0])
    notes = _version_notes(line, version) + _separator_notes(line, (method[1], target[0]), (target[1], version[0]))
    if words[-1][1] < len(line):
        notes.append(Note(Severity.WARN, "white space behind the request line", words[-1][1], len(line), "RFC 9112 3"))
    notes += _part_notes(line, method, target)
    return RequestLine(method, target, version, line, tuple(notes))


def _is_foreign(line: bytes, words: list[tuple[int, int]]) -> bool:
    """RTSP and SIP share HTTP's form and some of its methods."""
    version = len(words) > 2 and _OTHER_VERSION.fullmatch(line, *words[-1]) is not None
    return version or (len(words) > 1 and _FOREIGN_TARGET.match(line, words[1][0]) is not None)


def _part_notes(line: bytes, method: tuple[int, int], target: tuple[int, int]) -> list[Note]:
    notes = []
    if not TOKEN.fullmatch(line, *method):
        notes.append(Note(Severity.ERROR, "the method is not a token", *method, "RFC 9110 9.1"))
    found = line[target[0] : target[1]]
    if not found:
        notes.append(Note(Severity.ERROR, "no request target", *target, "RFC 9112 3.2"))
    elif _WORD_SEPARATORS.search(found):
        notes.append(Note(Severity.ERROR, "white space in the request target", *target, "RFC 9112 3.2"))
    elif any(byte <= 0x20 or byte >= 0x7F for byte in found):
        notes.append(Note(Severity.WARN, "the request target has octets outside of the URI syntax", *target, "RFC 3986 2"))
    return notes


def maybe_status_line(line: bytes) -> StatusLine | None:
    """Read a line (without its end) as a status line, or None if it is none: it begins with "HTTP/"."""
    match = _STATUS.match(line)
    if match is None:
        return None
    version, gap, code_at, phrase = match.span(1), match.span(2), match.span(3), (match.end(), len(line))
    notes = _version_notes(line, version) + _separator_notes(line, gap)
    code = int(match[3]) if re.fullmatch(rb"\d{3}", match[3]) else None
    if code is None:
        notes.append(Note(Severity.ERROR, "the status code is not three digits", *code_at, "RFC 9112 4"))
    elif not 100 <= code <= 599:
        notes.append(Note(Severity.WARN, f"status code {code} has no class", *code_at, "RFC 9110 15"))
    if code is not None and not match[4]:
        notes.append(Note(Severity.CHAT, "no space behind the status code", *code_at, "RFC 9112 4"))
    if b"\0" in line or b"\r" in line:
        notes.append(Note(Severity.ERROR, "control octet in the status line", *phrase, "RFC 9112 4"))
    return StatusLine(version, code_at, phrase, code, line, tuple(notes))


def maybe_start_line(line: bytes) -> RequestLine | StatusLine | None:
    """Read a line (without its end) as the first line of a message of either kind."""
    return maybe_status_line(line) or maybe_request_line(line)

"""What a field section must and must not be (RFC 9114 4.2 to 4.4 and 10.3, RFC 9220 3), and what it says about its message."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from workbench.api import Severity
from workbench_http3.qpack import UNKNOWN

__all__ = ["Breach", "Head", "Kind", "breaches", "read_list"]

_CONNECTION_FIELDS = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"))
_REQUEST = frozenset((b":method", b":scheme", b":authority", b":path", b":protocol"))
_RESPONSE = frozenset((b":status",))
_BAD_NAME = re.compile(rb"[\x00-\x20A-Z\x7f-\xff]")
_BAD_VALUE = re.compile(rb"[\x00\r\n]")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SAFE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"TRACE"))


class Kind(Enum):
    """What a header section begins or ends."""

    REQUEST = "request"
    RESPONSE = "response"
    PROMISE = "promised request"
    TRAILERS = "trailers"


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a section does not keep, and the number of the line that shows it (None: the section as a whole)."""

    text: str
    section: str
    line: int | None = None
    severity: Severity = Severity.ERROR


@dataclass(slots=True)
class Head:
    """A header section read: names and values in wire order, the first of each pseudo-header, and the known lengths of the body."""

    pairs: Sequence[tuple[bytes, bytes]]
    pseudo: dict[bytes, bytes] = field(default_factory=dict)

    def first(self, name: bytes) -> bytes | None:
        """The first value of a field."""
        return next((value for key, value in self.pairs if key == name), None)

    def members(self, name: bytes) -> list[bytes]:
        """The list members of all lines of a field, in lower case."""
        members = b",".join(value for key, value in self.pairs if key == name).lower().split(b",")
        return [member.strip() for member in members if member.strip()]

    @property
    def status(self) -> int | None:
        """The status code, where it is three digits."""
        status = self.pseudo.get(b":status", b"")
        return int(status) if len(status) == 3 and status.isdigit() else None

    @property
    def length(self) -> int | None:
        """Content-Length, where it is one number."""
        values = {value for key, value in self.pairs if key == b"content-length"}
        value = values.pop() if len(values) == 1 else b""
        return int(value) if value.isdigit() and len(value) < 20 else None


def read_list(pairs: Sequence[tuple[bytes, bytes]]) -> Head:
    """What a header list says."""
    head = Head(pairs)
    for name, value in pairs:
        if name[:1] == b":":
            head.pseudo.setdefault(name, value)
    return head


def breaches(head: Head, kind: Kind) -> Iterator[Breach]:
    """All rules that the section breaks; each makes its message malformed (RFC 9114 4.1.2) unless it is only odd."""
    yield from _lines(head, kind)
    if kind is Kind.REQUEST:
        yield from _request(head)
    elif kind is Kind.PROMISE:
        yield from _request(head)
        yield from _promise(head)
    elif kind is Kind.RESPONSE:
        yield from _response(head)


def _lines(head: Head, kind: Kind) -> Iterator[Breach]:
    seen: set[bytes] = set()
    regular = False
    for number, (name, value) in enumerate(head.pairs):
        if name is UNKNOWN:  # which may be a pseudo-header field or not
            continue
        if name[:1] == b":":
            yield from _pseudo(name, kind, number, repeated=name in seen, late=regular)
            seen.add(name)
        else:
            regular = True
            yield from _regular(name, value, number)
        yield from _value(value, number)


def _pseudo(name: bytes, kind: Kind, number: int, *, repeated: bool, late: bool) -> Iterator[Breach]:
    shown = name.decode("latin-1")
    if kind is Kind.TRAILERS:
        yield Breach(f"the pseudo-header field {shown} in trailers", "RFC 9114 4.3", number)
        return
    allowed = _RESPONSE if kind is Kind.RESPONSE else _REQUEST
    if name not in allowed:
        yield Breach(f"{shown!r} is no pseudo-header field of a {kind.value}", "RFC 9114 4.3", number)
    if repeated:
        yield Breach(f"a second {shown}", "RFC 9114 4.3", number)
    if late:
        yield Breach(f"{shown} behind a regular field", "RFC 9114 4.3", number)


def _regular(name: bytes, value: bytes, number: int) -> Iterator[Breach]:
    if not name:
        yield Breach("a field without a name", "RFC 9114 10.3", number)
    elif _BAD_NAME.search(name):
        upper = name.lower() != name
        what = "an upper-case letter" if upper else "an octet that names must not have"
        section = "RFC 9114 4.2" if upper else "RFC 9114 10.3"
        yield Breach(f"{what} in the field name {name.decode('latin-1')!r}", section, number)
    elif b":" in name:
        yield Breach(f"a colon in the field name {name.decode('latin-1')!r}", "RFC 9114 10.3", number)
    elif not _TOKEN.fullmatch(name):
        yield Breach(f"the field name {name.decode('latin-1')!r} is no token", "RFC 9110 5.1", number, Severity.WARN)
    if name in _CONNECTION_FIELDS:
        yield Breach(f"the connection-specific field {name.decode()}", "RFC 9114 4.2", number)
    if name == b"te" and value.lower() != b"trailers":
        yield Breach("TE other than 'trailers'", "RFC 9114 4.2", number)


def _value(value: bytes, number: int) -> Iterator[Breach]:
    if _BAD_VALUE.search(value):
        yield Breach("NUL, CR or LF in a field value", "RFC 9114 10.3", number)
    if value != value.strip(b" \t"):
        yield Breach("a field value begins or ends with white space", "RFC 9110 5.5", number, Severity.WARN)


def _request(head: Head) -> Iterator[Breach]:
    pseudo = head.pseudo
    if any(name is UNKNOWN for name, _ in head.pairs):
        return
    method = pseudo.get(b":method")
    if method is None:
        yield Breach("a request without :method", "RFC 9114 4.3.1")
    elif not _TOKEN.fullmatch(method) and method is not UNKNOWN:
        yield Breach("the method is no token", "RFC 9110 9.1")
    if method == b"CONNECT" and b":protocol" not in pseudo:
        yield from _connect(head)
        return
    if b":protocol" in pseudo and method != b"CONNECT":
        yield Breach(":protocol with a method other than CONNECT", "RFC 9220 3")
    if b":scheme" not in pseudo:
        yield Breach("a request without :scheme", "RFC 9114 4.3.1")
    path = pseudo.get(b":path")
    if path is None:
        yield Breach("a request without :path", "RFC 9114 4.3.1")
    elif pseudo.get(b":scheme") in (b"http", b"https"):
        if not path:
            yield Breach("an empty :path", "RFC 9114 4.3.1")
        elif path[:1] != b"/" and not (path == b"*" and method == b"OPTIONS") and path is not UNKNOWN:
            yield Breach(":path does not begin with '/'", "RFC 9114 4.3.1")
    yield from _authority(head)
    yield from _length(head)


def _connect(head: Head) -> Iterator[Breach]:
    for name in (b":scheme", b":path"):
        if name in head.pseudo:
            yield Breach(f"CONNECT with {name.decode()}", "RFC 9114 4.4")
    if not head.pseudo.get(b":authority"):
        yield Breach("CONNECT without :authority", "RFC 9114 4.4")


def _authority(head: Head) -> Iterator[Breach]:
    authority = head.pseudo.get(b":authority")
    host = head.first(b"host")
    if authority is not None and b"@" in authority:
        yield Breach(":authority with userinfo", "RFC 9114 4.3.1")
    if head.pseudo.get(b":scheme") not in (b"http", b"https"):
        return
    if authority == b"" or host == b"":
        yield Breach("an empty :authority or host", "RFC 9114 4.3.1")
    if authority is None and host is None:
        yield Breach("neither :authority nor host", "RFC 9114 4.3.1")
    if authority is not None and host is not None and authority.lower() != host.lower():
        yield Breach(":authority and host differ", "RFC 9114 4.3.1")


def _promise(head: Head) -> Iterator[Breach]:
    method = head.pseudo.get(b":method")
    if method is not None and method is not UNKNOWN and method not in _SAFE:
        yield Breach("a promised request whose method is not safe", "RFC 9114 4.6", severity=Severity.WARN)
    if head.length:
        yield Breach("a promised request with content", "RFC 9114 4.6", severity=Severity.WARN)
    if not head.pseudo.get(b":authority"):
        yield Breach("a promised request without :authority", "RFC 9114 4.6")


def _response(head: Head) -> Iterator[Breach]:
    status = head.pseudo.get(b":status")
    if status is None:
        if not any(name is UNKNOWN for name, _ in head.pairs):
            yield Breach("a response without :status", "RFC 9114 4.3.2")
    elif head.status is None and status is not UNKNOWN:
        yield Breach("the status code is not three digits", "RFC 9114 4.3.2")
    elif head.status == 101:
        yield Breach("101 Switching Protocols does not exist in HTTP/3", "RFC 9114 4.5")
    yield from _length(head)


def _length(head: Head) -> Iterator[Breach]:
    values = {value for key, value in head.pairs if key == b"content-length"}
    if len(values) > 1:
        yield Breach("several content-length fields that differ", "RFC 9110 8.6")
    elif values and head.length is None and values != {UNKNOWN}:
        yield Breach("content-length is no number", "RFC 9110 8.6")

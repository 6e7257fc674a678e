"""The opening handshake (RFC 6455 4) where no other protocol has read it: an HTTP request and its response, as messages of this one.

In captures `http1` reads it and hands over. A flow that is WebSocket by decree (decode-as, the fuzzer, the laws) begins with it here. Only
as much of HTTP is understood as a handshake needs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench.api import Direction, Field, Message, Note, Severity
from workbench_websocket.agreement import Headers, Remark
from workbench_websocket.limits import MAX_HEADERS
from workbench_websocket.messages import NAME, TITLE, Place
from workbench_websocket.states import ACCEPTED, OFFERED, REFUSED

__all__ = ["Opening", "build_opening", "opening_message", "read_opening"]

_REQUEST = re.compile(rb"([!-~]+) ([!-~]+) (HTTP/\d\.\d)")
_STATUS = re.compile(rb"(HTTP/\d\.\d) (\d{3})(?: ([^\r\n]*))?")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*")
_SWITCHING = 101


@dataclass(frozen=True, slots=True)
class Opening:
    """A head as it was read: the parts of its start line and its header fields, each (value, start, end); a broken start line has no parts.

    `body` is how many bytes follow the head, None for all that come.
    """

    size: int
    line_end: int
    parts: tuple[tuple[str, bytes, int, int], ...]
    lines: tuple[tuple[bytes, bytes, int, int, int], ...]
    """(name, value, start of the line, start of the value, end of the line)."""
    status: int | None
    odd: tuple[tuple[int, int], ...]
    """Lines that are no header field."""
    body: int | None

    @property
    def headers(self) -> Headers:
        """As `agreement` wants them."""
        return tuple((name.lower(), value) for name, value, *_ in self.lines)

    @property
    def switches(self) -> bool:
        """Whether frames follow."""
        return self.status == _SWITCHING


def read_opening(data: bytes, direction: Direction) -> Opening:
    """Read a whole head, its empty line included."""
    ends = [found.start() for found in re.finditer(rb"\n", data)]
    spans = [(start, end) for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)]
    first = data[: ends[0]].removesuffix(b"\r")
    names = ("version", "code", "phrase") if direction is Direction.TO_CLIENT else ("method", "uri", "version")
    found = (_STATUS if direction is Direction.TO_CLIENT else _REQUEST).fullmatch(first)
    parts = [
        (name, found.group(group) or b"", *found.span(group))
        for group, name in enumerate(names, 1)
        if found and found.span(group)[0] >= 0
    ]
    lines: list[tuple[bytes, bytes, int, int, int]] = []
    odd: list[tuple[int, int]] = []
    for start, end in spans[1:]:
        line = data[start:end].removesuffix(b"\r")
        header = _FIELD.fullmatch(line)
        if header is not None and len(lines) < MAX_HEADERS:
            lines.append((header.group(1), header.group(2), start, start + header.start(2), end + 1))
        elif line:
            odd.append((start, end + 1))
    status = int(found.group(2)) if found and direction is Direction.TO_CLIENT else None
    head = Opening(len(data), ends[0] + 1, tuple(parts), tuple(lines), status, tuple(odd), 0)
    return Opening(head.size, head.line_end, head.parts, head.lines, head.status, head.odd, _body(head, direction))


def _body(head: Opening, direction: Direction) -> int | None:
    lengths = [value for name, value in head.headers if name == b"content-length"]
    if head.switches:
        return 0
    if lengths and lengths[0].isdigit() and len(lengths[0]) < 16:
        return int(lengths[0])
    return None if direction is Direction.TO_CLIENT else 0


def opening_message(place: Place, head: Opening, exchange: int, remarks: tuple[Remark, ...]) -> Message:
    """The message of a handshake's request or response, its body included."""
    raw = place.raw
    is_request = place.direction is Direction.TO_SERVER
    prefix = "http.request" if is_request else "http.response"
    label = OFFERED if is_request else ACCEPTED if head.switches else REFUSED
    first = raw[: head.line_end].rstrip(b"\r\n").decode("latin-1")
    fields = [
        Field("Start line", 0, head.line_end, None, tuple(_parts(head, prefix)), text=first),
        Field("headers", head.line_end, head.size, None, tuple(_lines(head, prefix + ".line"))),
    ]
    if len(raw) > head.size:
        fields.append(Field("body", head.size, len(raw), raw[head.size :], abbrev="http.file_data"))
    return Message(
        protocol=NAME,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=raw,
        root=Field(TITLE + " opening handshake", 0, len(raw), None, tuple(fields), "websocket"),
        label=label,
        summary=first,
        notes=tuple(_notes(place, head, remarks)),
        value=None if place.missing or head.odd or not head.parts else _value(head, raw),
        exchange=("handshake", exchange),
    )


def _parts(head: Opening, prefix: str) -> Iterator[Field]:
    for name, found, start, end in head.parts:
        value: int | str = int(found) if name == "code" else found.decode("latin-1")
        yield Field(name, start, end, value, abbrev=f"{prefix}.{name}")


def _lines(head: Opening, abbrev: str) -> Iterator[Field]:
    for name, value, start, at, end in head.lines:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        low = key.lower().replace("-", "_")
        own = f"http.{low}" if low.startswith("sec_websocket_") or low in ("host", "upgrade", "connection", "origin") else ""
        parts = (Field("name", start, start + len(name), key), Field("value", at, at + len(value), text, abbrev=own))
        yield Field(key, start, end, f"{key}: {text}", parts, abbrev, text)


def _notes(place: Place, head: Opening, remarks: tuple[Remark, ...]) -> Iterator[Note]:
    size = head.size
    if not head.parts:
        what = "request" if place.direction is Direction.TO_SERVER else "status"
        yield Note(Severity.ERROR, f"this is no {what} line of HTTP/1", 0, head.line_end, "RFC 9112 2.1")
    for start, end in head.odd:
        yield Note(Severity.ERROR, "this is no header field", start, end, "RFC 9112 5")
    for severity, text, section in remarks:
        yield Note(severity, text, 0, size, section)
    if head.body is not None and place.end - place.start < size + head.body:
        yield Note(Severity.ERROR, "the content breaks off", size, len(place.raw), "RFC 9112 8")
    if place.missing:
        yield Note(Severity.WARN, f"{place.missing} bytes are missing: not captured, or beyond what is kept", 0, len(place.raw))


def _value(head: Opening, raw: bytes) -> dict[str, Any]:
    start = {name: found.decode("latin-1") for name, found, *_ in head.parts}
    lines = [{"name": name.decode("latin-1"), "value": value.decode("latin-1")} for name, value, *_ in head.lines]
    return {**start, "headers": lines, "body": raw[head.size :]}


def build_opening(value: dict[str, Any]) -> bytes:
    """The bytes of a handshake from its value, as `Opening` was read from them where it was written in the usual way."""
    order = ("version", "code", "phrase") if "code" in value else ("method", "uri", "version")
    first = " ".join(str(value[name]) for name in order if name in value)
    lines = [first, *(f"{line['name']}: {line['value']}" for line in value["headers"]), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + bytes(value["body"])

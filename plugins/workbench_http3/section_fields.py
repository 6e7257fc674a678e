"""The tree of a decoded field section: its prefix, its lines, and the values that have filter names of their own."""

from collections.abc import Sequence

from workbench.api import Field
from workbench_http3.qpack import Line, Section
from workbench_http3.qpack_literals import Text

__all__ = ["KNOWN", "NUMERIC", "full_uri", "known_value", "section_fields"]

KNOWN: dict[bytes, str] = {
    name: "http3.headers." + name.decode().removeprefix(":").replace("-", "_")
    for name in (
        b":authority", b":status", b":path", b":protocol", b":method", b":scheme", b"accept", b"accept-charset", b"accept-encoding",
        b"accept-language", b"accept-ranges", b"access-control-allow-origin", b"age", b"allow", b"authorization", b"cache-control",
        b"content-disposition", b"content-encoding", b"content-language", b"content-length", b"content-location", b"content-range",
        b"content-type", b"cookie", b"date", b"etag", b"expect", b"expires", b"from", b"if-match", b"if-modified-since", b"if-none-match",
        b"if-range", b"if-unmodified-since", b"last-modified", b"link", b"location", b"max-forwards", b"proxy-authenticate",
        b"proxy-authorization", b"range", b"referer", b"refresh", b"retry-after", b"server", b"set-cookie", b"strict-transport-security",
        b"user-agent", b"vary", b"via", b"www-authenticate",
    )
}  # fmt: skip
"""The fields that have a filter name of their own in Wireshark."""

NUMERIC = frozenset((b":status", b"age", b"content-length", b"max-forwards"))
"""Those whose value is a number."""

_MOST_DIGITS = 19
"""Digits of a number; Wireshark keeps 64 bits."""


def section_fields(section: Section, start: int, end: int) -> list[Field]:
    """The fields of a section that lies at `[start, end)`: its measures, its lines, and the values that have names of their own."""
    lines = tuple(_line(line) for line in section.lines)
    fields = [
        *_prefix(section, start),
        Field("Headers Count", start, end, section.count, abbrev="http3.headers.count", generated=True),
        Field("Decoded Headers Length", start, end, section.size, abbrev="http3.headers.decoded_length", generated=True),
        Field("Field section", section.prefix_end or start, end, None, lines),
    ]
    for line in section.lines:
        abbrev = KNOWN.get(line.name)
        value = known_value(line) if abbrev else None
        if abbrev and value is not None:
            fields.append(Field(_text(line.name), line.start, line.end, value, abbrev=abbrev, generated=True))
    uri = full_uri([(line.name, line.value) for line in section.lines])
    if uri:
        fields.append(Field("Full request URI", start, end, uri, abbrev="http3.request.full_uri", generated=True))
    return fields


def _prefix(section: Section, start: int) -> list[Field]:
    """Required Insert Count and Base (RFC 9204 4.5.1), as sent and as meant."""
    if not section.prefix_end:
        return []
    middle, end = section.encoded_end, section.prefix_end
    fields = [
        Field(
            "Required Insert Count, encoded", start, middle, section.encoded, abbrev="http3.qpack.section.encoded_insert_count"
        ),
        Field("Sign", middle, middle + 1, section.sign, abbrev="http3.qpack.section.sign", bits=(8 * middle, 8 * middle + 1)),
        Field("Delta Base", middle, end, section.delta, abbrev="http3.qpack.section.delta_base"),
    ]
    if section.encoded:
        count, base = "http3.qpack.section.required_insert_count", "http3.qpack.section.base"
        fields += [
            Field("Required Insert Count", start, middle, section.required, abbrev=count, generated=True),
            Field("Base", middle, end, section.base, abbrev=base, generated=True),
        ]
    return fields


def full_uri(pairs: Sequence[tuple[bytes, bytes]]) -> str:
    """Scheme, authority and path of a request together; "" where one is missing."""
    first: dict[bytes, bytes] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    scheme, authority, path = (first.get(name) for name in (b":scheme", b":authority", b":path"))
    if not scheme or not authority or path is None:
        return ""
    return _text(scheme) + "://" + _text(authority) + _text(path)


def _text(data: bytes) -> str:
    """ISO 8859-1 keeps every octet apart (RFC 9110 5.5 makes those above ASCII opaque)."""
    return data.decode("latin-1")


def known_value(line: Line) -> int | str | None:
    """The value of a line as it has under the filter name that is its own; None where it should be a number, and is none."""
    if line.name not in NUMERIC:
        return _text(line.value)
    return int(line.value) if line.value.isdigit() and len(line.value) <= _MOST_DIGITS else None


def _line(line: Line) -> Field:
    start, end = line.start, line.end
    name, value = _text(line.name), _text(line.value)
    children = [
        Field("Representation", start, start + 1, line.representation, abbrev="http3.headers.header.repr"),
        *_literal("Name", line.name, line.name_at, line, "http3.headers.header.name"),
        *_literal("Value", line.value, line.value_at, line, "http3.headers.header.value"),
    ]
    if line.index is not None:
        children.insert(1, Field("Index", start, line.index_end, line.index, abbrev="http3.headers.header.index"))
    if line.absolute is not None:
        entry = Field("Entry", start, line.index_end, line.absolute, abbrev="http3.qpack.entry", generated=True)
        children.insert(2, entry)
    if line.never:
        children.append(Field("Never indexed", start, start + 1, line.never, abbrev="http3.headers.header.never"))
    return Field("Header", start, end, None, tuple(children), "http3.headers.header", text=f"{name}: {value}")


def _literal(what: str, content: bytes, at: Text | None, line: Line, abbrev: str) -> list[Field]:
    """Length and content of a name or value. What came from a table has the place of its index."""
    if at is None:
        start, end = line.start, line.index_end
        return [
            Field(f"{what} Length", start, end, len(content), abbrev=f"{abbrev}.length", generated=True),
            Field(what, start, end, _text(content), abbrev=abbrev, generated=True),
        ]
    return [
        Field("Huffman", at.at, at.at + 1, at.huffman, bits=(at.bit, at.bit + 1)),
        Field(f"{what} Length", at.at, at.start, len(content), abbrev=f"{abbrev}.length"),
        Field(what, at.start, at.end, _text(content), abbrev=abbrev),
    ]

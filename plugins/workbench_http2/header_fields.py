"""The tree of a decoded header block. Its fields point into the view of the block, which CONTINUATION frames may have brought together."""

from collections.abc import Sequence

from workbench.api import Field
from workbench_http2.hpack import Block, Form, Line, Text
from workbench_http2.static_table import STATIC

__all__ = ["KNOWN", "NUMERIC", "block_fields", "full_uri"]

KNOWN: dict[bytes, str] = {
    name: "http2.headers." + name.decode().removeprefix(":").replace("-", "_")
    for name, _ in STATIC
    if name and name not in (b"host", b"transfer-encoding")
}
"""The header fields that have a filter name of their own in Wireshark: all names of the static table but two."""

NUMERIC = frozenset((b":status", b"age", b"content-length", b"max-forwards"))
"""Those whose value is a number."""

_MOST_DIGITS = 19
"""Digits of a number; Wireshark keeps 64 bits."""


def block_fields(block: Block, data: bytes, view: int) -> list[Field]:
    """The fields of a header block: its measures, its lines, and the values that have names of their own."""
    lines = tuple(_line(line, view) for line in block.lines)
    size = len(data)
    fields = [
        Field("Header Length", 0, size, block.octets, abbrev="http2.header.length", view=view, generated=True),
        Field("Header Count", 0, size, block.count, abbrev="http2.header.count", view=view, generated=True),
        Field("Header block", 0, size, None, lines, view=view),
    ]
    for line in block.lines:
        abbrev = KNOWN.get(line.name) if line.form is not Form.RESIZE else None
        value: int | str | None = _value(line) if abbrev else None
        if abbrev and value is not None:
            fields.append(Field(_text(line.name), line.start, line.end, value, abbrev=abbrev, view=view, generated=True))
    uri = full_uri([(line.name, line.value) for line in block.lines])
    if uri:
        fields.append(Field("Full request URI", 0, size, uri, abbrev="http2.request.full_uri", view=view, generated=True))
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


def _value(line: Line) -> int | str | None:
    if line.name not in NUMERIC:
        return _text(line.value)
    return int(line.value) if line.value.isdigit() and len(line.value) <= _MOST_DIGITS else None


def _line(line: Line, view: int) -> Field:
    start, end = line.start, line.end
    if line.form is Form.RESIZE:
        size = Field(
            "Header table size", start, end, line.index, abbrev="http2.header_table_size_update.header_table_size", view=view
        )
        return Field("Header table size update", start, end, None, (size,), "http2.header_table_size_update", view=view)
    name, value = _text(line.name), _text(line.value)
    children = [
        *_literal("Name", line.name, line.name_at, line, "http2.header.name", view),
        *_literal("Value", line.value, line.value_at, line, "http2.header.value", view),
        Field("Representation", start, start + 1, line.representation, abbrev="http2.header.repr", view=view),
    ]
    if line.index:
        children.append(Field("Index", start, line.index_end, line.index, abbrev="http2.header.index", view=view))
    return Field("Header", start, end, None, tuple(children), "http2.header", text=f"{name}: {value}", view=view)


def _literal(what: str, content: bytes, at: Text | None, line: Line, abbrev: str, view: int) -> list[Field]:
    """Length and content of a name or value. What came from a table has the place of its index."""
    if at is None:
        start, end = line.start, line.index_end
        return [
            Field(f"{what} Length", start, end, len(content), abbrev=f"{abbrev}.length", view=view, generated=True),
            Field(what, start, end, _text(content), abbrev=abbrev, view=view, generated=True),
        ]
    bit = 8 * at.at
    return [
        Field("Huffman", at.at, at.at + 1, at.huffman, view=view, bits=(bit, bit + 1)),
        Field(f"{what} Length", at.at, at.start, len(content), abbrev=f"{abbrev}.length", view=view),
        Field(what, at.start, at.end, _text(content), abbrev=abbrev, view=view),
    ]

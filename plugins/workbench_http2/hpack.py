"""HPACK (RFC 7541) for readers: header blocks into header lines, each with the byte range of every part.

Nothing raises: what a decoder must treat as a COMPRESSION_ERROR ends the block with a `trouble`. An index behind the end of the dynamic
table is one, too, unless the beginning of the direction was not seen; then the line gets a placeholder. The way back is `pack`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from workbench_http2.header_table import ENTRY_OVERHEAD, HeaderTable
from workbench_http2.huffman import HuffmanError, huffman_decode, huffman_encode
from workbench_http2.limits import MAX_LINES, MAX_LIST

__all__ = ["UNKNOWN", "Block", "Form", "Line", "Text", "line_value", "pack", "unpack"]

UNKNOWN = b"<unknown>"
"""Name or value of a line whose table entry was never seen."""

_LARGEST = 2**32 - 1
"""Integers beyond are errors (RFC 7541 5.1): no length or index of a real block comes near."""


class Form(Enum):
    """How a line is represented (RFC 7541 6): its text, first byte and prefix bits."""

    INDEXED = ("Indexed Header Field", 0x80, 7)
    INCREMENTAL = ("Literal Header Field with Incremental Indexing", 0x40, 6)
    RESIZE = ("Dynamic Table Size Update", 0x20, 5)
    NEVER = ("Literal Header Field never Indexed", 0x10, 4)
    WITHOUT = ("Literal Header Field without Indexing", 0x00, 4)


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal of the block: `[at, start)` is its length, `[start, end)` its octets, Huffman-coded or not."""

    at: int
    start: int
    end: int
    huffman: bool


@dataclass(frozen=True, slots=True)
class Line:
    """`[start, end)` of the block. `index` as sent (0: the name is new); for RESIZE the new size.

    `name_at` and `value_at` are None for what came out of a table. `index_end` is where the index ends.
    """

    form: Form
    start: int
    end: int
    index: int
    index_end: int
    name: bytes = b""
    value: bytes = b""
    name_at: Text | None = None
    value_at: Text | None = None

    @property
    def representation(self) -> str:
        """Wireshark's words for it."""
        words: str = self.form.value[0]
        if self.form in (Form.INDEXED, Form.RESIZE):
            return words
        return f"{words} - {'Indexed Name' if self.index else 'New Name'}"


@dataclass(slots=True)
class Block:
    """A decoded header block. `lines` are those that are kept (`count` and `size`, by RFC 9113 6.5.2, are of all).

    `trouble` says why decoding ended early, with its section and place. `canonical`: integers were as short as they can be, so that `pack`
    gives the same bytes again. `unseen` counts indexes of entries that came before the capture began.
    """

    lines: list[Line] = field(default_factory=list)
    count: int = 0
    size: int = 0
    octets: int = 0
    """Names and values with their lengths in four octets each, which is what Wireshark calls the header length."""
    trouble: str = ""
    section: str = ""
    trouble_at: int = 0
    canonical: bool = True
    unseen: int = 0
    resizes: list[int] = field(default_factory=list)


class _BrokenError(Exception):
    def __init__(self, text: str, section: str) -> None:
        super().__init__(text)
        self.section = section


class _Reader:
    """A place in a block."""

    __slots__ = ("at", "canonical", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.canonical = True

    def integer(self, bits: int) -> int:
        """RFC 7541 5.1."""
        data, at = self.data, self.at
        most = (1 << bits) - 1
        value = data[at] & most
        at += 1
        if value == most:
            shift = 0
            while True:
                if at >= len(data):
                    raise _BrokenError("the block ends within an integer", "RFC 7541 5.1")
                byte = data[at]
                at += 1
                value += (byte & 0x7F) << shift
                shift += 7
                if value > _LARGEST or shift > 70:
                    raise _BrokenError("an integer of more than 32 bits", "RFC 7541 5.1")
                if byte < 0x80:
                    self.canonical = self.canonical and (byte > 0 or shift == 7)
                    break
        self.at = at
        return value

    def text(self, what: str) -> tuple[bytes, Text]:
        """RFC 7541 5.2."""
        at = self.at
        if at >= len(self.data):
            raise _BrokenError(f"the block ends before its last {what}", "RFC 7541 5.2")
        huffman = self.data[at] >= 0x80
        size = self.integer(7)
        start, end = self.at, self.at + size
        if end > len(self.data):
            raise _BrokenError(f"a {what} of {size} bytes where {len(self.data) - start} are left", "RFC 7541 5.2")
        self.at = end
        content = self.data[start:end]
        if huffman:
            try:
                content = huffman_decode(content)
            except HuffmanError as error:
                raise _BrokenError(f"a {what} has {error}", "RFC 7541 5.2") from None
        return content, Text(at, start, end, huffman)


def unpack(data: bytes, table: HeaderTable, allowed: int) -> Block:
    """Decode a whole block with the table of its direction; `allowed` is the largest table size its receiver has agreed to."""
    reader = _Reader(data)
    block = Block()
    try:
        while reader.at < len(data):
            line = _line(reader, table, allowed, block)
            if line.form is Form.RESIZE:
                block.resizes.append(line.index)
            else:
                block.count += 1
                length = len(line.name) + len(line.value)
                block.size += length + ENTRY_OVERHEAD
                block.octets += length + 8
            if len(block.lines) < MAX_LINES and block.size <= MAX_LIST:
                block.lines.append(line)
    except _BrokenError as error:
        block.trouble, block.section, block.trouble_at = str(error), error.section, reader.at
        table.forget()
    block.canonical = reader.canonical
    return block


def _line(reader: _Reader, table: HeaderTable, allowed: int, block: Block) -> Line:
    start = reader.at
    form = _form(reader.data[start])
    index = reader.integer(form.value[2])
    index_end = reader.at
    if form is Form.RESIZE:
        if block.count:
            raise _BrokenError("a table size update behind a header field", "RFC 7541 4.2")
        if index > allowed and not table.doubtful:
            raise _BrokenError(f"a table size of {index}, where {allowed} are allowed", "RFC 7541 6.3")
        table.resize(index)
        return Line(form, start, index_end, index, index_end)
    name, value = _entry(index, table, block) if index or form is Form.INDEXED else (b"", b"")
    if form is Form.INDEXED:
        return Line(form, start, index_end, index, index_end, name, value)
    name_at = None
    if not index:
        name, name_at = reader.text("name")
    value, value_at = reader.text("value")
    if form is Form.INCREMENTAL:
        table.add(name, value)
    return Line(form, start, reader.at, index, index_end, name, value, name_at, value_at)


def _form(byte: int) -> Form:
    if byte >= 0x80:
        return Form.INDEXED
    if byte >= 0x40:
        return Form.INCREMENTAL
    if byte >= 0x20:
        return Form.RESIZE
    return Form.NEVER if byte >= 0x10 else Form.WITHOUT


def _entry(index: int, table: HeaderTable, block: Block) -> tuple[bytes, bytes]:
    entry = table.find(index)
    if entry is not None:
        return entry
    if not index:
        raise _BrokenError("index 0 stands for nothing", "RFC 7541 6.1")
    if not table.doubtful:
        raise _BrokenError(f"index {index} is beyond the table", "RFC 7541 2.3.3")
    block.unseen += 1
    return UNKNOWN, UNKNOWN


def line_value(line: Line) -> dict[str, Any]:
    """A line as a value that can be changed and packed again: `form` (a name of `Form`), `index`, and the literals it has."""
    value: dict[str, Any] = {"form": line.form.name, "index": line.index}
    if line.name_at is not None:
        value |= {"name": line.name, "name_huffman": line.name_at.huffman}
    if line.value_at is not None:
        value |= {"value": line.value, "value_huffman": line.value_at.huffman}
    return value


def pack(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """The block that these line values make. Raises KeyError or TypeError for what is none."""
    out = bytearray()
    for line in lines:
        form = Form[line["form"]]
        _, first, bits = form.value
        index = line["index"]
        out += _integer(index, bits, first)
        if form in (Form.INDEXED, Form.RESIZE):
            continue
        if not index:
            out += _text(line.get("name", b""), line.get("name_huffman", False))
        out += _text(line.get("value", b""), line.get("value_huffman", False))
    return bytes(out)


def _integer(value: int, bits: int, first: int) -> bytes:
    if value < 0:
        raise ValueError(f"{value} cannot be packed")
    most = (1 << bits) - 1
    if value < most:
        return bytes((first | value,))
    out = bytearray((first | most,))
    value -= most
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _text(content: bytes, huffman: bool) -> bytes:
    coded = huffman_encode(content) if huffman else content
    return _integer(len(coded), 7, 0x80 if huffman else 0) + coded

"""Field sections of QPACK (RFC 9204 4.5) for readers: field lines, each with its representation and the byte range of every part.

Nothing raises: what a decoder must treat as QPACK_DECOMPRESSION_FAILED ends the section with a `trouble`. An entry that is not in the
table is one, too, unless the encoder stream was not seen whole; then the line gets a placeholder. The way back is `pack`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from workbench_http3.limits import MAX_LINES, MAX_LIST
from workbench_http3.qpack_literals import BrokenError, Reader, ShortError, Text, integer, text
from workbench_http3.qpack_static import STATIC
from workbench_http3.qpack_table import ENTRY_OVERHEAD, DynamicTable

__all__ = ["UNKNOWN", "Form", "Line", "Section", "line_value", "pack", "required", "unpack"]

UNKNOWN = b"<unknown>"
"""Name or value of a line whose table entry was never seen."""

_STATIC_SIZE = len(STATIC)


class Form(Enum):
    """How a line is represented (RFC 9204 4.5.2 to 4.5.6): its text, first byte, and bits of the index or of the name's length."""

    INDEXED = ("Indexed Field Line", 0x80, 6)
    NAMED = ("Literal Field Line with Name Reference", 0x40, 4)
    LITERAL = ("Literal Field Line with Literal Name", 0x20, 3)
    INDEXED_POST = ("Indexed Field Line with Post-Base Index", 0x10, 4)
    NAMED_POST = ("Literal Field Line with Post-Base Name Reference", 0x00, 3)


_STATIC_BIT: Mapping[Form, int] = {Form.INDEXED: 0x40, Form.NAMED: 0x10}
"""The bit that says that the index is one of the static table."""

_NEVER_BIT: Mapping[Form, int] = {Form.NAMED: 0x20, Form.LITERAL: 0x10, Form.NAMED_POST: 0x08}
"""The bit that says that nobody on the way may put the line into a table (RFC 9204 7.1.3)."""


class _First(NamedTuple):
    """What the first byte of a line says: its form, the bits of the index, and whose that is."""

    form: Form
    bits: int
    static: bool
    post: bool
    value: bool
    """Whether a value follows."""
    never: bool


def _first(byte: int) -> _First:
    form = next(form for form in Form if byte >= form.value[1])
    return _First(
        form,
        form.value[2],
        bool(byte & _STATIC_BIT.get(form, 0)),
        form in (Form.INDEXED_POST, Form.NAMED_POST),
        form in (Form.NAMED, Form.NAMED_POST),
        bool(byte & _NEVER_BIT.get(form, 0)),
    )


_FIRSTS = tuple(map(_first, range(256)))


@dataclass(frozen=True, slots=True)
class Line:
    """`[start, end)` of the section. `index` as sent, None where the name is literal; `absolute` where it leads in the dynamic table.

    `name_at` and `value_at` are None for what came out of a table. `index_end` is where the index ends.
    """

    form: Form
    start: int
    end: int
    name: bytes
    value: bytes
    index: int | None = None
    index_end: int = 0
    static: bool = False
    absolute: int | None = None
    never: bool = False
    name_at: Text | None = None
    value_at: Text | None = None

    @property
    def representation(self) -> str:
        """The RFC's words for it, with the table it refers to."""
        words: str = self.form.value[0]
        return words if self.index is None else f"{words} ({'static' if self.static else 'dynamic'})"


@dataclass(slots=True)
class Section:
    """A decoded field section. `lines` are those that are kept (`count` and `size`, by RFC 9114 4.2.2, are of all).

    The prefix: `encoded` and `required` are the Required Insert Count as sent and as meant, `sign`, `delta` and `base` the Base likewise;
    the first ends at `encoded_end`, the second at `prefix_end`. `trouble` says why decoding ended early, with its section and place.
    `canonical`: integers were as short as they can be, so that `pack` gives the same bytes again. `unseen` counts references to entries
    that were never seen.
    """

    lines: list[Line] = field(default_factory=list)
    count: int = 0
    size: int = 0
    encoded: int = 0
    required: int = 0
    sign: bool = False
    delta: int = 0
    base: int = 0
    encoded_end: int = 0
    prefix_end: int = 0
    trouble: str = ""
    section: str = ""
    trouble_at: int = 0
    canonical: bool = True
    unseen: int = 0
    highest: int = -1
    """The newest entry of the dynamic table that is referred to."""


def required(data: bytes, table: DynamicTable, at: int = 0) -> int:
    """How many inserts the section at an offset needs to be decoded; 0 where it needs none, or is broken in its very beginning."""
    try:
        return _required(Reader(data, at).integer(8), table)
    except (BrokenError, ShortError):
        return 0


def _required(encoded: int, table: DynamicTable) -> int:
    """The Required Insert Count (RFC 9204 4.5.1.1)."""
    if not encoded:
        return 0
    if table.maximum is None or table.doubtful:
        return encoded - 1  # without the decoder's settings nobody knows where counting wraps; it seldom has so early
    entries = table.maximum // ENTRY_OVERHEAD
    if encoded > 2 * entries:
        raise BrokenError(f"an encoded insert count of {encoded}, where {2 * entries} are the most", "RFC 9204 4.5.1.1")
    most = table.inserted + entries
    wrapped = most // (2 * entries) * 2 * entries
    count = wrapped + encoded - 1
    if count > most:
        if count <= 2 * entries:
            raise BrokenError(f"an insert count of {count} before there can be any", "RFC 9204 4.5.1.1")
        count -= 2 * entries
    if not count:
        raise BrokenError("a required insert count that comes out as 0", "RFC 9204 4.5.1.1")
    return count


def unpack(data: bytes, table: DynamicTable, at: int = 0) -> Section:
    """Decode the section that begins at an offset, to the end of the data, with the table of its direction as it is now."""
    reader = Reader(data, at)
    section = Section()
    start = at
    try:
        _prefix(reader, table, section)
        while reader.at < len(data):
            start = reader.at
            line = _line(reader, table, section)
            section.count += 1
            section.size += len(line.name) + len(line.value) + ENTRY_OVERHEAD
            if len(section.lines) < MAX_LINES and section.size <= MAX_LIST:
                section.lines.append(line)
    except BrokenError as error:
        section.trouble, section.section, section.trouble_at = str(error), error.section, start
    except ShortError as error:
        section.trouble, section.section, section.trouble_at = f"the section ends within {error}", "RFC 9204 4.5", start
    section.canonical = reader.canonical and not section.trouble
    return section


def _prefix(reader: Reader, table: DynamicTable, section: Section) -> None:
    """RFC 9204 4.5.1."""
    section.encoded = reader.integer(8)
    section.encoded_end = reader.at
    section.required = _required(section.encoded, table)
    section.sign = reader.at < len(reader.data) and reader.data[reader.at] >= 0x80
    section.delta = reader.integer(7)
    section.prefix_end = reader.at
    section.base = section.required - section.delta - 1 if section.sign else section.required + section.delta
    if section.base < 0:
        raise BrokenError(f"a base of {section.base}", "RFC 9204 4.5.1.2")


def _line(reader: Reader, table: DynamicTable, section: Section) -> Line:
    start = reader.at
    form, bits, static, post, valued, never = _FIRSTS[reader.data[start]]
    if form is Form.LITERAL:
        name, name_at = reader.text("name", 3)
        value, value_at = reader.text("value", 7)
        return Line(form, start, reader.at, name, value, never=never, name_at=name_at, value_at=value_at)
    index = reader.integer(bits)
    index_end = reader.at
    if static:
        absolute = None
        if index >= _STATIC_SIZE:
            raise BrokenError(f"index {index} is beyond the static table", "RFC 9204 3.1")
        name, value = STATIC[index]
    else:
        absolute = section.base + index if post else section.base - index - 1
        name, value = _entry(absolute, table, section)
    if not valued:
        return Line(form, start, index_end, name, value, index, index_end, static, absolute)
    value, value_at = reader.text("value", 7)
    return Line(form, start, reader.at, name, value, index, index_end, static, absolute, never, value_at=value_at)


def _entry(absolute: int, table: DynamicTable, section: Section) -> tuple[bytes, bytes]:
    """What a reference into the dynamic table means (RFC 9204 2.2.3)."""
    if absolute < 0:
        raise BrokenError(f"a reference {-absolute} before the first entry", "RFC 9204 2.2.3")
    if absolute >= section.required and not table.doubtful:
        text = f"a reference to entry {absolute}, where only {section.required} inserts are required"
        raise BrokenError(text, "RFC 9204 2.2.1")
    section.highest = max(section.highest, absolute)
    entry = None if table.doubtful else table.find(absolute)
    if entry is not None:
        return entry
    if absolute < table.dropped and not table.doubtful:
        raise BrokenError(f"a reference to entry {absolute}, which was evicted", "RFC 9204 2.2.3")
    section.unseen += 1
    return UNKNOWN, UNKNOWN


def line_value(line: Line) -> dict[str, Any]:
    """A line as a value that can be changed and packed again: `form` (a name of `Form`), `index` with `static`, and the literals it has."""
    value: dict[str, Any] = {"form": line.form.name}
    if line.index is not None:
        value["index"] = line.index
        if line.form in _STATIC_BIT:
            value["static"] = line.static
    if line.form in _NEVER_BIT:
        value["never"] = line.never
    if line.name_at is not None:
        value |= {"name": line.name, "name_huffman": line.name_at.huffman}
    if line.value_at is not None:
        value |= {"value": line.value, "value_huffman": line.value_at.huffman}
    return value


def pack(lines: Iterable[Mapping[str, Any]], *, encoded: int = 0, sign: bool = False, delta: int = 0) -> bytes:
    """The section that these line values make behind a prefix. Raises KeyError or TypeError for what is none."""
    out = bytearray(integer(encoded, 8) + integer(delta, 7, 0x80 * sign))
    for line in lines:
        form = Form[line["form"]]
        _, first, bits = form.value
        first |= _STATIC_BIT.get(form, 0) * bool(line.get("static")) | _NEVER_BIT.get(form, 0) * bool(line.get("never"))
        if form is Form.LITERAL:
            out += text(line["name"], bits, first, huffman=bool(line.get("name_huffman")))
        else:
            out += integer(line["index"], bits, first)
        if form not in (Form.INDEXED, Form.INDEXED_POST):
            out += text(line["value"], 7, huffman=bool(line.get("value_huffman")))
    return bytes(out)

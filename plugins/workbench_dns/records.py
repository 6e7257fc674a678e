"""Questions and resource records (RFC 1035 4.1.2, 4.1.3), as fields and as facts. Their data is `rdata`'s, that of EDNS `rdata_opt`'s."""

from dataclasses import dataclass

from workbench.api import Field, Note, Severity
from workbench_dns.cursor import Cursor, ShortError
from workbench_dns.names import ROOT, Name, Names, name_text
from workbench_dns.rdata import Data, read_data
from workbench_dns.rdata_opt import read_options
from workbench_dns.vocabulary import CLASSES, OPT, TYPES, class_name, type_name

__all__ = ["Edns", "Question", "Record", "read_question", "read_record"]


_SRV, _SERVICE_LABELS = 33, 2
"""A service's name is its own, its protocol's and its domain's."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, where it stands, and its field. `unicast` is the top bit of the class, which only mDNS takes out of it. `error` says
    what is missing."""

    start: int
    end: int
    name: Name
    type: int
    klass: int
    unicast: bool
    field: Field
    error: str = ""


@dataclass(frozen=True, slots=True)
class Edns:
    """What an OPT record says (RFC 6891 6.1.3); `codes` are those of its options."""

    size: int
    extended: int
    version: int
    dnssec: bool
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record in section `section` (0 answers, 1 authority, 2 additional); `names` are those in its data, `[data, end)`.

    `flush` is the top bit of the class (mDNS). `size` is the announced length of the data. `error` says what is missing.
    """

    section: int
    start: int
    end: int
    name: Name
    type: int
    klass: int
    flush: bool
    ttl: int
    data: int
    size: int
    names: tuple[Name, ...]
    text: str
    field: Field
    edns: Edns | None = None
    error: str = ""


def read_question(data: bytes, at: int, names: Names, *, multicast: bool) -> Question:
    """The question at an offset."""
    name = names.read(at, len(data))
    fields = [Field("Name", name.start, name.end, name.text, (), "dns.qry.name", "", name.error)]
    if name.fatal:
        field = Field(f"{name.text}: cut off", at, name.end, None, tuple(fields), "")
        return Question(at, name.end, name, 0, 0, False, field, name.error)
    end = name.end
    size = len(ROOT) if not name.labels else sum(map(len, name.labels)) + len(name.labels) - 1
    # as Wireshark counts: of the text, in which the root is a label, too
    fields.append(Field("Name length", at, end, size, (), "dns.qry.name.len", generated=True))
    fields.append(Field("Label count", at, end, max(1, len(name.labels)), (), "dns.count.labels", generated=True))
    rest = data[end : end + 4]
    if len(rest) < 4:
        last = Field("Type and class", end, len(data), rest or None, (), "", "", "type and class are cut off")
        field = Field(f"{name.text}: cut off", at, len(data), None, (*fields, last), "")
        return Question(at, len(data), name, 0, 0, False, field, "type and class are cut off")
    kind, whole = rest[0] << 8 | rest[1], rest[2] << 8 | rest[3]
    klass = whole & 0x7FFF if multicast else whole
    fields.append(Field("Type", end, end + 2, kind, (), "dns.qry.type", TYPES.get(kind, "")))
    unicast = multicast and whole >= 0x8000
    if multicast:
        bits = 8 * (end + 2)
        fields.append(
            Field("Class", end + 2, end + 4, klass, (), "dns.qry.class", CLASSES.get(klass, ""), "", 0, (bits + 1, bits + 16))
        )
        fields.append(Field('"QU" question', end + 2, end + 4, unicast, (), "dns.qry.qu", "", "", 0, (bits, bits + 1)))
    else:
        fields.append(Field("Class", end + 2, end + 4, klass, (), "dns.qry.class", CLASSES.get(klass, "")))
    title = f"{name.text}: type {type_name(kind)}, class {class_name(klass)}"
    return Question(at, end + 4, name, kind, klass, unicast, Field(title, at, end + 4, None, tuple(fields), ""))


def read_record(data: bytes, at: int, names: Names, section: int, *, multicast: bool, bare: bool) -> tuple[Record, list[Note]]:
    """The record at an offset. `bare` records may go without data: those of UPDATE (RFC 2136 2.4)."""
    name = names.read(at, len(data))
    fields = [Field("Name", name.start, name.end, name.text, (), "dns.resp.name", "", name.error)]
    end = name.end
    if name.fatal or len(data) < end + 10:
        return _cut_record(data, at, section, name, fields), []
    kind = data[end] << 8 | data[end + 1]
    size = data[end + 8] << 8 | data[end + 9]
    if kind == _SRV and len(name.labels) > _SERVICE_LABELS:
        fields += _service_fields(name)
    fields.append(Field("Type", end, end + 2, kind, (), "dns.resp.type", TYPES.get(kind, "")))
    start, stop = end + 10, min(end + 10 + size, len(data))
    error = "" if stop - start == size else f"{size - (stop - start)} bytes of its data are missing"
    length = Field("Data length", end + 8, end + 10, size, (), "dns.resp.len", "", error)
    if kind == OPT:
        return _read_opt(data, at, section, name, fields, length, stop, names, multicast=multicast)
    whole = data[end + 2] << 8 | data[end + 3]
    klass = whole & 0x7FFF if multicast else whole
    ttl = int.from_bytes(data[end + 4 : end + 8], "big")
    if multicast:
        bits = 8 * (end + 2)
        fields.append(
            Field("Class", end + 2, end + 4, klass, (), "dns.resp.class", CLASSES.get(klass, ""), "", 0, (bits + 1, bits + 16))
        )
        fields.append(
            Field("Cache flush", end + 2, end + 4, whole >= 0x8000, (), "dns.resp.cache_flush", "", "", 0, (bits, bits + 1))
        )
    else:
        fields.append(Field("Class", end + 2, end + 4, klass, (), "dns.resp.class", CLASSES.get(klass, "")))
    fields.append(Field("Time to live", end + 4, end + 8, ttl, (), "dns.resp.ttl"))
    fields.append(length)
    found = Data([], [], [], "") if not size and (bare or klass > 253) else read_data(data, start, stop, kind, names)
    fields += found.fields
    title = f"{name.text}: type {type_name(kind)}, class {class_name(klass)}{', ' if found.text else ''}{found.text}"
    field = Field(title, at, stop, None, tuple(fields), "")
    flush = multicast and whole >= 0x8000
    record = Record(
        section, at, stop, name, kind, klass, flush, ttl, start, size, tuple(found.names), found.text, field, None, error
    )
    notes = found.notes
    if ttl >= 0x80000000:
        notes = [*notes, Note(Severity.WARN, f"a TTL of {ttl} counts as 0", end + 4, end + 8, "RFC 2181 8")]
    return record, notes


def _service_fields(name: Name) -> list[Field]:
    """The parts of the name of a service (RFC 2782)."""
    parts = name_text(name.labels[:1]), name_text(name.labels[1:2]), name_text(name.labels[2:])
    titles = ("Service", "dns.srv.service"), ("Protocol", "dns.srv.proto"), ("Name", "dns.srv.name")
    return [
        Field(title, name.start, name.end, part, (), abbrev, generated=True)
        for (title, abbrev), part in zip(titles, parts, strict=True)
    ]


def _cut_record(data: bytes, at: int, section: int, name: Name, fields: list[Field]) -> Record:
    error = name.error if name.fatal else "the record is cut off"
    stop = name.end
    if not name.fatal:
        stop = len(data)
        rest = data[name.end :]
        fields.append(Field("Type, class, TTL and length", name.end, stop, rest or None, (), "", "", error))
    field = Field(f"{name.text}: cut off", at, stop, None, tuple(fields), "")
    return Record(section, at, stop, name, 0, 0, False, 0, stop, 0, (), "", field, None, error)


_OPT_BITS = (("DO bit", "dns.resp.z.do", 0, 1), ("Reserved", "dns.resp.z.reserved", 1, 15))


def _read_size(cursor: Cursor, *, multicast: bool) -> int:
    """How many bytes the sender takes in a datagram; the top bit is no part of it where answers have one (RFC 6762 18.12)."""
    if not multicast:
        return cursor.number(2, "UDP payload size", "dns.rr.udp_payload_size")
    at = cursor.at
    whole = int.from_bytes(cursor.take(2, "UDP payload size"), "big")
    for title, abbrev, value, bits in (
        ("UDP payload size", "dns.rr.udp_payload_size", whole & 0x7FFF, (8 * at + 1, 8 * at + 16)),
        ("Cache flush", "dns.resp.cache_flush", whole >= 0x8000, (8 * at, 8 * at + 1)),
    ):
        cursor.fields.append(Field(title, at, at + 2, value, (), abbrev, "", "", 0, bits))
    return whole & 0x7FFF


def _read_opt(
    data: bytes,
    at: int,
    section: int,
    name: Name,
    fields: list[Field],
    length: Field,
    stop: int,
    names: Names,
    *,
    multicast: bool,
) -> tuple[Record, list[Note]]:
    """OPT (RFC 6891 6.1): class and TTL are the sender's buffer size, more bits of the response code, the version and flags."""
    cursor = Cursor(data, name.end + 2, name.end + 8, names)
    udp = _read_size(cursor, multicast=multicast)
    extended = cursor.number(1, "Higher bits in extended RCODE", "dns.resp.ext_rcode", {0: "none"})
    version = cursor.number(1, "EDNS0 version", "dns.resp.edns0_version")
    flags = cursor.flags(2, "Z", "dns.resp.z", _OPT_BITS)
    inside = Cursor(data, name.end + 10, stop, names)
    try:
        text, codes = read_options(inside)
    except ShortError:
        text, codes = "", []
    dnssec = bool(flags & 0x8000)
    said = f"EDNS{version}, {udp} bytes{', DO' if dnssec else ''}{'; ' if text else ''}{text}"
    fields += [*cursor.fields, length, *inside.fields]
    field = Field(f"{name.text}: type OPT, {said}", at, stop, None, tuple(fields), "")
    edns = Edns(udp, extended, version, dnssec, tuple(codes))
    size = length.value
    ttl = int.from_bytes(data[name.end + 4 : name.end + 8], "big")
    record = Record(
        section,
        at,
        stop,
        name,
        OPT,
        udp,
        False,
        ttl,
        name.end + 10,
        size,
        tuple(inside.names_read),
        said,
        field,
        edns,
        length.error,
    )
    notes = inside.notes
    if name.labels:
        notes.append(Note(Severity.ERROR, "the name of OPT is the root", name.start, name.end, "RFC 6891 6.1.2"))
    if flags & 0x7FFF:
        notes.append(Note(Severity.NOTE, "reserved flags are set", name.end + 6, name.end + 8, "RFC 6891 6.1.4"))
    return record, notes

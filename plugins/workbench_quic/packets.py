"""One packet as a message: its fields, its value, its views. What the packet means for its connection is `decoder`.

Trees are light, for there are many of them: fields that depend on the first byte or on a connection ID alone are made once.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from workbench.api import UNDECODED, Direction, Field, Message, Note, Severity, View, deferred, flatten_fields
from workbench_quic.connection import Opened
from workbench_quic.frames import Frames, read_frames
from workbench_quic.glances import Flat, Glance
from workbench_quic.headers import LongHeader
from workbench_quic.levels import Level
from workbench_quic.measures import Facts, analysis_field
from workbench_quic.protection import TAG
from workbench_quic.summaries import label_of, summary_of
from workbench_quic.versions import Kind

__all__ = [
    "Draft",
    "first_byte",
    "long_message",
    "padding_message",
    "reset_message",
    "short_flat",
    "short_message",
    "undecoded_message",
]

WIRE, DECRYPTED = "QUIC packet", "Decrypted QUIC"
"""Names of the views of a packet."""

_FORMS = ("Short Header", "Long Header")
_NUMBERED = (Kind.INITIAL, Kind.EARLY, Kind.HANDSHAKE)


@dataclass(slots=True)
class Draft:
    """A packet on its way to be a message: `[start, start + len(raw))` of its direction."""

    direction: Direction
    start: int
    raw: bytes
    datagram: int = 0
    """Bytes of the datagram around it."""
    time_ns: int = 0
    connection: int = -1
    """The number of its connection; -1 where that is not known."""
    original: bytes | None = None
    """The connection ID that a Retry's integrity tag is about, if it was right."""
    opened: Opened | None = None
    frames: Frames | None = None
    glance: Glance | None = None
    """In place of `frames`, where the packet is an ordinary one."""
    analysis: Facts = field(default_factory=dict)
    """What it tells about the way between the sides."""
    notes: list[Note] = field(default_factory=list)

    def note(self, severity: Severity, text: str, section: str) -> None:
        """A remark on the whole packet."""
        self.notes.append(Note(severity, text, 0, len(self.raw), section))

    def message(self, kind: Kind, fields: list[Field], value: dict[str, Any] | None, parameters: dict[str, Any]) -> Message:
        """The finished message."""
        raw, opened, frames = self.raw, self.opened, self.frames
        views: tuple[View, ...] = ()
        items = None
        if opened is not None and frames is not None:
            fields += frames.fields
            views = View(WIRE, raw), View(DECRYPTED, opened.payload)
            items = frames.items
            if self.analysis:
                fields.append(analysis_field(self.analysis))
        if self.connection >= 0:
            fields.insert(0, _connection_field(self.connection))
        return Message(
            protocol="quic",
            direction=self.direction,
            start=self.start,
            end=self.start + len(raw),
            raw=raw,
            root=Field("quic", 0, len(raw), None, tuple(fields), "quic"),
            label=label_of(kind, items),
            summary=summary_of(kind, opened.number if opened is not None else None, items),
            notes=tuple(self.notes),
            views=views,
            value=value,
            parameters=parameters,
        )


@lru_cache(maxsize=1024)
def _connection_field(number: int) -> Field:
    return Field("Connection Number", 0, 0, number, (), "quic.connection.number", generated=True)


@lru_cache(maxsize=1024)
def first_byte(first: int, kind: Kind, *, is_v2: bool, opened: bool) -> tuple[Field, ...]:
    """The fields of a first byte, of which the masked bits are known if the packet was `opened` (RFC 9000 17.2, 17.3)."""
    form = Field("Header Form", 0, 1, first >> 7, (), "quic.header_form", _FORMS[first >> 7], bits=(0, 1))
    if kind is Kind.NEGOTIATION:
        return form, Field("Unused", 0, 1, first & 0x7F, (), "quic.vn.unused", bits=(1, 8))
    fixed = first >> 6 & 1
    fields = [form]
    if kind not in (Kind.RETRY, Kind.UNKNOWN):
        text = "" if fixed else "cleared, as RFC 9287 allows between those who agreed on it"
        fields.append(Field("Fixed Bit", 0, 1, fixed == 1, (), "quic.fixed_bit", text, bits=(1, 2)))
    if kind is Kind.ONE_RTT:
        fields.append(Field("Spin Bit", 0, 1, first >> 5 & 1 == 1, (), "quic.spin_bit", bits=(2, 3)))
    elif kind is not Kind.UNKNOWN:
        abbrev = "quic.long.packet_type_v2" if is_v2 else "quic.long.packet_type"
        fields.append(Field("Packet Type", 0, 1, first >> 4 & 3, (), abbrev, kind.value, bits=(2, 4)))
    if opened:
        fields += _unmasked_bits(first, short=kind is Kind.ONE_RTT)
    return tuple(fields)


def _unmasked_bits(first: int, *, short: bool) -> tuple[Field, ...]:
    size = (first & 3) + 1
    length = Field("Packet Number Length", 0, 1, first & 3, (), "quic.packet_number_length", f"{size} bytes", bits=(6, 8))
    if not short:
        return Field("Reserved", 0, 1, first >> 2 & 3, (), "quic.long.reserved", bits=(4, 6)), length
    return (
        Field("Reserved", 0, 1, first >> 3 & 3, (), "quic.short.reserved", bits=(3, 5)),
        Field("Key Phase Bit", 0, 1, first >> 2 & 1 == 1, (), "quic.key_phase", bits=(5, 6)),
        length,
    )


@lru_cache(maxsize=4096)
def _destination(cid: bytes) -> Field:
    """The connection ID of a short header."""
    return Field("Destination Connection ID", 1, 1 + len(cid), cid, (), "quic.dcid")


def _protected(draft: Draft, at: int, kind: Kind) -> list[Field]:
    """Packet number and payload, which is shown by its frames if it could be opened."""
    end, opened = len(draft.raw), draft.opened
    abbrev = "quic.protected_payload" if kind is Kind.ONE_RTT else "quic.payload"
    if opened is None:
        if at >= end:
            return []
        return [Field("Remaining Payload", at, end, draft.raw[at:], (), "quic.remaining_payload", f"{end - at} bytes, protected")]
    middle = at + opened.found.size
    return [
        Field("Packet Number", at, middle, opened.number, (), "quic.packet_number"),
        Field("Protected Payload", middle, end, None, (), abbrev, f"{end - middle} bytes"),
    ]


def _reserved_note(draft: Draft, mask: int) -> None:
    if draft.opened is not None and draft.opened.found.first & mask:
        section = "RFC 9000 17.2" if mask == 0x0C else "RFC 9000 17.3.1"
        draft.notes.append(Note(Severity.ERROR, "reserved bits are not zero (PROTOCOL_VIOLATION)", 0, 1, section))


def short_message(draft: Draft, cid: bytes) -> Message:
    """A 1-RTT packet to the connection ID `cid` (b"" also where it is not known)."""
    raw, opened = draft.raw, draft.opened
    _reserved_note(draft, 0x18)
    if draft.glance is not None and opened is not None:
        return _glanced_message(draft, opened, draft.glance, cid)
    fields = _short_fields(draft, cid)
    if opened is None:
        value = {"first": raw[0], "dcid": cid, "protected": raw[1 + len(cid) :]}
        return draft.message(Kind.ONE_RTT, fields, value, {})
    return draft.message(Kind.ONE_RTT, fields, _opened_value(opened, cid), {"protection": opened.protection})


def _short_fields(draft: Draft, cid: bytes) -> list[Field]:
    """All that is before the frames."""
    opened = draft.opened
    first = draft.raw[0] if opened is None else opened.found.first
    fields = [*first_byte(first, Kind.ONE_RTT, is_v2=False, opened=opened is not None)]
    if cid:
        fields.append(_destination(cid))
    fields += _protected(draft, 1 + len(cid), Kind.ONE_RTT)
    return fields


def _opened_value(opened: Opened, cid: bytes) -> dict[str, Any]:
    return {"first": opened.found.first, "dcid": cid, "number": opened.number, "payload": opened.payload}


def _glanced_message(draft: Draft, opened: Opened, seen: Glance, cid: bytes) -> Message:
    """An ordinary packet, whose tree is made when somebody looks at it."""

    def grow() -> tuple[Field, ...]:
        fields = [_connection_field(draft.connection), *_short_fields(draft, cid)]
        fields += read_frames(opened.payload, Level.ONE_RTT, 1).fields
        if draft.analysis:
            fields.append(analysis_field(draft.analysis))
        return tuple(fields)

    raw = draft.raw
    flat = short_flat(draft.connection, opened.found.first, cid).copy()
    flat["quic.packet_number"] = opened.number
    flat.update(seen.flat)
    flat.update(draft.analysis)
    return Message(
        protocol="quic",
        direction=draft.direction,
        start=draft.start,
        end=draft.start + len(raw),
        raw=raw,
        root=deferred("quic", len(raw), "quic", grow, flat),
        label=label_of(Kind.ONE_RTT, seen.items),
        summary=summary_of(Kind.ONE_RTT, opened.number, seen.items),
        notes=tuple(draft.notes),
        views=(View(WIRE, raw), View(DECRYPTED, opened.payload)),
        value=_opened_value(opened, cid),
        parameters={"protection": opened.protection},
    )


@lru_cache(maxsize=4096)
def short_flat(connection: int, first: int, cid: bytes) -> Flat:
    """What all short headers with this first byte say that are sent to this connection ID."""
    fields = (_connection_field(connection), *first_byte(first, Kind.ONE_RTT, is_v2=False, opened=True))
    return flatten_fields((*fields, _destination(cid)) if cid else fields)


def long_message(draft: Draft, header: LongHeader) -> Message:
    """A packet with a long header."""
    opened, kind = draft.opened, header.kind
    first = header.first if opened is None else opened.found.first
    is_v2 = header.version is not None and header.version.is_v2
    fields = [*first_byte(first, kind, is_v2=is_v2, opened=opened is not None), *header.fields]
    draft.notes[:0] = header.notes
    value: dict[str, Any] = {"first": first, "version": header.number, "dcid": header.dcid, "scid": header.scid}
    parameters: dict[str, Any] = {}
    if kind is Kind.NEGOTIATION:
        value["versions"] = list(header.offered)
    elif kind is Kind.RETRY:
        value |= {"token": header.token, "tag": header.tag}
        parameters["original"] = draft.original
    elif kind is Kind.UNKNOWN:
        value["rest"] = draft.raw[7 + len(header.dcid) + len(header.scid) :]
    elif header.number_at:
        at = header.number_at
        fields += _protected(draft, at, kind)
        _reserved_note(draft, 0x0C)
        if kind is Kind.INITIAL:
            value["token"] = header.token
            parameters["token_size"] = header.token_size
        parameters["length_size"] = header.length_size
        if opened is None:
            value["protected"] = draft.raw[at:]
        else:
            value |= {"number": opened.number, "payload": opened.payload}
            parameters["protection"] = opened.protection
    return draft.message(kind, fields, value if header.whole else None, parameters)


def reset_message(draft: Draft) -> Message:
    """A Stateless Reset (RFC 9000 10.3)."""
    raw, cut = draft.raw, len(draft.raw) - TAG
    fields = [
        *first_byte(raw[0], Kind.ONE_RTT, is_v2=False, opened=False)[:2],
        Field("Unpredictable Bits", 1, cut, raw[1:cut], (), "quic.unpredictable_bits"),
        Field("Stateless Reset Token", cut, len(raw), raw[cut:], (), "quic.stateless_reset_token"),
    ]
    return draft.message(Kind.RESET, fields, {"rest": raw}, {})


def padding_message(draft: Draft) -> Message:
    """Bytes behind a packet that are no packet of its connection (RFC 9000 12.2). Some senders make datagrams long enough with zeros."""
    data = Field("Coalesced Padding Data", 0, len(draft.raw), draft.raw, (), "quic.coalesced_padding_data")
    if draft.raw.strip(b"\0"):
        draft.note(Severity.NOTE, "bytes behind the last packet of the datagram, which receivers ignore", "RFC 9000 12.2")
    return draft.message(Kind.PADDING, [data], {"rest": draft.raw}, {})


def undecoded_message(direction: Direction, start: int, raw: bytes, note: Note | None, *, lost: int = 0) -> Message:
    """Bytes that are no packet, or `lost` ones that were never captured."""
    data = Field("data", 0, len(raw), raw, (), f"{UNDECODED}.data")
    return Message(
        protocol=UNDECODED,
        direction=direction,
        start=start,
        end=start + len(raw) + lost,
        raw=raw,
        root=Field(UNDECODED, 0, len(raw), None, (data,), UNDECODED),
        summary=f"{len(raw)} bytes" if raw else f"{lost} bytes that were not captured",
        notes=(note,) if note is not None else (),
    )

"""From a frame to a `Message`: tree, views, notes, summary. Flat fields are few, and named as in Wireshark."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from workbench.api import UNDECODED, Direction, Field, Message, Note, Severity, View
from workbench_websocket.assembly import Whole
from workbench_websocket.frames import Head
from workbench_websocket.opcodes import BINARY, CLOSE, CLOSE_NAMES, CONTINUATION, NAMES, TEXT
from workbench_websocket.payloads import Payload, close_payload, excerpt, message_fields, payload_fields
from workbench_websocket.states import symbol

__all__ = ["Place", "frame_message", "junk_message", "stump_message", "value_of"]

NAME = "websocket"
TITLE = "WebSocket"

HEADS = 4_096
"""Header trees kept for the next equal header: a session has a few hundred different first two bytes."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies: its direction, its range of the stream, and its kept bytes."""

    direction: Direction
    start: int
    end: int
    raw: bytes

    @property
    def missing(self) -> int:
        """Bytes of the range that are not in `raw`."""
        return self.end - self.start - len(self.raw)


@lru_cache(maxsize=HEADS)
def _first_bytes(first: int, second: int, compression: bool) -> Field:
    """The two bytes that every header has."""
    opcode = first & 0x0F
    rsv = [Field(f"RSV{bit + 1}", 0, 1, bool(first & 0x40 >> bit), bits=(bit + 1, bit + 2)) for bit in range(3)]
    if compression:
        rsv[0] = Field("Per-message compressed", 0, 1, bool(first & 0x40), abbrev="websocket.pmc", bits=(1, 2))
    return Field(
        "head",
        0,
        2,
        None,
        (
            Field("Fin", 0, 1, first >= 0x80, abbrev="websocket.fin", bits=(0, 1)),
            Field("Reserved", 0, 1, first >> 4 & 7, tuple(rsv), "websocket.rsv", bits=(1, 4)),
            Field("Opcode", 0, 1, opcode, abbrev="websocket.opcode", text=NAMES.get(opcode, "reserved"), bits=(4, 8)),
            Field("Mask", 1, 2, second >= 0x80, abbrev="websocket.mask", bits=(8, 9)),
            Field("Payload length", 1, 2, second & 0x7F, abbrev="websocket.payload_length", bits=(9, 16)),
        ),
        text=NAMES.get(opcode, "reserved"),
    )


def _head_fields(head: Head, compression: bool) -> Iterator[Field]:
    yield _first_bytes(head.first, head.second, compression)
    if head.short_length == 126:
        yield Field("extended", 2, 4, head.length, abbrev="websocket.payload_length_ext_16")
    elif head.short_length == 127:
        yield Field("extended", 2, 10, head.length, abbrev="websocket.payload_length_ext_64")
    if head.key:
        yield Field("Masking key", head.size - 4, head.size, head.key, abbrev="websocket.masking_key")


def value_of(head: Head, payload: bytes) -> dict[str, Any]:
    """The value as `grammar.FRAME` parses it."""
    first = {
        "fin": head.fin,
        "rsv": head.rsv,
        "opcode": head.opcode,
        "mask": head.masked,
        "payload_length": head.short_length,
    }
    return {
        "head": first,
        "extended": head.length if head.short_length >= 126 else None,
        "masking_key": head.key if head.masked else None,
        "payload": payload,
    }


def frame_message(
    place: Place,
    head: Head,
    payload: bytes,
    whole: Whole | None,
    notes: tuple[Note, ...],
    exchange: Hashable,
    *,
    compression: bool,
    compressed: bool,
) -> Message:
    """A frame; `whole` is the message it completes, `payload` what is kept of it without masking.

    `compression` says that RSV1 has a meaning, `compressed` that this payload is (part of) a compressed message.
    """
    raw = place.raw
    views = [("wire", raw)]
    here = Payload(payload, 0, head.size)
    fields = [*_head_fields(head, compression)]
    if head.masked and payload:
        fields.append(Field("Masked payload", head.size, head.size + len(payload), abbrev="websocket.masked_payload"))
        here = Payload(payload, 1)
        views.append(("Unmasked", payload))
    if payload:
        inner = () if compressed else payload_fields(head.opcode, here)
        fields.append(Field("payload", here.at, here.end, None, inner, "websocket.payload", view=here.view))
    if whole is not None:
        more, needed = message_fields(whole, here, len(views))
        fields += more
        views += needed
    if place.missing:
        text = f"{place.missing} bytes of the payload are missing: not captured, or beyond what is kept"
        notes = (*notes, Note(Severity.WARN, text, min(head.size, len(raw)), len(raw)))
    return Message(
        protocol=NAME,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=raw,
        root=Field(TITLE, 0, len(raw), None, tuple(fields), "websocket"),
        label=symbol(head, place.direction),
        summary=_summary(head, payload, whole, compressed),
        notes=notes,
        views=tuple(View(name, data) for name, data in views) if len(views) > 1 else (),
        value=None if place.missing else value_of(head, payload),
        exchange=exchange,
    )


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _summary(head: Head, payload: bytes, whole: Whole | None, compressed: bool) -> str:
    name = NAMES.get(head.opcode, f"opcode {head.opcode}").capitalize()
    if head.opcode == CLOSE:
        found = close_payload(payload)
        if found is None:
            return name
        code, reason = found
        meaning = CLOSE_NAMES.get(code, "")
        return f"{name} {code}{' ' if meaning else ''}{meaning}{': ' if reason else ''}{excerpt(reason)}"
    text = f"{name}, {_bytes(head.length)}{' compressed' if compressed else ''}"
    if head.opcode in (TEXT, BINARY) and not head.fin:
        text += ", first fragment"
    if whole is None:
        return text
    if whole.fragments > 1:
        text += f", last of {whole.fragments} fragments"
    if whole.fragments > 1 or whole.inflated is not None:
        text += f", {NAMES[whole.opcode] if head.opcode == CONTINUATION else 'message'} of {_bytes(len(whole.plain))}"
    if whole.opcode == TEXT and whole.plain:
        text += f": {excerpt(whole.plain.decode('utf-8', 'replace'))}"
    return text


def stump_message(place: Place, head: Head | None, note: Note) -> Message:
    """A frame that breaks off; `head` is None where not even its header is there."""
    size = len(place.raw)
    fields = tuple(_head_fields(head, compression=False)) if head is not None else ()
    if head is not None and size > head.size:
        abbrev = "websocket.masked_payload" if head.masked else "websocket.payload"
        fields += (Field("Beginning of the payload", head.size, size, abbrev=abbrev),)
    return Message(
        protocol=NAME,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=place.raw,
        root=Field(TITLE, 0, size, None, fields, "websocket"),
        label=symbol(head, place.direction) if head is not None else "",
        summary=f"{NAMES.get(head.opcode, 'reserved').capitalize() if head else 'A frame'} that breaks off after {_bytes(size)}",
        notes=(note,),
    )


def junk_message(place: Place) -> Message:
    """Bytes (or lost bytes) in which no frame was found."""
    size = len(place.raw)
    notes = []
    if place.missing:
        notes.append(Note(Severity.WARN, f"{place.missing} bytes were not captured", 0, size))
    if size:
        notes.append(Note(Severity.NOTE, "no frame begins here", 0, size, "RFC 6455 5.2"))
    return Message(
        protocol=UNDECODED,
        direction=place.direction,
        start=place.start,
        end=place.end,
        raw=place.raw,
        root=Field("Data", 0, size, place.raw or None, abbrev="data.data"),
        summary=f"{_bytes(size)} in which no frame begins" if size else f"{place.missing} lost bytes",
        notes=tuple(notes),
    )

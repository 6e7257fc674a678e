"""The payload of a packet, frame by frame (RFC 9000 12.4): fields, values, and what is wrong with each frame by itself.

What frames mean together is `rules`, `streams` and `measures`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from workbench.api import Field, Note, Severity
from workbench_quic.ack_frames import read_ack
from workbench_quic.control_frames import (
    NUMBERS,
    read_close,
    read_connection_id,
    read_numbers,
    read_padding,
    read_path,
    read_plain,
)
from workbench_quic.data_frames import read_crypto, read_datagram, read_stream, read_token
from workbench_quic.frame_items import Item, Unknown
from workbench_quic.frame_rules import FRAME_RULES
from workbench_quic.frame_types import FRAME_TYPES, Type, allowed, type_name
from workbench_quic.levels import Level
from workbench_quic.names import NO_CODES, Codes
from workbench_quic.type_fields import type_field
from workbench_quic.varints import shortest, varint

__all__ = ["MOST_FRAMES", "Frames", "read_frames"]

MOST_FRAMES = 2048
"""Frames of one packet that are opened: more than an Ethernet packet has bytes. A datagram of 64 KB full of PINGs has thirty times that."""

MOST_NOTES = 64
"""Remarks about single frames of one packet: who breaks a rule in each of a thousand frames has been found out by then."""

Reader = Callable[[bytes, int, int, int, int, Codes], tuple[Any, Field]]
"""Payload, where the frame and what follows its type begin, its type, the view, and names of application errors: the frame's value and
field. Raises `IndexError` where the payload ends first."""

_READERS: Mapping[int, Reader] = {
    **dict.fromkeys(NUMBERS, read_numbers),
    **dict.fromkeys((Type.PING, Type.HANDSHAKE_DONE, Type.IMMEDIATE_ACK), read_plain),
    **dict.fromkeys((Type.ACK, Type.ACK_ECN), read_ack),
    **dict.fromkeys(range(Type.STREAM, Type.STREAM + 8), read_stream),
    **dict.fromkeys((Type.DATAGRAM, Type.DATAGRAM_LEN), read_datagram),
    **dict.fromkeys((Type.PATH_CHALLENGE, Type.PATH_RESPONSE), read_path),
    **dict.fromkeys((Type.CONNECTION_CLOSE, Type.CONNECTION_CLOSE_APP), read_close),
    Type.PADDING: read_padding,
    Type.CRYPTO: read_crypto,
    Type.NEW_TOKEN: read_token,
    Type.NEW_CONNECTION_ID: read_connection_id,
}

_BY_LEVEL: tuple[Mapping[int, Reader], ...] = tuple(
    {kind: reader for kind, reader in _READERS.items() if allowed(kind, level)} for level in Level
)
"""Readers of the frames that a level's packets may carry."""


class Frames(NamedTuple):
    """What a payload holds: fields that tile it, the frames that could be read, and remarks about single frames.

    `heeded` are the frames without those that such packets must not carry. Nobody acts on these (a receiver closes the connection), and
    whoever knows the keys of Initial packets, which is everybody, could tell lies with them.
    """

    fields: tuple[Field, ...]
    items: tuple[Item, ...]
    notes: tuple[Note, ...]
    heeded: tuple[Item, ...]


def read_frames(payload: bytes, level: Level, view: int = 0, *, at: int = 0, codes: Codes = NO_CODES) -> Frames:
    """The frames of a decrypted payload, which is view number `view` of its message. `at` is where the (protected) payload begins in
    the message's wire bytes, for the notes; `codes` name errors of the application. Never raises."""
    fields: list[Field] = []
    items: list[Item] = []
    notes: list[Note] = []
    forbidden: set[int] = set()
    readers = _BY_LEVEL[level]
    start, end = 0, len(payload)
    while start < end:
        kind = payload[start]
        body = start + 1
        try:
            if kind >= 0x40:
                kind, body = varint(payload, start)
            reader = readers.get(kind)
            if reader is None or body - start > 1:
                notes += _type_notes(kind, level, at + start, at + body, body - start)
                if reader is None:
                    forbidden.add(kind)
                    reader = _READERS.get(kind)
            if len(items) == MOST_FRAMES:
                notes.append(Note(Severity.WARN, f"more than {MOST_FRAMES} frames in one packet", at + start, at + end))
                fields.append(_more(payload, start, view))
                break
            item, field = (_unknown if reader is None else reader)(payload, start, body, kind, view, codes)
        except IndexError:
            fields.append(_cut(payload, start, min(body, end), kind, view))
            break
        rule = FRAME_RULES.get(kind)
        if rule is not None:
            notes += [Note(Severity.ERROR, text, at + start, at + item.end, section) for text, section in rule(item)]
        fields.append(field)
        items.append(item)
        start = item.end
    if not end:
        notes.append(Note(Severity.ERROR, "a packet without frames", at, at, "RFC 9000 12.4"))
    found = tuple(items)
    heeded = tuple(item for item in found if item.kind not in forbidden) if forbidden else found
    return Frames(tuple(fields), found, tuple(notes[:MOST_NOTES]), heeded)


def _type_notes(kind: int, level: Level, start: int, end: int, size: int) -> list[Note]:
    """About a frame's type: known, legal here, as short as it can be."""
    notes = []
    if kind not in FRAME_TYPES:
        text = f"frame type 0x{kind:x} is not known, so nothing after it can be read"
        notes.append(Note(Severity.WARN, text, start, end, "RFC 9000 19.21"))
    elif not allowed(kind, level):
        text = f"{type_name(kind)} must not be in {_LEVEL_NAMES[level]} packets"
        notes.append(Note(Severity.ERROR, text, start, end, "RFC 9000 12.4"))
    if size > shortest(kind):
        text = f"the type takes {size} bytes where {shortest(kind)} would do"
        notes.append(Note(Severity.ERROR, text, start, end, "RFC 9000 12.4"))
    return notes


_LEVEL_NAMES = {Level.INITIAL: "Initial", Level.EARLY: "0-RTT", Level.HANDSHAKE: "Handshake", Level.ONE_RTT: "1-RTT"}


def _unknown(payload: bytes, start: int, body: int, kind: int, view: int, _codes: Codes) -> tuple[Unknown, Field]:
    """A type nobody knows: the rest of the packet is one field."""
    end = len(payload)
    name = type_name(kind)
    children = [type_field(start, body, kind, name, view)]
    if body < end:
        children.append(Field("Remaining Payload", body, end, payload[body:], (), "quic.remaining_payload", "", "", view))
    inner = Field("Unknown Frame Type", start, end, None, tuple(children), "quic.ft.unknown", "", "", view)
    return Unknown(kind, start, end), Field(name, start, end, None, (inner,), "quic.frame", "", "", view)


def _more(payload: bytes, start: int, view: int) -> Field:
    """Frames that are too many."""
    return Field("More frames", start, len(payload), payload[start:], (), "quic.remaining_payload", "not opened", "", view)


def _cut(payload: bytes, start: int, body: int, kind: int, view: int) -> Field:
    """A frame of which the payload has only the beginning."""
    end = len(payload)
    children = [type_field(start, body, kind, type_name(kind), view)]
    if body < end:
        children.append(Field("Remaining Payload", body, end, payload[body:], (), "quic.remaining_payload", "", "", view))
    return Field(type_name(kind), start, end, None, tuple(children), "quic.frame", "", "the packet ends inside this frame", view)

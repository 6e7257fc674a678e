"""The fields of a payload, and what is remarkable about it. Names are Wireshark's (display filter reference, `websocket.payload`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.api import Field, Note, Severity
from workbench_websocket.assembly import Whole, bad_utf8
from workbench_websocket.opcodes import BINARY, CLOSE, CLOSE_NAMES, CONTINUATION, PING, PONG, TEXT, why_illegal

__all__ = ["Payload", "close_payload", "excerpt", "message_fields", "payload_fields", "whole_notes"]

EXCERPT = 40
"""Characters of a text in a summary; a screen's line has about that many left."""

REASON = 2
"""Bytes of a close payload before its reason."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The unmasked payload: its bytes, and where its first byte lies in which view."""

    data: bytes
    view: int = 0
    at: int = 0

    @property
    def end(self) -> int:
        """Where it ends in its view."""
        return self.at + len(self.data)


def excerpt(text: str) -> str:
    """The beginning of a text in one line; what cannot be seen is a dot."""
    part = text[:EXCERPT]
    if not part.isprintable():
        part = "".join(sign if sign.isprintable() else "·" for sign in part)
    return part if len(text) <= EXCERPT else part + "…"


def close_payload(data: bytes) -> tuple[int, str] | None:
    """Status code and reason; None for a payload that has none (RFC 6455 5.5.1)."""
    if len(data) < REASON:
        return None
    return int.from_bytes(data[:REASON], "big"), data[REASON:].decode("utf-8", "replace")


def _bytes_field(name: str, abbrev: str) -> Callable[[Payload], tuple[Field, ...]]:
    def make(payload: Payload) -> tuple[Field, ...]:
        return (Field(name, payload.at, payload.end, payload.data, abbrev=abbrev, view=payload.view),)

    return make


def _text(payload: Payload) -> tuple[Field, ...]:
    text = payload.data.decode("utf-8", "replace")
    return (Field("Text", payload.at, payload.end, text, abbrev="websocket.payload.text", view=payload.view),)


def _close(payload: Payload) -> tuple[Field, ...]:
    found = close_payload(payload.data)
    if found is None:
        return ()
    (code, reason), start, view = found, payload.at, payload.view
    name = CLOSE_NAMES.get(code, "Private use" if code >= 4000 else "Registered use" if code >= 3000 else "Unknown")
    parts = [Field("Status code", start, start + REASON, code, (), "websocket.payload.close.status_code", name, view=view)]
    if reason:
        parts.append(Field("Reason", start + REASON, payload.end, reason, abbrev="websocket.payload.close.reason", view=view))
    return (Field("Close", start, payload.end, None, tuple(parts), "websocket.payload.close", view=view),)


_MAKERS: Mapping[int, Callable[[Payload], tuple[Field, ...]]] = MappingProxyType(
    {
        TEXT: _text,
        BINARY: _bytes_field("Binary", "websocket.payload.binary"),
        CONTINUATION: _bytes_field("Continuation", "websocket.payload.continue"),
        CLOSE: _close,
        PING: _bytes_field("Ping", "websocket.payload.ping"),
        PONG: _bytes_field("Pong", "websocket.payload.pong"),
    }
)
_unknown = _bytes_field("Unknown", "websocket.payload.unknown")


def payload_fields(opcode: int, payload: Payload) -> tuple[Field, ...]:
    """What lies inside a payload; nothing for an empty one."""
    return _MAKERS.get(opcode, _unknown)(payload) if payload.data else ()


def close_notes(data: bytes, start: int, end: int) -> tuple[Note, ...]:
    """What is wrong with the payload of a Close, which lies at `[start, end)` of the frame."""
    if len(data) == 1:
        return (Note(Severity.ERROR, "one byte is no status code", start, end, "RFC 6455 5.5.1"),)
    if not data:
        return ()
    notes = []
    code = int.from_bytes(data[:REASON], "big")
    why = why_illegal(code)
    if why:
        section = "RFC 6455 7.4.2" if code < 1000 or code > 1015 else "RFC 6455 7.4.1"
        notes.append(Note(Severity.ERROR, f"the status code {code} {why}", start, start + REASON, section))
    trouble = bad_utf8(data[REASON:])
    if trouble:
        notes.append(Note(Severity.ERROR, trouble.replace("text", "reason"), start + REASON, end, "RFC 6455 5.5.1"))
    return tuple(notes)


def message_fields(whole: Whole, payload: Payload, views: int) -> tuple[tuple[Field, ...], tuple[tuple[str, bytes], ...]]:
    """The fields of a message that this frame completes, with the views they need (names and bytes), counted on from `views`.

    A message in one frame without compression is its payload, and needs neither.
    """
    fields: list[Field] = []
    needed: list[tuple[str, bytes]] = []
    place = payload
    if whole.fragments > 1:
        place = Payload(whole.data, views)
        needed.append(("Reassembled message", whole.data))
        inner = () if whole.inflated else payload_fields(whole.opcode, place)
        fields += [
            Field("Fragment count", 0, 0, whole.fragments, abbrev="websocket.fragment.count", generated=True),
            Field("Reassembled length", 0, 0, len(whole.data), abbrev="websocket.reassembled.length", generated=True),
            Field("Reassembled message", 0, len(whole.data), None, inner, view=views),
        ]
    if whole.inflated is not None:
        place = Payload(whole.plain, views + len(needed))
        needed.append(("Decompressed", whole.plain))
        inner = payload_fields(whole.opcode, place)
        fields.append(Field("Decompressed message", 0, len(whole.plain), None, inner, view=place.view))
    return tuple(fields), tuple(needed)


def whole_notes(whole: Whole, start: int, end: int) -> tuple[Note, ...]:
    """What is wrong with a message, at the frame that completes it; `[start, end)` is that frame's payload."""
    inflated = whole.inflated
    if inflated is not None and inflated.trouble:
        broken = inflated.trouble.startswith("the compressed data")
        severity = Severity.ERROR if broken else Severity.WARN
        return (Note(severity, f"not decompressed: {inflated.trouble}", start, end, "RFC 7692 7.2.2"),)
    if whole.opcode != TEXT or not whole.complete or (whole.fragments > 1 and inflated is None):
        return ()
    trouble = bad_utf8(whole.plain)
    return (Note(Severity.ERROR, trouble, start, end, "RFC 6455 8.1"),) if trouble else ()

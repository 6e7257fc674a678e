"""What lies in the payload of each type of frame: fields, the value to build it from again, and what is broken in it by itself.

Rules that need to know where a frame is and what came before are in `meaning.py` and behind it; field sections in `sections.py`. All
offsets are those of the frame.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Field, Note, Severity, read_varint, varint
from workbench_http3.frames import Frame
from workbench_http3.limits import MAX_ITEMS
from workbench_http3.names import Setting, Type, setting_name

__all__ = ["Payload", "read_payload"]

_SETTINGS: Mapping[int, str] = {
    Setting.QPACK_MAX_TABLE_CAPACITY: "http3.settings.qpack.max_table_capacity",
    Setting.MAX_FIELD_SECTION_SIZE: "http3.settings.max_field_section_size",
    Setting.QPACK_BLOCKED_STREAMS: "http3.settings.qpack.blocked_streams",
    Setting.ENABLE_CONNECT_PROTOCOL: "http3.settings.extended_connect",
    Setting.H3_DATAGRAM: "http3.settings.h3_datagram",
    Setting.H3_DATAGRAM_DRAFT04: "http3.settings.h3_datagram_draft04",
    Setting.ENABLE_WEBTRANSPORT: "http3.settings.webtransport",
}
"""The field of each setting's value beside `http3.settings.value`, which all have."""


@dataclass(slots=True)
class Payload:
    """`value` holds what the fields say. `content` is the range of a field section. `pairs` are settings: identifier, value, start, end.
    `canonical`: all integers were as short as they can be. `broken`: the frame cannot be acted on."""

    fields: list[Field] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    value: dict[str, Any] = field(default_factory=dict)
    content: tuple[int, int] = (0, 0)
    pairs: list[tuple[int, int, int, int]] = field(default_factory=list)
    canonical: bool = True
    broken: bool = False

    def error(self, text: str, section: str, start: int, end: int) -> None:
        """The frame is broken."""
        self.notes.append(Note(Severity.ERROR, f"H3_FRAME_ERROR: {text}", start, end, section))
        self.broken = True


def read_payload(frame: Frame) -> Payload:
    """Read what there is of a frame's payload."""
    payload = Payload(content=(frame.head, len(frame.raw)), canonical=frame.canonical)
    if frame.whole or frame.type == Type.DATA:
        _READERS.get(frame.type, _opaque)(frame, payload)
    elif frame.length >= 0:
        _bytes("Frame Payload", frame, payload, frame.head, "http3.frame_payload")
    payload.broken = payload.broken or not frame.whole
    return payload


def _bytes(name: str, frame: Frame, payload: Payload, start: int, abbrev: str) -> None:
    end = len(frame.raw)
    payload.fields.append(Field(name, start, end, frame.raw[start:end], abbrev=abbrev))


def _opaque(frame: Frame, payload: Payload) -> None:
    """A type whose payload means nothing to us."""
    _bytes("Frame Payload", frame, payload, frame.head, "http3.frame_payload")
    payload.value["payload"] = frame.raw[frame.head :]


def _data(frame: Frame, payload: Payload) -> None:
    _bytes("Data", frame, payload, frame.head, "http3.data")
    payload.value["data"] = frame.raw[frame.head :]


def _section(_frame: Frame, _payload: Payload) -> None:
    """The fields of a field section depend on the connection."""


def _number(frame: Frame, payload: Payload, at: int, name: str, key: str, abbrev: str, section: str) -> int | None:
    """A variable-length integer of the payload; gives where it ends, None where it does not fit (RFC 9114 7.1)."""
    found = read_varint(frame.raw, at)
    if found is None:
        payload.error(f"{frame.name} ends before its {name} does", section, at, len(frame.raw))
        if at < len(frame.raw):
            _bytes("Frame Payload", frame, payload, at, "http3.frame_payload")
        return None
    value, end = found
    payload.fields.append(Field(name, at, end, value, abbrev=abbrev))
    payload.value[key] = value
    payload.canonical = payload.canonical and end - at == len(varint(value))
    return end


def _single(name: str, key: str, abbrev: str, section: str) -> Callable[[Frame, Payload], None]:
    """A payload that is one integer and nothing else."""

    def read(frame: Frame, payload: Payload) -> None:
        end = _number(frame, payload, frame.head, name, key, abbrev, section)
        if end is not None and end < len(frame.raw):
            payload.error(f"{frame.name} goes on behind its {name}", section, end, len(frame.raw))
            _bytes("Frame Payload", frame, payload, end, "http3.frame_payload")

    return read


def _push_promise(frame: Frame, payload: Payload) -> None:
    end = _number(frame, payload, frame.head, "Push ID", "push_id", "http3.push_id", "RFC 9114 7.2.5")
    payload.content = (end or len(frame.raw), len(frame.raw))


def _priority_update(frame: Frame, payload: Payload) -> None:
    name, abbrev = "Priority Update Element ID", "http3.priority_update_element_id"
    end = _number(frame, payload, frame.head, name, "element_id", abbrev, "RFC 9218 7.2")
    if end is not None:
        text = frame.raw[end:].decode("latin-1")
        payload.fields.append(
            Field("Priority Update Field Value", end, len(frame.raw), text, abbrev="http3.priority_update_field_value")
        )
        payload.value["field_value"] = frame.raw[end:]


def _settings(frame: Frame, payload: Payload) -> None:
    raw, at = frame.raw, frame.head
    while at < len(raw):
        if len(payload.pairs) >= MAX_ITEMS:
            payload.notes.append(Note(Severity.WARN, f"more than {MAX_ITEMS} settings: the others are left out", at, len(raw)))
            _bytes("Frame Payload", frame, payload, at, "http3.frame_payload")
            payload.canonical = False
            break
        name = read_varint(raw, at)
        value = read_varint(raw, name[1]) if name is not None else None
        if name is None or value is None:
            payload.error("SETTINGS ends within a setting", "RFC 9114 7.2.4", at, len(raw))
            _bytes("Frame Payload", frame, payload, at, "http3.frame_payload")
            break
        payload.fields.append(_setting(at, name, value))
        payload.pairs.append((name[0], value[0], at, value[1]))
        payload.canonical = payload.canonical and value[1] - at == len(varint(name[0])) + len(varint(value[0]))
        at = value[1]
    payload.value["settings"] = [{"id": name, "value": value} for name, value, _, _ in payload.pairs]


def _setting(at: int, name: tuple[int, int], value: tuple[int, int]) -> Field:
    """A setting: its identifier, its value, and the value again under a name of its own where it has one."""
    text = setting_name(name[0])
    parts = [
        Field("Settings Identifier", at, name[1], name[0], abbrev="http3.settings.id", text=text),
        Field("Settings Value", name[1], value[1], value[0], abbrev="http3.settings.value"),
    ]
    if name[0] in _SETTINGS:
        parts.append(Field(text, name[1], value[1], value[0], abbrev=_SETTINGS[name[0]], generated=True))
    return Field("Setting", at, value[1], None, tuple(parts), "http3.settings", text=f"{text} = {value[0]}")


_READERS: Mapping[int, Callable[[Frame, Payload], None]] = {
    Type.DATA: _data,
    Type.HEADERS: _section,
    Type.CANCEL_PUSH: _single("Push ID", "push_id", "http3.push_id", "RFC 9114 7.2.3"),
    Type.SETTINGS: _settings,
    Type.PUSH_PROMISE: _push_promise,
    Type.GOAWAY: _single("ID", "id", "http3.goaway.id", "RFC 9114 7.2.6"),
    Type.MAX_PUSH_ID: _single("Push ID", "push_id", "http3.push_id", "RFC 9114 7.2.7"),
    Type.PRIORITY_UPDATE: _priority_update,
    Type.PRIORITY_UPDATE_PUSH: _priority_update,
}

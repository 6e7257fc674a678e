"""What lies in the payload of each type of frame: fields, the value to build it from again, and what is broken in it by itself.

Rules that need to know what came before are in `connection.py`; header blocks in `blocks.py`. All offsets are those of the frame.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.api import Field, Note, Severity
from workbench_http2.frames import HEADER, Frame
from workbench_http2.limits import MAX_ITEMS
from workbench_http2.names import SETTINGS, Type, error_name, setting_name

__all__ = ["ACK", "END_HEADERS", "END_STREAM", "PADDED", "PRIORITY", "Payload", "read_payload"]

END_STREAM = ACK = 0x01
END_HEADERS = 0x04
PADDED = 0x08
PRIORITY = 0x20

_BITS_31 = 0x7FFFFFFF


@dataclass(slots=True)
class Payload:
    """`value` holds what the fields say, by the last part of their filter names. `content` is the range of DATA's data or of a header block
    fragment. `broken`: the frame cannot be acted on."""

    fields: list[Field] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    value: dict[str, Any] = field(default_factory=dict)
    content: tuple[int, int] = (HEADER, HEADER)
    broken: bool = False

    def error(self, text: str, section: str, start: int, end: int) -> None:
        """The frame is broken."""
        self.notes.append(Note(Severity.ERROR, text, start, end, section))
        self.broken = True

    def remark(self, text: str, section: str, start: int, end: int, severity: Severity = Severity.NOTE) -> None:
        """The frame is odd."""
        self.notes.append(Note(severity, text, start, end, section))


def read_payload(frame: Frame) -> Payload:
    """Read what there is of a frame's payload."""
    payload = Payload()
    if frame.reserved:
        payload.remark("the reserved bit is set", "RFC 9113 4.1", 5, 9)
    reader = _READERS.get(frame.type, _unknown)
    if frame.whole or frame.type in (Type.DATA, Type.HEADERS, Type.PUSH_PROMISE, Type.CONTINUATION):
        reader(frame, payload)
    else:
        payload.fields.append(_bytes("Payload", frame, HEADER, len(frame.raw), "http2.unknown"))
    if not frame.whole:
        payload.broken = True
    return payload


def _bytes(name: str, frame: Frame, start: int, end: int, abbrev: str) -> Field:
    return Field(name, start, end, frame.raw[start:end], abbrev=abbrev)


def _text(name: str, frame: Frame, start: int, end: int, abbrev: str) -> Field:
    return Field(name, start, end, frame.raw[start:end].decode("latin-1"), abbrev=abbrev)


def _number(frame: Frame, start: int, end: int) -> int:
    return int.from_bytes(frame.raw[start:end], "big")


def _sized(frame: Frame, payload: Payload, size: int, section: str) -> bool:
    """Whether the payload has the only size it may have (RFC 9113 4.2: FRAME_SIZE_ERROR)."""
    if frame.length == size:
        return True
    payload.error(f"FRAME_SIZE_ERROR: {frame.name} has {frame.length} bytes of payload, not {size}", section, 0, len(frame.raw))
    payload.fields.append(_bytes("Payload", frame, HEADER, len(frame.raw), "http2.unknown"))
    return False


def _reserved_and(frame: Frame, at: int, payload: Payload, reserved: str, name: str, abbrev: str) -> int:
    """A reserved bit and 31 bits of a number."""
    word = _number(frame, at, at + 4)
    payload.fields += [
        Field("Reserved", at, at + 4, word >> 31, abbrev=reserved, bits=(8 * at, 8 * at + 1)),
        Field(name, at, at + 4, word & _BITS_31, abbrev=abbrev, bits=(8 * at + 1, 8 * at + 32)),
    ]
    payload.value[abbrev.rpartition(".")[2]] = word & _BITS_31
    payload.value["reserved"] = word >> 31
    if word >> 31:
        payload.remark("the reserved bit is set", "RFC 9113 4.1", at, at + 4)
    return word & _BITS_31


def _padding(frame: Frame, payload: Payload) -> tuple[int, int]:
    """Read the pad length; gives the range between it and the padding. The padding itself is a field that comes later."""
    start, end = HEADER, len(frame.raw)
    if not frame.flags & PADDED:
        payload.fields.append(Field("Pad Length", HEADER, HEADER, 0, abbrev="http2.pad_length", generated=True))
        return start, end
    if frame.length < 1:
        payload.error("FRAME_SIZE_ERROR: no room for the pad length", "RFC 9113 4.2", 0, end)
        return start, end
    if end < HEADER + 1:
        return start, end
    size = frame.raw[HEADER]
    payload.fields.append(Field("Pad Length", HEADER, HEADER + 1, size, abbrev="http2.padding"))
    payload.fields.append(Field("Pad Length", HEADER, HEADER + 1, size, abbrev="http2.pad_length", generated=True))
    if size >= frame.length:
        section = f"RFC 9113 6.{int(frame.type) + 1}"
        payload.error(f"PROTOCOL_ERROR: {size} bytes of padding in a payload of {frame.length}", section, HEADER, HEADER + 1)
        return HEADER + 1, end
    content = HEADER + frame.length - size
    payload.value["padding"] = frame.raw[content:]
    if frame.raw[content:].strip(b"\0"):
        payload.remark("padding that is not zero", "RFC 9113 6.1", content, end)
    return HEADER + 1, min(content, end)


def _padded_with(frame: Frame, payload: Payload, end: int, abbrev: str) -> None:
    if end < len(frame.raw) and not payload.broken:
        payload.fields.append(_bytes("Padding", frame, end, len(frame.raw), abbrev))


def _priority(frame: Frame, at: int, payload: Payload) -> None:
    """Stream dependency and weight (RFC 9113 6.3; deprecated, see RFC 9113 5.3)."""
    word = _number(frame, at, at + 4)
    weight = frame.raw[at + 4]
    bit = 8 * at
    payload.fields += [
        Field("Exclusive", at, at + 4, bool(word >> 31), abbrev="http2.exclusive", bits=(bit, bit + 1)),
        Field("Stream Dependency", at, at + 4, word & _BITS_31, abbrev="http2.stream_dependency", bits=(bit + 1, bit + 32)),
        Field("Weight", at + 4, at + 5, weight, abbrev="http2.headers.weight"),
        Field("Weight real", at + 4, at + 5, weight + 1, abbrev="http2.headers.weight_real", generated=True),
    ]
    payload.value |= {"exclusive": bool(word >> 31), "stream_dependency": word & _BITS_31, "weight": weight}
    if word & _BITS_31 == frame.stream and frame.stream:
        payload.remark("PROTOCOL_ERROR: a stream that depends on itself", "RFC 7540 5.3.1", at, at + 4, Severity.WARN)


def _data(frame: Frame, payload: Payload) -> None:
    start, end = _padding(frame, payload)
    payload.content = start, end
    payload.fields.append(_bytes("Data", frame, start, end, "http2.data.data"))
    payload.value["data"] = frame.raw[start:end]
    _padded_with(frame, payload, end, "http2.data.padding")


def _headers(frame: Frame, payload: Payload) -> None:
    start, end = _padding(frame, payload)
    if frame.flags & PRIORITY:
        if end - start < 5:
            if frame.whole and not payload.broken:
                payload.error("FRAME_SIZE_ERROR: no room for the priority fields", "RFC 9113 6.2", 0, len(frame.raw))
            payload.broken = True
            return
        _priority(frame, start, payload)
        start += 5
    payload.content = start, end
    payload.fields.append(_bytes("Header Block Fragment", frame, start, end, "http2.headers"))
    _padded_with(frame, payload, end, "http2.headers.padding")


def _priority_frame(frame: Frame, payload: Payload) -> None:
    if _sized(frame, payload, 5, "RFC 9113 6.3"):
        _priority(frame, HEADER, payload)


def _rst_stream(frame: Frame, payload: Payload) -> None:
    if _sized(frame, payload, 4, "RFC 9113 6.4"):
        code = _number(frame, HEADER, HEADER + 4)
        payload.fields.append(Field("Error", HEADER, HEADER + 4, code, abbrev="http2.rst_stream.error", text=error_name(code)))
        payload.value["error"] = code


def _settings(frame: Frame, payload: Payload) -> None:
    end = len(frame.raw)
    if frame.flags & ACK and frame.length:
        payload.error(f"FRAME_SIZE_ERROR: an acknowledgement with {frame.length} bytes", "RFC 9113 6.5", 0, end)
    if frame.length % 6:
        payload.error(f"FRAME_SIZE_ERROR: {frame.length} bytes are no multiple of 6", "RFC 9113 6.5", 0, end)
        payload.fields.append(_bytes("Payload", frame, HEADER, end, "http2.unknown"))
        return
    values = []
    fields: list[Field] = []
    for at in range(HEADER, end, 6):
        number, value = _number(frame, at, at + 2), _number(frame, at + 2, at + 6)
        values.append({"id": number, "value": value})
        if len(fields) < MAX_ITEMS:
            fields.append(_setting(at, number, value))
    payload.value["settings"] = values
    if fields:
        payload.fields.append(Field("settings", HEADER, end, None, tuple(fields)))
    if len(values) > len(fields):
        payload.remark(f"{len(values)} settings, of which {MAX_ITEMS} are shown", "", HEADER, end, Severity.WARN)


def _setting(at: int, number: int, value: int) -> Field:
    name = setting_name(number)
    parts = (
        Field("Settings Identifier", at, at + 2, number, abbrev="http2.settings.id", text=name),
        Field("value", at + 2, at + 6, value, abbrev=SETTINGS.get(number, "http2.settings.unknown")),
    )
    return Field(name, at, at + 6, None, parts, "http2.settings", text=f"{name} = {value}")


def _push_promise(frame: Frame, payload: Payload) -> None:
    start, end = _padding(frame, payload)
    if end - start < 4:
        if frame.whole and not payload.broken:
            payload.error("FRAME_SIZE_ERROR: no room for the promised stream", "RFC 9113 6.6", 0, len(frame.raw))
        payload.broken = True
        return
    abbrev = "http2.push_promise.promised_stream_id"
    _reserved_and(frame, start, payload, "http2.push_promise.r", "Promised-Stream-ID", abbrev)
    start += 4
    payload.content = start, end
    payload.fields.append(_bytes("Header Block Fragment", frame, start, end, "http2.push_promise.header"))
    _padded_with(frame, payload, end, "http2.push_promise.padding")


def _ping(frame: Frame, payload: Payload) -> None:
    if _sized(frame, payload, 8, "RFC 9113 6.7"):
        name, abbrev = ("Pong", "http2.pong") if frame.flags & ACK else ("Ping", "http2.ping")
        payload.fields.append(_bytes(name, frame, HEADER, HEADER + 8, abbrev))
        payload.value["opaque"] = frame.raw[HEADER:]


def _goaway(frame: Frame, payload: Payload) -> None:
    if frame.length < 8:
        payload.error(f"FRAME_SIZE_ERROR: GOAWAY has {frame.length} bytes of payload", "RFC 9113 6.8", 0, len(frame.raw))
        payload.fields.append(_bytes("Payload", frame, HEADER, len(frame.raw), "http2.unknown"))
        return
    _reserved_and(frame, HEADER, payload, "http2.goway.r", "Last-Stream-ID", "http2.goaway.last_stream_id")
    code = _number(frame, HEADER + 4, HEADER + 8)
    payload.fields.append(Field("Error", HEADER + 4, HEADER + 8, code, abbrev="http2.goaway.error", text=error_name(code)))
    if frame.length > 8:
        payload.fields.append(_bytes("Additional Debug Data", frame, HEADER + 8, len(frame.raw), "http2.goaway.addata"))
    payload.value |= {"error": code, "addata": frame.raw[HEADER + 8 :]}


def _window_update(frame: Frame, payload: Payload) -> None:
    if _sized(frame, payload, 4, "RFC 9113 6.9"):
        abbrev = "http2.window_update.window_size_increment"
        _reserved_and(frame, HEADER, payload, "http2.window_update.r", "Window Size Increment", abbrev)


def _continuation(frame: Frame, payload: Payload) -> None:
    end = len(frame.raw)
    payload.content = HEADER, end
    payload.fields.append(_bytes("Continuation Header", frame, HEADER, end, "http2.continuation.header"))


def _altsvc(frame: Frame, payload: Payload) -> None:
    end = len(frame.raw)
    size = _number(frame, HEADER, HEADER + 2)
    start = HEADER + 2
    if frame.length < 2 or start + size > end:
        payload.error("FRAME_SIZE_ERROR: the origin is longer than the frame", "RFC 7838 4", HEADER, end)
        payload.fields.append(_bytes("Payload", frame, HEADER, end, "http2.unknown"))
        return
    payload.fields += [
        Field("Origin Length", HEADER, start, size, abbrev="http2.altsvc.origin.len"),
        _text("Origin", frame, start, start + size, "http2.altsvc.origin"),
        _text("Field/Value", frame, start + size, end, "http2.altsvc.field_value"),
    ]
    payload.value |= {"origin": frame.raw[start : start + size], "field_value": frame.raw[start + size :]}


def _origin(frame: Frame, payload: Payload) -> None:
    end = len(frame.raw)
    at = HEADER
    origins: list[bytes] = []
    while at < end:
        size = _number(frame, at, at + 2)
        stop = at + 2 + size
        if at + 2 > end or stop > end:
            payload.error("FRAME_SIZE_ERROR: an origin is longer than the frame", "RFC 8336 2.1", at, end)
            payload.fields.append(_bytes("Payload", frame, at, end, "http2.unknown"))
            return
        if len(origins) < MAX_ITEMS:
            parts = (
                Field("Origin Length", at, at + 2, size, abbrev="http2.origin.origin_len"),
                _text("Origin", frame, at + 2, stop, "http2.origin.origin"),
            )
            payload.fields.append(Field("Origin", at, stop, None, parts, "http2.origin"))
        origins.append(frame.raw[at + 2 : stop])
        at = stop
    payload.value["origins"] = origins
    if len(origins) > MAX_ITEMS:
        payload.remark(f"{len(origins)} origins, of which {MAX_ITEMS} are shown", "", HEADER, end, Severity.WARN)


def _priority_update(frame: Frame, payload: Payload) -> None:
    end = len(frame.raw)
    if frame.length < 4:
        payload.error(f"FRAME_SIZE_ERROR: PRIORITY_UPDATE has {frame.length} bytes", "RFC 9218 7.1", 0, end)
        payload.fields.append(_bytes("Payload", frame, HEADER, end, "http2.unknown"))
        return
    stream = _number(frame, HEADER, HEADER + 4) & _BITS_31
    first = 8 * HEADER + 1
    name, abbrev = "Priority Update Stream ID", "http2.priority_update_stream_id"
    payload.fields += [
        Field(name, HEADER, HEADER + 4, stream, abbrev=abbrev, bits=(first, first + 31)),
        _text("Priority Update Field Value", frame, HEADER + 4, end, "http2.priority_update_field_value"),
    ]
    reserved = frame.raw[HEADER] >> 7
    value = frame.raw[HEADER + 4 :]
    payload.value |= {"priority_update_stream_id": stream, "reserved": reserved, "priority_update_field_value": value}


def _unknown(frame: Frame, payload: Payload) -> None:
    if frame.length:
        payload.fields.append(_bytes("Unknown", frame, HEADER, len(frame.raw), "http2.unknown"))
    payload.value["unknown"] = frame.raw[HEADER:]


_READERS: Mapping[int, Callable[[Frame, Payload], None]] = {
    Type.DATA: _data,
    Type.HEADERS: _headers,
    Type.PRIORITY: _priority_frame,
    Type.RST_STREAM: _rst_stream,
    Type.SETTINGS: _settings,
    Type.PUSH_PROMISE: _push_promise,
    Type.PING: _ping,
    Type.GOAWAY: _goaway,
    Type.WINDOW_UPDATE: _window_update,
    Type.CONTINUATION: _continuation,
    Type.ALTSVC: _altsvc,
    Type.ORIGIN: _origin,
    Type.PRIORITY_UPDATE: _priority_update,
}

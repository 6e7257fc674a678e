"""What records carry besides handshake messages: alerts, ChangeCipherSpec, heartbeats, and bytes that stay closed."""

from workbench.api import Field, Severity
from workbench_tls.messages import Draft
from workbench_tls.names import ALERT_LEVELS, ALERTS, CONTENT_TYPES
from workbench_tls.wire import HEADER

__all__ = ["read_alerts", "read_closed", "read_heartbeat", "read_other"]

_MOST_ALERTS = 16
"""Alerts shown of one record; one is usual, and none but the first matters."""

_FATAL = 2

_CLOSED = {
    20: ("encrypted_change_cipher_spec", "ChangeCipherSpec", "tls.change_cipher_spec"),
    21: ("encrypted_alert", "encrypted alert", "tls.alert_message"),
    22: ("encrypted_handshake", "encrypted handshake message", "tls.handshake"),
    23: ("application_data", "application data", "tls.app_data"),
    24: ("encrypted_heartbeat", "encrypted heartbeat", "tls.heartbeat_message"),
}


def read_closed(draft: Draft) -> None:
    """A protected record that nobody opened."""
    label, words, abbrev = _CLOSED.get(draft.kind, ("encrypted", "encrypted record", "tls.record.encrypted"))
    size = len(draft.fragment)
    draft.fields.append(Field(label, HEADER, HEADER + size, draft.fragment, (), abbrev, text=f"{size} bytes"))
    draft.labels.append(label)
    draft.words.append(f"{words}, {size} bytes")
    draft.content["data"] = draft.fragment


def read_alerts(draft: Draft, data: bytes, view: int, base: int) -> bool:
    """Alerts (RFC 8446 6). Whether one of them ends the sender's data."""
    closes = False
    alerts = []
    for at in range(0, min(len(data), 2 * _MOST_ALERTS) - 1, 2):
        level, code = data[at], data[at + 1]
        name = ALERTS.get(code, f"alert {code}")
        start = base + at
        fields = (
            Field("level", start, start + 1, level, (), "tls.alert_message.level", ALERT_LEVELS.get(level, ""), view=view),
            Field("desc", start + 1, start + 2, code, (), "tls.alert_message.desc", name, view=view),
        )
        draft.fields.append(Field("alert", start, start + 2, None, fields, "tls.alert_message", name, view=view))
        draft.words.append(f"alert {ALERT_LEVELS.get(level, level)} {name}")
        draft.labels.append("close_notify" if code == 0 else "fatal_alert" if level == _FATAL else "alert")
        alerts.append({"level": level, "desc": code})
        closes = closes or code == 0 or level == _FATAL
    used = 2 * len(alerts)
    if used < len(data) or not data:
        error = "an alert has two bytes (RFC 8446 6)"
        draft.fields.append(Field("rest", base + used, base + len(data), data[used:], error=error, view=view))
        draft.labels.append("alert")
    elif view == 0:
        draft.content["alerts"] = alerts
    return closes


def read_heartbeat(draft: Draft, data: bytes, view: int, base: int) -> None:
    """A heartbeat message (RFC 6520 4): type, payload length, payload, padding."""
    draft.labels.append("heartbeat")
    if len(data) < 3:
        error = "too short for a heartbeat (RFC 6520 4)"
        draft.fields.append(Field("heartbeat", base, base + len(data), data, (), "tls.heartbeat_message", error=error, view=view))
        draft.words.append("heartbeat")
        return
    kind, size = data[0], int.from_bytes(data[1:3], "big")
    name = {1: "request", 2: "response"}.get(kind, str(kind))
    end = base + len(data)
    payload = min(end, base + 3 + size)
    error = f"the payload should have {size} bytes, there are {len(data) - 3} (RFC 6520 4)" if base + 3 + size > end else ""
    prefix = "tls.heartbeat_message"
    fields = (
        Field("type", base, base + 1, kind, (), f"{prefix}.type", name, view=view),
        Field("payload_length", base + 1, base + 3, size, (), f"{prefix}.payload_length", error=error, view=view),
        Field("payload", base + 3, payload, data[3 : 3 + size], (), f"{prefix}.payload", view=view),
        Field("padding", payload, end, data[3 + size :], (), f"{prefix}.padding", view=view),
    )
    draft.fields.append(Field("heartbeat", base, end, None, fields, prefix, name, view=view))
    draft.words.append(f"heartbeat {name}, {size} bytes")
    if error:
        draft.note(Severity.WARN, "the heartbeat asks for more bytes than it brings (Heartbleed)", "RFC 6520 4")


def read_other(draft: Draft, kind: int, data: bytes, view: int, base: int) -> None:
    """Content of a type that has no layout here; also ChangeCipherSpec."""
    name = CONTENT_TYPES.get(kind, f"content type {kind}")
    abbrev = "tls.change_cipher_spec" if kind == 20 else "tls.record.data"
    draft.fields.append(Field(name, base, base + len(data), data, (), abbrev, view=view))
    draft.labels.append(name)
    draft.words.append(name)
    if kind == 20 and data != b"\1":
        draft.note(Severity.WARN, "ChangeCipherSpec is one byte of value 1", "RFC 5246 7.1")

"""Frames about the connection: settings, farewells, pushes, priorities (RFC 9114 5.2 and 7.2, RFC 9218 7.2)."""

from workbench.api import Direction, Note, Severity
from workbench_http3.connection import Connection, Outcome
from workbench_http3.frames import Frame
from workbench_http3.names import HTTP2_SETTINGS, Setting, Type, is_reserved, setting_name
from workbench_http3.payloads import Payload
from workbench_http3.streams import CLIENT, SERVER, Stream, opener, unidirectional

__all__ = ["cancel_push", "goaway", "max_push_id", "priority_update", "settings"]

_BOOLEAN = {
    Setting.ENABLE_CONNECT_PROTOCOL: "RFC 9220 3",
    Setting.H3_DATAGRAM: "RFC 9297 2.1.1",
}
"""Settings that are 0 or 1, with their rules."""


def settings(connection: Connection, stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """SETTINGS (RFC 9114 7.2.4)."""
    half = stream.halves[who]
    shown = [f"{setting_name(name)}={value}" for name, value, _, _ in payload.pairs if not is_reserved(name)]
    out.detail = ", ".join(shown[:8])
    if half.frames > 1 and not half.doubtful:
        what = "behind other frames" if connection.peers[who].settings is None else "a second time"
        out.error(f"H3_FRAME_UNEXPECTED: SETTINGS {what}", "RFC 9114 7.2.4", 0, len(frame.raw))
        return
    seen: set[int] = set()
    for name, value, start, end in payload.pairs:
        out.notes += _setting_notes(name, value, (start, end), repeated=name in seen)
        seen.add(name)
    if not payload.broken:
        connection.announce(who, {name: value for name, value, _, _ in reversed(payload.pairs)})
        out.wakes += connection.peers[who.opposite].awake()


def _setting_notes(name: int, value: int, span: tuple[int, int], *, repeated: bool) -> list[Note]:
    shown = setting_name(name)
    notes = []
    if repeated:
        notes.append(Note(Severity.ERROR, f"H3_SETTINGS_ERROR: a second {shown}", *span, "RFC 9114 7.2.4"))
    if name in HTTP2_SETTINGS:
        text = f"H3_SETTINGS_ERROR: the setting {name:#x} of HTTP/2 ({shown})"
        notes.append(Note(Severity.ERROR, text, *span, "RFC 9114 7.2.4.1"))
    section = _BOOLEAN.get(Setting(name)) if name in _SETTINGS else None
    if section is not None and value > 1:
        notes.append(Note(Severity.ERROR, f"H3_SETTINGS_ERROR: {shown} = {value}", *span, section))
    return notes


_SETTINGS = frozenset(int(member) for member in Setting)


def goaway(connection: Connection, _stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """GOAWAY: a server names the first request it will not act on, a client the first push (RFC 9114 5.2, 7.2.6)."""
    if payload.broken:
        return
    number = payload.value["id"]
    span = frame.head, len(frame.raw)
    if who is SERVER:
        out.detail = f"requests from stream {number} on are not acted on"
        if unidirectional(number) or opener(number) is not CLIENT:
            text = f"H3_ID_ERROR: stream {number} is none that a client opens for a request"
            out.error(text, "RFC 9114 7.2.6", *span)
    else:
        out.detail = f"pushes from {number} on are not wanted"
    peer = connection.peers[who]
    if peer.goaway is not None and number > peer.goaway:
        text = f"H3_ID_ERROR: the identifier went up from {peer.goaway} to {number}"
        out.error(text, "RFC 9114 5.2", *span)
    peer.goaway = number


def max_push_id(connection: Connection, _stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """MAX_PUSH_ID (RFC 9114 7.2.7)."""
    if payload.broken:
        return
    number = payload.value["push_id"]
    out.detail = f"{number}"
    peer = connection.peers[who]
    if peer.max_push is not None and number < peer.max_push:
        text = f"H3_ID_ERROR: MAX_PUSH_ID went down from {peer.max_push} to {number}"
        out.error(text, "RFC 9114 7.2.7", frame.head, len(frame.raw))
        return
    peer.max_push = number


def cancel_push(connection: Connection, _stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """CANCEL_PUSH (RFC 9114 7.2.3)."""
    if payload.broken:
        return
    number = payload.value["push_id"]
    out.detail = f"push {number}"
    span = frame.head, len(frame.raw)
    if not connection.may_push(number):
        text = f"H3_ID_ERROR: push {number}, which the client did not allow"
        out.note(connection.suspicion, text, "RFC 9114 7.2.3", *span)
    elif who is CLIENT and number not in connection.promises and not connection.doubtful:
        out.note(connection.suspicion, f"H3_ID_ERROR: push {number}, which was not promised", "RFC 9114 7.2.3", *span)
    else:
        connection.promise(number).cancelled = True


def priority_update(
    connection: Connection, _stream: Stream, frame: Frame, payload: Payload, out: Outcome, _who: Direction
) -> None:
    """PRIORITY_UPDATE for a request or a push (RFC 9218 7.2)."""
    if payload.broken:
        return
    number = payload.value["element_id"]
    push = frame.type == Type.PRIORITY_UPDATE_PUSH
    out.detail = f"{'push' if push else 'stream'} {number}: {payload.value['field_value'][:40].decode('latin-1')}"
    span = frame.head, len(frame.raw)
    if push:
        if not connection.may_push(number):
            text = f"H3_ID_ERROR: push {number}, which the client did not allow"
            out.note(connection.suspicion, text, "RFC 9218 7.2", *span)
    elif unidirectional(number) or opener(number) is not CLIENT:
        out.error(f"H3_ID_ERROR: stream {number} is no request stream", "RFC 9218 7.2", *span)

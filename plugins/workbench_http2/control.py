"""Frames about the connection and its streams: settings, windows, resets, farewells, priorities, and where else to find the origin."""

from collections.abc import Callable, Mapping

from workbench.api import Direction, Inner, Note, Severity
from workbench_http2.abuse import SMALL_WINDOW
from workbench_http2.connection import CLIENT, SERVER, Connection, Outcome
from workbench_http2.frames import HEADER, Frame
from workbench_http2.limits import DEFAULT_FRAME_SIZE, LARGEST_FRAME_SIZE, LARGEST_WINDOW
from workbench_http2.names import Setting, Type, error_name, setting_name
from workbench_http2.payloads import ACK, Payload
from workbench_http2.streams import Event, State, owner

__all__ = ["CONTROL"]

Handler = Callable[[Connection, Frame, Payload, Outcome, Direction], None]

ERROR, WARN = Severity.ERROR, Severity.WARN


def _on_connection(frame: Frame, out: Outcome, section: str) -> bool:
    """Whether the frame is on stream 0, where its type belongs."""
    if frame.stream:
        out.note(ERROR, f"PROTOCOL_ERROR: {frame.name} on stream {frame.stream}", section, 5, 9)
    return not frame.stream


def _on_stream(frame: Frame, out: Outcome, section: str) -> bool:
    """Whether the frame is on a stream other than 0."""
    if not frame.stream:
        out.note(ERROR, f"PROTOCOL_ERROR: {frame.name} on stream 0", section, 5, 9)
    return bool(frame.stream)


def _settings(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    peer, other = connection.peers[who], connection.peers[who.opposite]
    if not _on_connection(frame, out, "RFC 9113 6.5") or payload.broken:
        return
    if frame.flags & ACK:
        out.detail = "ACK"
        before = other.announced.largest(Setting.HEADER_TABLE_SIZE)
        if not other.announced.acknowledge() and connection.whole:
            out.note(WARN, "an acknowledgement where no SETTINGS frame waits for one", "RFC 9113 6.5.3", 0, HEADER)
        now = other.announced.largest(Setting.HEADER_TABLE_SIZE)
        if now < before and now < peer.table.capacity:
            peer.must_shrink = True
        return
    pairs = [(setting["id"], setting["value"]) for setting in payload.value["settings"]]
    out.detail = ", ".join(f"{setting_name(number)}={value}" for number, value in pairs[:8])
    for place, (number, value) in enumerate(pairs):
        start = HEADER + 6 * place
        for note in _setting_notes(connection, number, value, who, (start, start + 6)):
            out.notes.append(note)
    peer.announced.announce(pairs)


def _setting_notes(connection: Connection, number: int, value: int, who: Direction, span: tuple[int, int]) -> list[Note]:
    announced = connection.peers[who].announced
    name = setting_name(number)

    def wrong(code: str, section: str, text: str = "") -> list[Note]:
        return [Note(ERROR, f"{code}: {text or f'{name} = {value}'}", *span, section)]

    if number == Setting.ENABLE_PUSH:
        if value > 1 or (value == 1 and who is SERVER):
            return wrong("PROTOCOL_ERROR", "RFC 9113 6.5.2")
    elif number == Setting.INITIAL_WINDOW_SIZE:
        if value > LARGEST_WINDOW:
            return wrong("FLOW_CONTROL_ERROR", "RFC 9113 6.5.2")
        if value < SMALL_WINDOW:
            text = f"an initial window of {value} bytes: answers pile up at the other side (zero-window stall)"
            return [Note(WARN, text, *span, "CVE-2019-9517")]
    elif number == Setting.MAX_FRAME_SIZE:
        if not DEFAULT_FRAME_SIZE <= value <= LARGEST_FRAME_SIZE:
            return wrong("PROTOCOL_ERROR", "RFC 9113 6.5.2")
    elif number == Setting.ENABLE_CONNECT_PROTOCOL:
        if value > 1 or (value == 0 and announced.newest(Setting.ENABLE_CONNECT_PROTOCOL)):
            return wrong("PROTOCOL_ERROR", "RFC 8441 3")
    elif number == Setting.NO_RFC7540_PRIORITIES:
        if value > 1:
            return wrong("PROTOCOL_ERROR", "RFC 9218 2.1")
        if announced.frames and connection.whole and value != announced.newest(Setting.NO_RFC7540_PRIORITIES):
            return wrong("PROTOCOL_ERROR", "RFC 9218 2.1.1", f"{name} changed behind the first SETTINGS frame")
    return []


def _ping(_connection: Connection, frame: Frame, _payload: Payload, out: Outcome, _who: Direction) -> None:
    if _on_connection(frame, out, "RFC 9113 6.7") and frame.flags & ACK:
        out.detail = "ACK"


def _goaway(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if not _on_connection(frame, out, "RFC 9113 6.8") or payload.broken:
        return
    peer = connection.peers[who]
    last = payload.value["last_stream_id"]
    out.detail = f"{error_name(payload.value['error'])}, last stream {last}"
    if peer.last_stream is not None and last > peer.last_stream:
        text = f"PROTOCOL_ERROR: the last stream went up from {peer.last_stream} to {last}"
        out.note(ERROR, text, "RFC 9113 6.8", HEADER, HEADER + 4)
    peer.last_stream = last


def _window_update(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if payload.broken:
        return
    increment = payload.value["window_size_increment"]
    out.detail = f"+{increment}"
    if not increment:
        out.note(ERROR, "PROTOCOL_ERROR: an increment of 0", "RFC 9113 6.9", HEADER, HEADER + 4)
        return
    if not frame.stream:
        peer = connection.peers[who.opposite]
        peer.granted += increment
        peer.stalled = False
        window = peer.window
    else:
        stream = connection.lookup(frame.stream)
        if stream is None:
            text = f"PROTOCOL_ERROR: WINDOW_UPDATE on stream {frame.stream}, which is idle"
            out.note(ERROR, text, "RFC 9113 5.1", 5, 9)
            return
        if not connection.move(stream, who, Event.WINDOW_UPDATE, frame, out):
            return
        stream.halves[who.opposite].granted += increment
        window = connection.window(stream, who.opposite)
    if window > LARGEST_WINDOW and connection.whole:
        out.note(ERROR, f"FLOW_CONTROL_ERROR: a window of {window} bytes", "RFC 9113 6.9.1", HEADER, HEADER + 4)


def _rst_stream(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if not _on_stream(frame, out, "RFC 9113 6.4") or payload.broken:
        return
    out.detail = error_name(payload.value["error"])
    stream = connection.lookup(frame.stream)
    if stream is None:
        out.note(ERROR, f"PROTOCOL_ERROR: RST_STREAM on stream {frame.stream}, which is idle", "RFC 9113 6.4", 5, 9)
        return
    was_open = stream.state is not State.CLOSED
    if was_open:
        stream.reset_by = who
    if not connection.move(stream, who, Event.RST_STREAM, frame, out) or not was_open:
        return
    if who is CLIENT and not stream.answered and not stream.doubtful:
        out.notes += connection.watch.reset(frame)
    if stream.tunnel:
        channel = f"stream {stream.number}"
        out.inner += [Inner(direction=way, data=b"", channel=channel, last=True) for way in Direction]


def _priority(_connection: Connection, frame: Frame, payload: Payload, out: Outcome, _who: Direction) -> None:
    if _on_stream(frame, out, "RFC 9113 6.3") and not payload.broken:
        out.detail = f"depends on {payload.value['stream_dependency']}, weight {payload.value['weight'] + 1}"


def _altsvc(_connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if payload.broken:
        return
    out.detail = payload.value["field_value"][:60].decode("latin-1")
    if who is CLIENT:
        out.note(Severity.NOTE, "ALTSVC from a client means nothing", "RFC 7838 4", 0, HEADER)
    elif bool(frame.stream) == bool(payload.value["origin"]):
        text = "ALTSVC on a stream with an origin" if frame.stream else "ALTSVC on stream 0 without an origin"
        out.note(WARN, f"{text} is ignored", "RFC 7838 4", HEADER, HEADER + 2)


def _origin(_connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if payload.broken:
        return
    out.detail = b", ".join(payload.value["origins"][:4]).decode("latin-1")
    if who is CLIENT:
        out.note(Severity.NOTE, "ORIGIN from a client is ignored", "RFC 8336 2.2", 0, HEADER)
    elif frame.stream or frame.flags:
        out.note(Severity.NOTE, "ORIGIN on a stream or with flags is ignored", "RFC 8336 2.1", 0, HEADER)


def _priority_update(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    if payload.broken:
        return
    number = payload.value["priority_update_stream_id"]
    out.detail = f"stream {number}: {payload.value['priority_update_field_value'][:40].decode('latin-1')}"
    if who is SERVER:
        out.note(ERROR, "PROTOCOL_ERROR: PRIORITY_UPDATE from a server", "RFC 9218 7.1", 0, HEADER)
    elif frame.stream:
        out.note(ERROR, f"PROTOCOL_ERROR: PRIORITY_UPDATE on stream {frame.stream}", "RFC 9218 7.1", 5, 9)
    elif not number:
        out.note(ERROR, "PROTOCOL_ERROR: PRIORITY_UPDATE for stream 0", "RFC 9218 7.1", HEADER, HEADER + 4)
    elif owner(number) is SERVER and connection.lookup(number) is None:
        out.note(
            ERROR, f"PROTOCOL_ERROR: PRIORITY_UPDATE for the push stream {number}, which is idle", "RFC 9218 7.1", HEADER, 13
        )


CONTROL: Mapping[int, Handler] = {
    Type.SETTINGS: _settings,
    Type.PING: _ping,
    Type.GOAWAY: _goaway,
    Type.WINDOW_UPDATE: _window_update,
    Type.RST_STREAM: _rst_stream,
    Type.PRIORITY: _priority,
    Type.ALTSVC: _altsvc,
    Type.ORIGIN: _origin,
    Type.PRIORITY_UPDATE: _priority_update,
}
"""What each of these types does to the connection."""

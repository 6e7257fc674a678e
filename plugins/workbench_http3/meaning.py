"""One piece in its place: which frames belong on which streams, and who looks at which type (RFC 9114 6 and 7)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from workbench.api import Direction, Field, Severity, read_varint, varint
from workbench_http3 import contents, control, sections
from workbench_http3.connection import Connection, Outcome
from workbench_http3.frames import Frame, head_fields, read_frame
from workbench_http3.names import HTTP2_FRAMES, StreamType, Type, error_name, is_reserved, stream_name
from workbench_http3.payloads import Payload, read_payload
from workbench_http3.qpack_streams import instruction
from workbench_http3.states import symbol_of_frame, symbol_of_stream
from workbench_http3.streams import CLIENT, SERVER, Role, Stream, opener, role_of, unidirectional
from workbench_http3.wire import Kind, Piece

__all__ = ["meaning_of"]

Handler = Callable[[Connection, Stream, Frame, Payload, Outcome, Direction], None]


class _Rule(NamedTuple):
    """Where frames of a type may be, who may send them (None: both), the section that says so, and who looks at them."""

    roles: tuple[Role, ...]
    sender: Direction | None
    section: str
    handler: Handler


_MESSAGES = (Role.REQUEST, Role.PUSH)

_RULES: Mapping[int, _Rule] = {
    Type.DATA: _Rule(_MESSAGES, None, "RFC 9114 7.2.1", contents.data),
    Type.HEADERS: _Rule(_MESSAGES, None, "RFC 9114 7.2.2", sections.headers),
    Type.CANCEL_PUSH: _Rule((Role.CONTROL,), None, "RFC 9114 7.2.3", control.cancel_push),
    Type.SETTINGS: _Rule((Role.CONTROL,), None, "RFC 9114 7.2.4", control.settings),
    Type.PUSH_PROMISE: _Rule((Role.REQUEST,), SERVER, "RFC 9114 7.2.5", sections.push_promise),
    Type.GOAWAY: _Rule((Role.CONTROL,), None, "RFC 9114 7.2.6", control.goaway),
    Type.MAX_PUSH_ID: _Rule((Role.CONTROL,), CLIENT, "RFC 9114 7.2.7", control.max_push_id),
    Type.PRIORITY_UPDATE: _Rule((Role.CONTROL,), CLIENT, "RFC 9218 7.2", control.priority_update),
    Type.PRIORITY_UPDATE_PUSH: _Rule((Role.CONTROL,), CLIENT, "RFC 9218 7.2", control.priority_update),
}

_SIDES = ("client", "server")

EMPTY_FRAMES = 100
"""Frames in a row, empty or of types that nobody knows, from which on it is no padding against traffic analysis any more."""


def meaning_of(connection: Connection, stream: Stream, who: Direction, piece: Piece) -> Outcome:
    """What a piece does to the connection and its stream, which it changes, and what is to be said about that."""
    out = Outcome()
    _PIECES[piece.kind](connection, stream, who, piece, out)
    return out


def _frame(connection: Connection, stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    frame = read_frame(piece.raw)
    payload = read_payload(frame)
    half = stream.halves[who]
    half.frames += 1
    out.name = frame.name
    out.symbol = symbol_of_frame(frame.type)
    size = len(frame.raw)
    _opened(stream, who, out, size)
    if not frame.whole and not piece.lost and half.ordered and piece.end < piece.start + frame.head + max(0, frame.length):
        text = f"H3_FRAME_ERROR: the stream ends within a frame, {piece.end - piece.start} bytes from its beginning"
        out.error(text, "RFC 9114 7.1", 0, size)
    elif frame.length < 0 and half.ordered:
        out.error("H3_FRAME_ERROR: the stream ends within the head of a frame", "RFC 9114 7.1", 0, size)
    elif piece.lost:
        text = f"{piece.lost} bytes of the frame were not captured; what follows them in it is left out"
        out.note(Severity.WARN, text, "", 0, size)
    elif frame.missing or frame.length < 0:
        out.note(Severity.WARN, f"only the first {size} bytes of the frame are here", "", 0, size)
    out.fields += (*head_fields(frame), *payload.fields)
    out.notes += payload.notes
    if frame.length >= 0 and _in_place(stream, who, frame, out):
        rule = _RULES.get(frame.type)
        if rule is not None:
            rule.handler(connection, stream, frame, payload, out, who)
    _watch(stream, who, frame, out)
    if payload.canonical and not payload.broken:
        out.value = {"type": frame.type, **payload.value}
        if frame.type in (Type.HEADERS, Type.PUSH_PROMISE) and "lines" not in payload.value:
            out.value.setdefault("section", frame.raw[slice(*payload.content)])


def _watch(stream: Stream, who: Direction, frame: Frame, out: Outcome) -> None:
    """Frames that are legal one by one, and in their number meant to keep somebody busy: said at the threshold and at each doubling."""
    half = stream.halves[who]
    half.idle = half.idle + 1 if frame.type not in _RULES or (frame.type == Type.DATA and not frame.length) else 0
    times, rest = divmod(half.idle, EMPTY_FRAMES)
    if not rest and times and times & (times - 1) == 0:
        text = f"H3_EXCESSIVE_LOAD: {half.idle} frames in a row that carry nothing"
        out.note(Severity.WARN, text, "RFC 9114 10.5", 0, len(frame.raw))


def _opened(stream: Stream, who: Direction, out: Outcome, size: int) -> None:
    """Servers do not open bidirectional streams, but for extensions (RFC 9114 6.1)."""
    if stream.role is Role.REQUEST and opener(stream.number) is SERVER and who is SERVER and stream.halves[who].frames == 1:
        out.error("H3_STREAM_CREATION_ERROR: a bidirectional stream that the server opened", "RFC 9114 6.1", 0, size)


def _in_place(stream: Stream, who: Direction, frame: Frame, out: Outcome) -> bool:
    """Whether a frame may be where it is."""
    size = len(frame.raw)
    half = stream.halves[who]
    if stream.role is Role.CONTROL and half.frames == 1 and frame.type != Type.SETTINGS and not half.doubtful:
        out.error(f"H3_MISSING_SETTINGS: {frame.name} where SETTINGS must come first", "RFC 9114 6.2.1", 0, size)
    if frame.type in HTTP2_FRAMES:
        text = f"H3_FRAME_UNEXPECTED: {frame.name} of HTTP/2, whose type {frame.type:#x} is reserved"
        out.error(text, "RFC 9114 7.2.8", 0, frame.type_end)
    if frame.type == Type.WEBTRANSPORT_STREAM:
        text = "H3_FRAME_ERROR: the signal of a WebTransport stream that is not the first thing on it"
        out.error(text, "draft-ietf-webtrans-http3 4.3", 0, frame.type_end)
    rule = _RULES.get(frame.type)
    if rule is None:
        return True
    if stream.role not in rule.roles:
        text = f"H3_FRAME_UNEXPECTED: {frame.name} on a {stream.role.value}"
        out.error(text, rule.section, 0, size)
        return False
    if rule.sender is not None and who is not rule.sender:
        out.error(f"H3_FRAME_UNEXPECTED: {frame.name} from a {_SIDES[who]}", rule.section, 0, size)
        return False
    return True


def _head(connection: Connection, stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    """The beginning of a unidirectional stream (RFC 9114 6.2)."""
    raw, size = piece.raw, len(piece.raw)
    kind = read_varint(raw)
    out.symbol = symbol_of_stream(-1)
    if kind is None:
        out.name = "stream head"
        out.fields.append(Field("Part of a head", 0, size, raw))
        stream.role = Role.OTHER
        if stream.halves[who].ordered:
            out.note(Severity.NOTE, "the stream ends before its type does", "RFC 9114 6.2", 0, size)
        return
    stream.role = role_of(kind[0])
    out.name, out.symbol = stream_name(kind[0]), symbol_of_stream(kind[0])
    out.fields.append(Field("Stream Type", 0, kind[1], kind[0], abbrev="http3.stream_type", text=out.name))
    out.value = {"stream_type": kind[0]}
    number = read_varint(raw, kind[1])
    if stream.role in _UNIQUE:
        _unique(connection, stream, who, out, size)
    elif stream.role is Role.PUSH:
        _push(connection, stream, who, number, kind[1], out, size)
    elif stream.role is Role.WEBTRANSPORT:
        _session(number, kind[1], out)
    elif not is_reserved(kind[0]):
        out.note(Severity.NOTE, f"a stream of the unknown type {kind[0]:#x}", "RFC 9114 6.2", 0, kind[1])
    if sum(len(varint(found)) for found in out.value.values()) != size:
        out.value = None


_UNIQUE: Mapping[Role, str] = {Role.CONTROL: "RFC 9114 6.2.1", Role.ENCODER: "RFC 9204 4.2", Role.DECODER: "RFC 9204 4.2"}
"""Streams of which each side has one."""


def _unique(connection: Connection, stream: Stream, who: Direction, out: Outcome, size: int) -> None:
    critical = connection.peers[who].critical
    if critical.setdefault(stream.role, stream.number) != stream.number:
        text = f"H3_STREAM_CREATION_ERROR: a second {stream.role.value}"
        out.error(text, _UNIQUE[stream.role], 0, size)


def _push(
    connection: Connection, stream: Stream, who: Direction, number: tuple[int, int] | None, at: int, out: Outcome, size: int
) -> None:
    """The head of a push stream (RFC 9114 6.2.2)."""
    if number is None:
        if stream.halves[who].ordered:
            out.error("H3_FRAME_ERROR: a push stream ends before its push ID does", "RFC 9114 6.2.2", 0, size)
        return
    push_id = stream.push_id = number[0]
    out.fields.append(Field("Push ID", at, number[1], push_id, abbrev="http3.push_id"))
    out.detail = f"push {push_id}"
    assert out.value is not None
    out.value["push_id"] = push_id
    if who is CLIENT:
        out.error("H3_STREAM_CREATION_ERROR: a push stream from a client", "RFC 9114 6.2.2", 0, size)
        return
    if not connection.may_push(push_id):
        text = f"H3_ID_ERROR: push {push_id}, which the client did not allow"
        out.note(connection.suspicion, text, "RFC 9114 4.6", at, size)
        return
    promise = connection.promise(push_id)
    if promise.arrived:
        out.error(f"H3_ID_ERROR: a second stream for push {push_id}", "RFC 9114 4.6", at, size)
    promise.arrived = True
    stream.method = promise.method


def _session(number: tuple[int, int] | None, at: int, out: Outcome) -> None:
    """The session of a WebTransport stream: the number of the stream of its CONNECT (draft-ietf-webtrans-http3 4.2)."""
    if number is None:
        return
    session, end = number
    out.fields.append(Field("Session ID", at, end, session, abbrev="http3.webtransport.session_id"))
    out.detail = f"session {session}"
    if out.value is not None:
        out.value["session"] = session
    if unidirectional(session) or opener(session) is not CLIENT:
        text = f"H3_ID_ERROR: session {session} is the stream of no CONNECT"
        out.error(text, "draft-ietf-webtrans-http3 4", at, end)


def _signal(_connection: Connection, stream: Stream, _who: Direction, piece: Piece, out: Outcome) -> None:
    kind = read_varint(piece.raw)
    assert kind is not None
    stream.role = Role.WEBTRANSPORT
    out.name, out.symbol = "WebTransport stream", symbol_of_stream(StreamType.WEBTRANSPORT)
    out.fields.append(Field("Type", 0, kind[1], kind[0], abbrev="http3.frame_type", text=Type(kind[0]).name))
    out.value = {"signal": kind[0]}
    _session(read_varint(piece.raw, kind[1]), kind[1], out)
    if sum(len(varint(found)) for found in out.value.values()) != len(piece.raw):
        out.value = None


def _instruction(connection: Connection, _stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    assert piece.instruction is not None
    instruction(connection, piece.instruction, piece.raw, out, who)


def _broken(connection: Connection, stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    """No instruction of QPACK can begin here, or the last one is not whole."""
    size = len(piece.raw)
    encoder = stream.role is Role.ENCODER
    out.name, out.symbol = (
        "broken instruction" if piece.trouble else "part of an instruction",
        "encoder" if encoder else "decoder",
    )
    out.fields.append(
        Field("Instruction", 0, size, piece.raw, abbrev="http3.qpack.encoder" if encoder else "http3.qpack.decoder")
    )
    if piece.trouble is not None:
        text = f"{error_name(0x201 if encoder else 0x202)}: {piece.trouble}"
        out.error(text, piece.trouble.section, 0, size)
    if encoder:
        connection.peers[who].table.forget()
        out.wakes += connection.peers[who].awake()


def _opaque(_connection: Connection, stream: Stream, _who: Direction, piece: Piece, out: Outcome) -> None:
    size = len(piece.raw)
    out.name, out.symbol = "stream data", symbol_of_stream(-1)
    out.detail = f"{size} bytes on a {stream.role.value}"
    out.fields.append(Field("Stream Data", 0, size, piece.raw, abbrev="http3.stream_data"))
    out.value = {"data": piece.raw}


def _rest(_connection: Connection, stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    """The connection moved within a frame: what of it came here."""
    stream.halves[who].doubtful = True
    out.name, out.symbol = "end of a frame", "part"
    out.detail = f"{piece.end - piece.start} bytes"
    out.note(
        Severity.NOTE, "the frame began where the connection was before it moved; its bytes are left out", "RFC 9000 9", 0, 0
    )


def _lost(connection: Connection, stream: Stream, who: Direction, piece: Piece, out: Outcome) -> None:
    size = len(piece.raw)
    out.name = "lost bytes"
    if piece.lost:
        out.note(Severity.WARN, f"{piece.lost} bytes were not captured", "", 0, size)
        stream.halves[who].doubtful = True
        connection.lose(who, stream.role)
        out.wakes += connection.peers[who].awake()
    if size:
        out.note(Severity.NOTE, "what follows a loss or a broken instruction cannot be read", "", 0, size)
    out.fields.append(Field("Data", 0, size, piece.raw or None, abbrev="data.data"))


_PIECES: Mapping[Kind, Callable[[Connection, Stream, Direction, Piece, Outcome], None]] = {
    Kind.FRAME: _frame,
    Kind.HEAD: _head,
    Kind.SIGNAL: _signal,
    Kind.INSTRUCTION: _instruction,
    Kind.BROKEN: _broken,
    Kind.OPAQUE: _opaque,
    Kind.REST: _rest,
    Kind.LOST: _lost,
}

"""The bodies of messages: DATA frames, the end of a half, contents put together and unfolded, tunnels (RFC 9113 6.1, 8.1, 8.5)."""

from workbench.api import Direction, Field, Inner, Severity
from workbench_http.bodies import Body
from workbench_http.codings import unfold
from workbench_http2.connection import CLIENT, Connection, Outcome
from workbench_http2.frames import HEADER, Frame
from workbench_http2.limits import MAX_EARLY, MAX_ITEMS
from workbench_http2.payloads import END_STREAM, Payload
from workbench_http2.streams import Event, Half, Stage, Stream

__all__ = ["data", "end_half", "tunnelled"]

ERROR, WARN = Severity.ERROR, Severity.WARN


def data(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A DATA frame."""
    ends = bool(frame.flags & END_STREAM)
    out.detail = f"{payload.content[1] - payload.content[0]} bytes"
    if not frame.stream:
        out.note(ERROR, "PROTOCOL_ERROR: DATA on stream 0", "RFC 9113 6.1", 5, 9)
        return
    _spend(connection, frame, out, who)
    stream = connection.lookup(frame.stream)
    if stream is None:
        out.note(ERROR, f"PROTOCOL_ERROR: DATA on stream {frame.stream}, which is idle", "RFC 9113 5.1", 5, 9)
        return
    if not connection.move(stream, who, Event.DATA, frame, out):
        return
    half = stream.halves[who]
    half.sent += frame.length
    if connection.whole and frame.length and connection.window(stream, who) < 0:
        text = f"FLOW_CONTROL_ERROR: {-connection.window(stream, who)} bytes beyond the window of stream {stream.number}"
        out.note(ERROR, text, "RFC 9113 6.9.1", 0, len(frame.raw))
    if payload.broken and frame.whole:
        return
    if half.stage is Stage.NOTHING and not stream.doubtful:
        out.note(ERROR, "malformed: DATA before the header section", "RFC 9113 8.1", 0, len(frame.raw))
    _take(connection, stream, half, frame, payload, out, who)
    if ends:
        end_half(connection, stream, frame, out, who)


def _spend(connection: Connection, frame: Frame, out: Outcome, who: Direction) -> None:
    """All of the payload counts, whatever becomes of the frame (RFC 9113 6.9.1)."""
    peer = connection.peers[who]
    peer.sent += frame.length
    if not connection.whole:
        return
    if peer.window < 0 and frame.length:
        text = f"FLOW_CONTROL_ERROR: {-peer.window} bytes beyond the window of the connection"
        out.note(ERROR, text, "RFC 9113 6.9.1", 0, len(frame.raw))
    elif not peer.window and not peer.stalled:
        peer.stalled = True
        out.note(Severity.CHAT, "the window of the connection is used up", "RFC 9113 6.9.1", 0, HEADER)


def _take(
    connection: Connection, stream: Stream, half: Half, frame: Frame, payload: Payload, out: Outcome, who: Direction
) -> None:
    start, end = payload.content
    content = frame.raw[start:end]
    missing = HEADER + frame.length - len(frame.raw)
    half.content += len(content) + missing
    if stream.tunnel:
        if content or frame.flags & END_STREAM:
            gap, half.lost = half.lost, missing
            way = frame.direction
            out.inner.append(tunnelled(stream, way, content, gap=gap, last=bool(frame.flags & END_STREAM)))
        else:
            half.lost += missing
        return
    if stream.method == b"CONNECT" and who is CLIENT and not stream.answered:
        room = min(MAX_EARLY - len(half.early), connection.purse.room)
        half.early += content[: max(0, room)]
        connection.purse.room -= min(len(content), max(0, room))
        return
    if half.body is None:
        half.body = Body()
    half.body.add(content, missing, connection.purse)
    if half.body.is_grpc:
        _grpc(connection, half.body, out)


def _grpc(connection: Connection, body: Body, out: Outcome) -> None:
    """The messages that this frame completed, in a view of their own: they know nothing of frames."""
    found = body.messages(connection.purse)
    if not found:
        return
    view = out.view("gRPC messages", b"".join(message.data for message in found))
    at = 0
    for message in found[:MAX_ITEMS]:
        end = at + len(message.data)
        parts = (
            Field("Compressed Flag", at, at + 1, message.compressed, abbrev="grpc.compressed_flag", view=view),
            Field("Message Length", at + 1, at + 5, message.length, abbrev="grpc.message_length", view=view),
            Field("Message Data", at + 5, end, message.data[5:], abbrev="grpc.message_data", view=view),
        )
        out.fields.append(Field("gRPC Message", at, end, None, parts, "grpc", view=view))
        at = end
        if message.cut:
            out.note(WARN, f"a gRPC message of {message.length} bytes is cut", "", HEADER, HEADER)


def end_half(connection: Connection, stream: Stream, frame: Frame, out: Outcome, who: Direction) -> None:
    """END_STREAM: the body is complete."""
    half = stream.halves[who]
    if half.expected is not None and half.content != half.expected and not stream.doubtful:
        text = f"malformed: {half.content} bytes of content where content-length says {half.expected}"
        out.note(ERROR, text, "RFC 9113 8.1.1", 0, len(frame.raw))
    body, half.body = half.body, None
    if body is not None:
        if not body.is_grpc:
            _show(connection, body, out)
        body.release(connection.purse)
    connection.move(stream, who, Event.END, frame, out)


def _show(connection: Connection, body: Body, out: Outcome) -> None:
    """The body as one, where several frames brought it, and as it was before its codings."""
    content = bytes(body.data)
    size = len(content)
    if body.frames > 1:
        view = out.view("body", content)
        length, whole = "http2.body.reassembled.length", "http2.body.reassembled.data"
        out.fields += [
            Field("Reassembled body length", 0, size, size, abbrev=length, view=view, generated=True),
            Field("Reassembled body data", 0, size, content, abbrev=whole, view=view, generated=True),
        ]
    if body.missing:
        out.note(WARN, f"{body.missing} bytes of the body are missing: not captured, or beyond what is kept", "", 0, HEADER)
    if not body.codings or not content:
        return
    unfolded = unfold(body.codings, content, connection.purse.share(size))
    connection.purse.spend(size, sum(len(plain.data) for plain in unfolded.views))
    if unfolded.trouble and not (body.missing and unfolded.views):
        severity = Severity.CHAT if unfolded.unknown else WARN
        out.note(severity, unfolded.trouble, "RFC 9110 8.4.1", 0, HEADER)
    for plain in unfolded.views:
        view = out.view(plain.name, plain.data)
        out.fields.append(Field(f"Content, {plain.name}", 0, len(plain.data), plain.data, view=view, generated=True))


def tunnelled(stream: Stream, way: Direction, content: bytes, *, gap: int = 0, last: bool = False) -> Inner:
    """Bytes inside a tunnel that CONNECT opened; what the other protocol is, an extended CONNECT says (RFC 8441 4)."""
    protocol = "websocket" if stream.protocol.lower() == b"websocket" else None
    channel, facts = f"stream {stream.number}", stream.facts or {}
    return Inner(direction=way, data=content, channel=channel, protocol=protocol, gap=gap, last=last, facts=facts)

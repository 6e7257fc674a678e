"""What DATA frames carry: bodies put together and unfolded, tunnels, capsules; and the end of a stream (RFC 9114 4.1, 4.4, 7.2.1)."""

from workbench.api import Direction, Field, Inner, Severity
from workbench_http.bodies import Body
from workbench_http.codings import unfold
from workbench_http3.capsules import capsule_fields
from workbench_http3.connection import Connection, Outcome
from workbench_http3.frames import Frame
from workbench_http3.limits import MAX_EARLY, MAX_ITEMS
from workbench_http3.payloads import Payload
from workbench_http3.streams import CLIENT, SERVER, Half, Role, Stage, Stream, opener

__all__ = ["data", "end_half", "say_inside"]

WARN = Severity.WARN


def data(connection: Connection, stream: Stream, frame: Frame, _payload: Payload, out: Outcome, who: Direction) -> None:
    """A DATA frame on a request or push stream."""
    half = stream.halves[who]
    content = frame.raw[frame.head :]
    out.detail = f"{frame.length} bytes"
    if half.stage is Stage.NOTHING and not half.doubtful:
        out.error("H3_FRAME_UNEXPECTED: DATA before HEADERS", "RFC 9114 4.1", 0, len(frame.raw))
    elif half.stage is Stage.TRAILERS:
        out.error("H3_FRAME_UNEXPECTED: DATA behind the trailers", "RFC 9114 4.1", 0, len(frame.raw))
    elif who is SERVER and stream.method == b"HEAD" and frame.length and not half.content:
        out.note(WARN, "content in the response to HEAD", "RFC 9110 9.3.2", 0, len(frame.raw))
    half.content += frame.length
    if stream.tunnel:
        say_inside(stream, half, who, content, out, frame.missing)
        return
    if stream.method == b"CONNECT" and who is CLIENT and not stream.answered:
        room = max(0, min(MAX_EARLY - len(half.early), connection.purse.room, len(content)))
        half.early += content[:room]
        connection.purse.room -= room
        return
    if half.body is None:
        half.body = Body()
    half.body.add(content, frame.missing, connection.purse)
    if half.body.is_grpc:
        _grpc(connection, half.body, frame, out)


def say_inside(stream: Stream, half: Half, who: Direction, content: bytes, out: Outcome, missing: int = 0) -> None:
    """Bytes inside a tunnel that CONNECT opened: capsules, or another protocol's, which an extended CONNECT names (RFC 9220 3)."""
    if half.capsules is not None:
        found = half.capsules.receive(content)
        if missing:
            half.capsules.lose()
        view = out.view("capsules", b"".join(capsule.raw for capsule in found)) if found else 0
        at = 0
        for number, capsule in enumerate(found):
            if number < MAX_ITEMS:
                out.fields.append(capsule_fields(capsule, at, view))
            at += len(capsule.raw)
        return
    if content:
        gap, half.lost = half.lost, missing
        out.inner.append(_inner(stream, who, content, gap=gap))
    else:
        half.lost += missing


def _inner(stream: Stream, who: Direction, content: bytes, *, gap: int = 0, last: bool = False) -> Inner:
    protocol = "websocket" if stream.protocol.lower() == b"websocket" else None
    channel, facts = f"stream {stream.number}", stream.facts or {}
    return Inner(direction=who, data=content, channel=channel, protocol=protocol, gap=gap, last=last, facts=facts)


def _grpc(connection: Connection, body: Body, frame: Frame, out: Outcome) -> None:
    """The messages that this frame completed, in a view of their own: they know nothing of frames."""
    found = body.messages(connection.purse)
    if not found:
        return
    view = out.view("gRPC messages", b"".join(message.data for message in found))
    at = 0
    for number, message in enumerate(found):
        end = at + len(message.data)
        if number < MAX_ITEMS:
            parts = (
                Field("Compressed Flag", at, at + 1, message.compressed, abbrev="grpc.compressed_flag", view=view),
                Field("Message Length", at + 1, at + 5, message.length, abbrev="grpc.message_length", view=view),
                Field("Message Data", at + 5, end, message.data[5:], abbrev="grpc.message_data", view=view),
            )
            out.fields.append(Field("gRPC Message", at, end, None, parts, "grpc", view=view))
        at = end
        if message.cut:
            out.note(WARN, f"a gRPC message of {message.length} bytes is cut", "", frame.head, frame.head)


def end_half(connection: Connection, stream: Stream, who: Direction, out: Outcome, size: int) -> None:
    """No more bytes from a side: what that completes, or leaves undone. `size` is that of the piece that the remarks are made on."""
    half = stream.halves[who]
    half.over = True
    if stream.role in (Role.CONTROL, Role.ENCODER, Role.DECODER):
        if half.ordered and who is opener(stream.number):
            text = f"H3_CLOSED_CRITICAL_STREAM: the {stream.role.value} ends"
            out.error(text, "RFC 9204 4.2" if stream.role is not Role.CONTROL else "RFC 9114 6.2.1", 0, size)
        return
    if stream.role is Role.REQUEST:
        _complete(stream, half, who, out, size)
    body, half.body = half.body, None
    if body is not None:
        if not body.is_grpc:
            _show(connection, body, out, ordered=half.ordered)
        body.release(connection.purse)
    connection.purse.room += len(half.early)
    half.early.clear()
    if stream.tunnel and half.capsules is None:
        out.inner.append(_inner(stream, who, b"", gap=half.lost, last=True))
    elif half.capsules is not None and half.capsules.waiting and half.ordered:
        text = f"H3_MESSAGE_ERROR: the stream ends within a capsule, behind {half.capsules.waiting} bytes of it"
        out.error(text, "RFC 9297 3.3", 0, size)


def _complete(stream: Stream, half: Half, who: Direction, out: Outcome, size: int) -> None:
    """Whether the message was all there, where its sender said that it is over."""
    if not half.ordered or half.doubtful:
        return
    if half.stage is Stage.NOTHING and who is CLIENT and opener(stream.number) is CLIENT:
        out.error("H3_REQUEST_INCOMPLETE: the stream ends without a request", "RFC 9114 4.1.1", 0, size)
    elif half.stage is Stage.NOTHING and not stream.answered and stream.method:
        out.error("H3_MESSAGE_ERROR: the stream ends without a response", "RFC 9114 4.1", 0, size)
    elif half.expected is not None and half.content != half.expected:
        text = f"H3_MESSAGE_ERROR: {half.content} bytes of content where content-length says {half.expected}"
        out.error(text, "RFC 9114 4.1.2", 0, size)


def _show(connection: Connection, body: Body, out: Outcome, *, ordered: bool) -> None:
    """The body as one, where several frames brought it, and as it was before its codings."""
    content = bytes(body.data)
    size = len(content)
    if body.frames > 1:
        view = out.view("body", content)
        length, whole = "http3.body.reassembled.length", "http3.body.reassembled.data"
        out.fields += [
            Field("Reassembled body length", 0, size, size, abbrev=length, view=view, generated=True),
            Field("Reassembled body data", 0, size, content, abbrev=whole, view=view, generated=True),
        ]
    if body.missing:
        out.note(WARN, f"{body.missing} bytes of the body are missing: not captured, or beyond what is kept", "", 0, 0)
    if not ordered and body.frames:
        out.note(Severity.CHAT, "the end of the body was not seen", "", 0, 0)
    if not body.codings or not content:
        return
    unfolded = unfold(body.codings, content, connection.purse.share(size))
    connection.purse.spend(size, sum(len(plain.data) for plain in unfolded.views))
    if unfolded.trouble and not ((body.missing or not ordered) and unfolded.views):
        severity = Severity.CHAT if unfolded.unknown else WARN
        out.note(severity, unfolded.trouble, "RFC 9110 8.4.1", 0, 0)
    for plain in unfolded.views:
        view = out.view(plain.name, plain.data)
        out.fields.append(Field(f"Content, {plain.name}", 0, len(plain.data), plain.data, view=view, generated=True))

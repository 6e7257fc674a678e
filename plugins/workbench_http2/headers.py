"""HEADERS, PUSH_PROMISE and CONTINUATION: header blocks decoded, and what they do to their streams (RFC 9113 4.3, 5.1.1, 6, 8)."""

from typing import Any

from workbench.api import Direction, Severity
from workbench_http.bodies import Body
from workbench_http.limits import MAX_CODINGS
from workbench_http2.abuse import CONTINUATIONS, EXPANDED, EXPANSION
from workbench_http2.connection import CLIENT, SERVER, Connection, OpenBlock, Outcome, Peer
from workbench_http2.frames import Frame
from workbench_http2.header_fields import block_fields
from workbench_http2.hpack import Block, Form, line_value, unpack
from workbench_http2.limits import MAX_BLOCK, MAX_FACTS
from workbench_http2.messages import end_half, tunnelled
from workbench_http2.names import Setting, Type
from workbench_http2.payloads import END_HEADERS, END_STREAM, Payload
from workbench_http2.rules import Head, Kind, breaches, read_list
from workbench_http2.streams import Event, Half, Stage, State, Stream, owner

__all__ = ["continuation", "headers", "push_promise"]

ERROR, WARN, NOTE = Severity.ERROR, Severity.WARN, Severity.NOTE

_NO_CONTENT = (204, 304)
"""Statuses whose content-length does not speak about their own body (RFC 9110 8.6)."""


def headers(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A HEADERS frame; its block is looked at when it is complete."""
    if not frame.stream:
        out.note(ERROR, "PROTOCOL_ERROR: HEADERS on stream 0", "RFC 9113 6.2", 5, 9)
    _begin(connection, frame, payload, out, who, 0)


def push_promise(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A PUSH_PROMISE frame: the stream it promises is reserved at once."""
    promised = payload.value.get("promised_stream_id", 0)
    size = len(frame.raw)
    if not frame.stream:
        out.note(ERROR, "PROTOCOL_ERROR: PUSH_PROMISE on stream 0", "RFC 9113 6.6", 5, 9)
    if who is CLIENT:
        out.note(ERROR, "PROTOCOL_ERROR: PUSH_PROMISE from a client", "RFC 9113 8.4", 0, size)
    elif connection.whole and not connection.peers[CLIENT].announced.largest(Setting.ENABLE_PUSH):
        out.note(ERROR, "PROTOCOL_ERROR: PUSH_PROMISE although the client has disabled it", "RFC 9113 6.6", 0, size)
    if not payload.broken:
        _reserve(connection, frame, promised, out, who)
    _begin(connection, frame, payload, out, who, promised)


def continuation(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A CONTINUATION frame: more of the block that is open."""
    peer = connection.peers[who]
    block = peer.block
    if block is None or block.stream != frame.stream:
        if connection.whole:
            out.note(ERROR, "PROTOCOL_ERROR: CONTINUATION without a block to continue", "RFC 9113 6.10", 0, len(frame.raw))
        peer.block = None
        peer.table.forget()
        return
    block.frames += 1
    if block.frames == CONTINUATIONS + 1 or (block.frames > CONTINUATIONS and frame.flags & END_HEADERS):
        text = f"CONTINUATION flood: {block.frames} frames for one header block"
        out.note(WARN, text, "CVE-2024-27316", 0, len(frame.raw))
    _extend(block, frame, payload)
    if frame.flags & END_HEADERS:
        peer.block = None
        _complete(connection, frame, payload, out, who, block)


def _begin(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction, promised: int) -> None:
    end_stream = frame.type == Type.HEADERS and bool(frame.flags & END_STREAM)
    block = OpenBlock(frame.stream, end_stream, promised, bytearray())
    _extend(block, frame, payload)
    if frame.flags & END_HEADERS:
        _complete(connection, frame, payload, out, who, block)
    else:
        connection.peers[who].block = block


def _extend(block: OpenBlock, frame: Frame, payload: Payload) -> None:
    start, end = payload.content
    block.lost = block.lost or payload.broken or len(block.data) + end - start > MAX_BLOCK
    if not block.lost:
        block.data += frame.raw[start:end]


def _reserve(connection: Connection, frame: Frame, promised: int, out: Outcome, who: Direction) -> None:
    """The promised stream (RFC 9113 6.6)."""
    if promised == 0 or owner(promised) is not SERVER or (connection.whole and connection.streams.passed(promised)):
        out.note(ERROR, f"PROTOCOL_ERROR: stream {promised} cannot be promised", "RFC 9113 6.6", 0, len(frame.raw))
        return
    parent = connection.lookup(frame.stream)
    usable = parent is not None and (parent.state in (State.OPEN, State.CLIENT_DONE) or parent.reset_by is CLIENT)
    if connection.whole and not usable:
        state = parent.state.value if parent else State.IDLE.value
        out.note(ERROR, f"PROTOCOL_ERROR: PUSH_PROMISE on stream {frame.stream}, which is {state}", "RFC 9113 6.6", 5, 9)
    if connection.streams.passed(promised):
        return
    stream = Stream(promised)
    if connection.move(stream, who, Event.PROMISE, frame, out):
        stream.halves[CLIENT].stage = Stage.HEAD
        connection.add(stream)


def _complete(connection: Connection, frame: Frame, payload: Payload, out: Outcome, who: Direction, pending: OpenBlock) -> None:
    """All of a block is there: decode it, and see what message it begins, goes on with, or ends."""
    peer, other = connection.peers[who], connection.peers[who.opposite]
    size = len(frame.raw)
    head = read_list(())
    if pending.lost:
        peer.table.forget()
        out.note(WARN, f"a header block that is not here whole, or longer than {MAX_BLOCK} bytes", "", 0, size)
    else:
        data = bytes(pending.data)
        block = unpack(data, peer.table, other.announced.largest(Setting.HEADER_TABLE_SIZE))
        _show(frame, payload, out, peer, other, block, data)
        head = read_list([(line.name, line.value) for line in block.lines if line.form is not Form.RESIZE])
        if pending.frames == 1 and block.canonical and not block.trouble and len(block.lines) == block.count + len(block.resizes):
            out.block = [line_value(line) for line in block.lines]
    if pending.promised:
        _judge(payload, out, head, Kind.PROMISE)
        out.detail = f"stream {pending.promised}: {_said(head, Kind.PROMISE)}"
        promised = connection.streams.find(pending.promised)
        if promised is not None:
            promised.method = head.pseudo.get(b":method", b"")
        return
    stream = _opened(connection, frame, out, who, pending.stream)
    if stream is None:
        out.detail = _said(head, _guess(head))
        return
    kind = _enter(stream, who, head)
    if not pending.lost:
        _judge(payload, out, head, kind)
    out.detail = _said(head, kind)
    half = stream.halves[who]
    if kind is Kind.TRAILERS and not pending.end_stream and not stream.doubtful:
        out.note(ERROR, "PROTOCOL_ERROR: trailers without END_STREAM", "RFC 9113 8.1", 0, size)
    if kind is Kind.REQUEST:
        _request(stream, half, head, connection, out, size)
    elif kind is Kind.RESPONSE:
        _response(connection, stream, half, head, out, size, ends=pending.end_stream)
    if pending.end_stream:
        end_half(connection, stream, frame, out, who)


def _show(frame: Frame, payload: Payload, out: Outcome, peer: Peer, other: Peer, block: Block, data: bytes) -> None:
    """The block as fields, and what is wrong with it as a block."""
    size = len(frame.raw)
    out.fields += block_fields(block, data, out.view("header block", data))
    start, end = payload.content
    if block.trouble:
        at = min(start + block.trouble_at, end) if frame.type != Type.CONTINUATION else start
        out.note(ERROR, f"COMPRESSION_ERROR: {block.trouble}", block.section, at, end)
    if block.unseen:
        text = f"{block.unseen} header fields are in a table whose entries were not seen"
        out.note(NOTE, text, "RFC 7541 2.3.2", start, end)
    if peer.must_shrink:
        peer.must_shrink = False
        if not block.resizes and not peer.table.doubtful:
            text = "COMPRESSION_ERROR: no size update although the header table had to become smaller"
            out.note(ERROR, text, "RFC 7541 4.2", start, end)
    hidden = block.count + len(block.resizes) - len(block.lines)
    if hidden > 0:
        out.note(WARN, f"{hidden} of {block.count} header fields are not shown", "", 0, size)
    if block.size > EXPANDED and block.size > EXPANSION * len(data):
        text = f"HPACK bomb: {len(data)} bytes stand for a header list of {block.size}"
        out.note(WARN, text, "RFC 7541 7.3", start, end)
    if block.size > other.announced.largest(Setting.MAX_HEADER_LIST_SIZE):
        out.note(NOTE, f"a header list of {block.size} bytes, more than its receiver wants", "RFC 9113 6.5.2", start, end)


def _judge(payload: Payload, out: Outcome, head: Head, kind: Kind) -> None:
    for breach in breaches(head, kind):
        text = f"malformed: {breach.text}" if breach.severity is ERROR else breach.text
        out.note(breach.severity, text, breach.section, *payload.content)


def _opened(connection: Connection, frame: Frame, out: Outcome, who: Direction, number: int) -> Stream | None:
    """The stream of a HEADERS frame, new or not; None where it cannot be one (RFC 9113 5.1.1)."""
    if not number:
        return None
    stream = connection.lookup(number)
    if stream is not None:
        if stream.state is State.CLOSED and stream.doubtful:
            text = f"PROTOCOL_ERROR: stream {number} behind stream {connection.streams.highest[owner(number)]}"
            out.note(ERROR, text, "RFC 9113 5.1.1", 5, 9)
            return None
        return stream if connection.move(stream, who, Event.HEADERS, frame, out) else None
    stream = Stream(number)
    if owner(number) is not who:
        out.note(ERROR, f"PROTOCOL_ERROR: stream {number} is not for this side to open", "RFC 9113 5.1.1", 5, 9)
        return None
    if not connection.move(stream, who, Event.HEADERS, frame, out):
        return None
    connection.add(stream)
    _count(connection, frame, out, who)
    farewell = connection.peers[who.opposite].last_stream
    if farewell is not None and number > farewell:
        out.note(WARN, f"stream {number} was opened behind the other side's GOAWAY", "RFC 9113 6.8", 5, 9)
    return stream


def _count(connection: Connection, frame: Frame, out: Outcome, who: Direction) -> None:
    most = connection.peers[who.opposite].announced.largest(Setting.MAX_CONCURRENT_STREAMS)
    active = connection.streams.active[who]
    if active > most:
        out.note(ERROR, f"REFUSED_STREAM: {active} streams where {most} are allowed", "RFC 9113 5.1.2", 0, len(frame.raw))


def _guess(head: Head) -> Kind:
    if b":method" in head.pseudo:
        return Kind.REQUEST
    return Kind.RESPONSE if b":status" in head.pseudo else Kind.TRAILERS


def _enter(stream: Stream, who: Direction, head: Head) -> Kind:
    """What the section is by its place in the stream, whose half goes a stage on (RFC 9113 8.1)."""
    half = stream.halves[who]
    if stream.doubtful and half.stage is Stage.NOTHING:
        kind = _guess(head)
    elif half.stage is Stage.NOTHING:
        kind = Kind.REQUEST if who is CLIENT else Kind.RESPONSE
    else:
        kind = Kind.TRAILERS
    status = head.status
    interim = kind is Kind.RESPONSE and status is not None and 100 <= status < 200
    if not interim:
        half.stage = Stage.TRAILERS if kind is Kind.TRAILERS else Stage.HEAD
    return kind


def _said(head: Head, kind: Kind) -> str:
    if kind is Kind.RESPONSE:
        return head.pseudo.get(b":status", b"?").decode("latin-1")
    if kind is Kind.TRAILERS:
        return "trailers"
    target = head.pseudo.get(b":path") or head.pseudo.get(b":authority", b"")
    return f"{head.pseudo.get(b':method', b'?').decode('latin-1')} {target.decode('latin-1')}"


def _body(head: Head) -> Body:
    """What is kept of a head for its body is short, however long the fields were."""
    codings = [coding for coding in head.members(b"content-encoding") if coding != b"identity"]
    return Body(codings[-MAX_CODINGS:], (head.first(b"content-type") or b"")[:64].lower().strip())


def _request(stream: Stream, half: Half, head: Head, connection: Connection, out: Outcome, size: int) -> None:
    out.exchange = stream.number
    stream.method = head.pseudo.get(b":method", b"")
    stream.protocol = head.pseudo.get(b":protocol", b"")
    half.expected = head.length
    half.body = _body(head)
    if stream.method != b"CONNECT":
        return
    half.expected = None
    half.lines = tuple(head.pairs[:MAX_FACTS])
    announced = connection.peers[SERVER].announced
    if stream.protocol and connection.whole and announced.frames and not announced.largest(Setting.ENABLE_CONNECT_PROTOCOL):
        out.note(ERROR, "PROTOCOL_ERROR: :protocol although the server did not enable it", "RFC 8441 3", 0, size)


def _response(connection: Connection, stream: Stream, half: Half, head: Head, out: Outcome, size: int, *, ends: bool) -> None:
    status = head.status
    if status is not None and 100 <= status < 200:
        if ends:
            out.note(ERROR, f"PROTOCOL_ERROR: {status} is interim and cannot end the stream", "RFC 9113 8.1", 0, size)
        return
    out.exchange = stream.number if owner(stream.number) is CLIENT else None
    stream.answered = True
    half.body = _body(head)
    if not (stream.doubtful or stream.method == b"HEAD" or status in _NO_CONTENT):
        half.expected = head.length
    if stream.method == b"CONNECT" and status is not None and 200 <= status < 300:
        _open_tunnel(connection, stream, half, head, status, out)


def _open_tunnel(connection: Connection, stream: Stream, half: Half, head: Head, status: int, out: Outcome) -> None:
    """From here on DATA is another protocol's (RFC 9113 8.5, RFC 8441 5)."""
    asked = stream.halves[CLIENT]
    pseudo = read_list(asked.lines).pseudo
    stream.tunnel = True
    half.expected = None
    half.body = asked.body = None
    facts: dict[str, Any] = {
        "request": asked.lines,
        "response": tuple(head.pairs[:MAX_FACTS]),
        "target": pseudo.get(b":path") or pseudo.get(b":authority", b""),
        "method": b"CONNECT",
        "status": status,
    }
    stream.facts = facts
    if asked.early:
        out.inner.append(tunnelled(stream, connection.client, bytes(asked.early)))

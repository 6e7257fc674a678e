"""HEADERS and PUSH_PROMISE: field sections decoded, and what message they begin, go on with or end (RFC 9114 4.1 to 4.6)."""

from typing import Any

from workbench.api import Direction, Severity
from workbench_http.bodies import Body
from workbench_http.limits import MAX_CODINGS
from workbench_http3.capsules import CapsuleReader, speaks_capsules
from workbench_http3.connection import Connection, Outcome
from workbench_http3.contents import say_inside
from workbench_http3.frames import Frame
from workbench_http3.limits import MAX_FACTS, MAX_SECTION
from workbench_http3.names import Setting
from workbench_http3.payloads import Payload
from workbench_http3.qpack import Section, line_value, unpack
from workbench_http3.rules import Head, Kind, breaches, read_list
from workbench_http3.streams import CLIENT, SERVER, Half, Role, Stage, Stream

__all__ = ["headers", "push_promise"]

ERROR, WARN, NOTE = Severity.ERROR, Severity.WARN, Severity.NOTE

EXPANSION = 64
"""A field section that is so many times as long as its encoding, and longer than `EXPANDED`, was made to be."""

EXPANDED = 65_536
"""Bytes from which on a field section may count as a bomb: four times what common servers accept."""

_NO_CONTENT = (204, 304)
"""Statuses whose content-length does not speak about their own body (RFC 9110 8.6)."""


def headers(connection: Connection, stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A HEADERS frame on a request or push stream."""
    half = stream.halves[who]
    if half.stage is Stage.TRAILERS:
        out.error("H3_FRAME_UNEXPECTED: HEADERS behind the trailers", "RFC 9114 4.1", 0, len(frame.raw))
    section = _decode(connection, stream, frame, payload, out, who)
    head = read_list([(line.name, line.value) for line in section.lines] if section is not None else ())
    kind = _enter(half, who, head)
    if section is not None and not section.trouble:
        _judge(payload, out, head, kind)
    out.detail = _said(head, kind)
    if stream.tunnel:
        out.error("H3_FRAME_UNEXPECTED: HEADERS inside a tunnel", "RFC 9114 4.4", 0, len(frame.raw))
    elif kind is Kind.REQUEST:
        _request(connection, stream, half, head, out, len(frame.raw))
    elif kind is Kind.RESPONSE:
        _response(connection, stream, half, head, out)


def push_promise(connection: Connection, stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction) -> None:
    """A PUSH_PROMISE frame on a request stream (RFC 9114 7.2.5)."""
    push_id = payload.value.get("push_id")
    if push_id is None:
        return
    size = len(frame.raw)
    section = _decode(connection, stream, frame, payload, out, who)
    head = read_list([(line.name, line.value) for line in section.lines] if section is not None else ())
    out.detail = f"push {push_id}: {_said(head, Kind.PROMISE)}"
    if section is not None and not section.trouble:
        _judge(payload, out, head, Kind.PROMISE)
    if not connection.may_push(push_id):
        text = f"H3_ID_ERROR: push {push_id}, which the client did not allow"
        out.note(connection.suspicion, text, "RFC 9114 7.2.5", 0, size)
        return
    promise = connection.promise(push_id)
    if section is None or section.trouble or section.unseen:
        return
    pairs = tuple(head.pairs[:MAX_FACTS])
    if promise.section is not None and promise.section != pairs:
        text = f"H3_GENERAL_PROTOCOL_ERROR: push {push_id} was promised with other fields"
        out.error(text, "RFC 9114 7.2.5", 0, size)
    promise.section = pairs
    promise.method = head.pseudo.get(b":method", b"")


def _decode(
    connection: Connection, stream: Stream, frame: Frame, payload: Payload, out: Outcome, who: Direction
) -> Section | None:
    """The section as fields, and what is wrong with it as a section; None where it is not here whole."""
    start, end = payload.content
    size = len(frame.raw)
    if payload.broken or end - start > MAX_SECTION:
        if not payload.broken:
            out.note(WARN, f"a field section of more than {MAX_SECTION} bytes is not decoded", "", 0, size)
        return None
    peer = connection.peers[who]
    section = unpack(frame.raw, peer.table, start)
    out.show(section, start, end)
    if section.required and stream.number >= 0:
        _note_blocking(connection, stream, section, out, who, start)
    if section.trouble:
        out.error(f"QPACK_DECOMPRESSION_FAILED: {section.trouble}", section.section, min(section.trouble_at, end), end)
    if section.unseen:
        text = f"{section.unseen} fields are in a table whose entries were not seen"
        out.note(NOTE, text, "RFC 9204 2.2", start, end)
    elif section.required > section.highest + 1 and not section.trouble and not peer.table.doubtful:
        text = f"{section.required} inserts are required, {section.highest + 1} are used"
        out.note(NOTE, text, "RFC 9204 2.1.2", start, section.encoded_end)
    hidden = section.count - len(section.lines)
    if hidden > 0:
        out.note(WARN, f"{hidden} of {section.count} fields are not shown", "", 0, size)
    if section.size > EXPANDED and section.size > EXPANSION * (end - start):
        text = f"QPACK bomb: {end - start} bytes stand for a field section of {section.size}"
        out.note(WARN, text, "RFC 9204 7.2", start, end)
    wanted = connection.peers[who.opposite].setting(Setting.MAX_FIELD_SECTION_SIZE, 1 << 62)
    if section.size > wanted:
        out.note(NOTE, f"a field section of {section.size} bytes, more than its receiver wants", "RFC 9114 4.2.2", start, end)
    if out.valued:
        _keep_value(section, frame, payload)
    return section


def _keep_value(section: Section, frame: Frame, payload: Payload) -> None:
    start, end = payload.content
    if section.canonical and len(section.lines) == section.count:
        lines = [line_value(line) for line in section.lines]
        payload.value |= {"encoded": section.encoded, "sign": section.sign, "delta": section.delta, "lines": lines}
    else:
        payload.value["section"] = frame.raw[start:end]


def _note_blocking(connection: Connection, stream: Stream, section: Section, out: Outcome, who: Direction, start: int) -> None:
    """Whether the encoder keeps to the number of streams that it may block (RFC 9204 2.1.2)."""
    peer, other = connection.peers[who], connection.peers[who.opposite]
    peer.sent_section(stream.number, section.required)
    allowed = other.setting(Setting.QPACK_BLOCKED_STREAMS)
    if other.settings is not None and len(peer.risky) > allowed and not peer.crowded and not connection.doubtful:
        peer.crowded = True
        text = f"{len(peer.risky)} streams may be blocked, where {allowed} are allowed"
        out.note(connection.suspicion, f"QPACK_DECOMPRESSION_FAILED: {text}", "RFC 9204 2.1.2", start, section.encoded_end)


def _judge(payload: Payload, out: Outcome, head: Head, kind: Kind) -> None:
    for breach in breaches(head, kind):
        text = f"H3_MESSAGE_ERROR: {breach.text}" if breach.severity is ERROR else breach.text
        out.note(breach.severity, text, breach.section, *payload.content)


def _guess(head: Head) -> Kind:
    if b":method" in head.pseudo:
        return Kind.REQUEST
    return Kind.RESPONSE if b":status" in head.pseudo else Kind.TRAILERS


def _enter(half: Half, who: Direction, head: Head) -> Kind:
    """What the section is by its place in the stream, whose half goes a stage on (RFC 9114 4.1)."""
    if half.doubtful and half.stage is Stage.NOTHING:
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


def _request(connection: Connection, stream: Stream, half: Half, head: Head, out: Outcome, size: int) -> None:
    out.exchange = stream.number
    stream.method = head.pseudo.get(b":method", b"")
    stream.protocol = head.pseudo.get(b":protocol", b"")
    half.expected = head.length
    half.body = _body(head)
    server = connection.peers[SERVER]
    if server.goaway is not None and stream.number >= server.goaway:
        text = f"a request behind the server's GOAWAY, which named stream {server.goaway}"
        out.note(NOTE, text, "RFC 9114 5.2", 0, size)
    if stream.method != b"CONNECT":
        return
    half.expected = None
    half.lines = tuple(head.pairs[:MAX_FACTS])
    if stream.protocol and server.settings is not None and not server.setting(Setting.ENABLE_CONNECT_PROTOCOL):
        out.error("H3_MESSAGE_ERROR: :protocol although the server did not enable it", "RFC 9220 3", 0, size)


def _response(connection: Connection, stream: Stream, half: Half, head: Head, out: Outcome) -> None:
    status = head.status
    if status is not None and 100 <= status < 200:
        return
    out.exchange = stream.number if stream.role is Role.REQUEST else None
    stream.answered = True
    half.body = _body(head)
    if stream.method and not (stream.method == b"HEAD" or status in _NO_CONTENT):
        half.expected = head.length
    if stream.method == b"CONNECT" and status is not None and 200 <= status < 300:
        _open_tunnel(connection, stream, half, head, status, out)


def _open_tunnel(connection: Connection, stream: Stream, half: Half, head: Head, status: int, out: Outcome) -> None:
    """From here on DATA is another protocol's (RFC 9114 4.4, RFC 9220 3)."""
    asked = stream.halves[CLIENT]
    pseudo = read_list(asked.lines).pseudo
    stream.tunnel = True
    half.expected = None
    half.body = asked.body = None
    response = tuple(head.pairs[:MAX_FACTS])
    facts: dict[str, Any] = {
        "request": asked.lines,
        "response": response,
        "target": pseudo.get(b":path") or pseudo.get(b":authority", b""),
        "method": b"CONNECT",
        "status": status,
    }
    stream.facts = facts
    if stream.protocol and speaks_capsules(stream.protocol, asked.lines + response):
        half.capsules, asked.capsules = CapsuleReader(), CapsuleReader()
    if asked.early:
        early = bytes(asked.early)
        asked.early.clear()
        connection.purse.room += len(early)
        say_inside(stream, asked, CLIENT, early, out)

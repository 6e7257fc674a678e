"""One frame in its place: the rules about all frames, and who looks at which type."""

from collections.abc import Callable, Mapping

from workbench.api import Direction, Severity
from workbench_http2 import headers, messages
from workbench_http2.connection import Connection, Outcome, Peer
from workbench_http2.control import CONTROL
from workbench_http2.frames import Frame
from workbench_http2.names import Setting, Type
from workbench_http2.payloads import ACK, Payload

__all__ = ["meaning_of"]

_HANDLERS: Mapping[int, Callable[[Connection, Frame, Payload, Outcome, Direction], None]] = {
    **CONTROL,
    Type.DATA: messages.data,
    Type.HEADERS: headers.headers,
    Type.PUSH_PROMISE: headers.push_promise,
    Type.CONTINUATION: headers.continuation,
}


def meaning_of(connection: Connection, frame: Frame, payload: Payload) -> Outcome:
    """What the frame does to the connection, which it changes, and what is to be said about that."""
    out = Outcome()
    who = connection.role(frame.direction)
    peer = connection.peers[who]
    _first(connection, frame, out, peer)
    _size(connection, frame, out, who)
    _interruption(frame, out, peer)
    handler = _HANDLERS.get(frame.type)
    if handler is not None:
        handler(connection, frame, payload, out, who)
    out.notes += connection.watch.see(frame, who)
    return out


def _first(connection: Connection, frame: Frame, out: Outcome, peer: Peer) -> None:
    if not peer.started:
        peer.started = True
        if connection.whole and (frame.type != Type.SETTINGS or frame.flags & ACK):
            text = f"PROTOCOL_ERROR: {frame.name} where SETTINGS must come first"
            out.note(Severity.ERROR, text, "RFC 9113 3.4", 0, len(frame.raw))


def _size(connection: Connection, frame: Frame, out: Outcome, who: Direction) -> None:
    most = connection.peers[who.opposite].announced.largest(Setting.MAX_FRAME_SIZE)
    if frame.length > most and connection.whole:
        text = f"FRAME_SIZE_ERROR: {frame.length} bytes of payload where {most} are allowed"
        out.note(Severity.ERROR, text, "RFC 9113 4.2", 0, 3)


def _interruption(frame: Frame, out: Outcome, peer: Peer) -> None:
    block = peer.block
    if block is not None and (frame.type != Type.CONTINUATION or frame.stream != block.stream):
        text = f"PROTOCOL_ERROR: {frame.name} on stream {frame.stream} within a header block of stream {block.stream}"
        out.note(Severity.ERROR, text, "RFC 9113 6.10", 0, len(frame.raw))
        peer.table.forget()
        if frame.type != Type.CONTINUATION:
            peer.block = None

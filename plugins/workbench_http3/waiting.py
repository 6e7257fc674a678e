"""Pieces that wait for inserts of an encoder stream (RFC 9204 2.2.1): whether the next one of a stream can be read now."""

from workbench.api import Direction
from workbench_http3.connection import Connection
from workbench_http3.frames import Frame, read_frame
from workbench_http3.limits import MAX_BLOCKED_BYTES
from workbench_http3.names import Type
from workbench_http3.payloads import read_payload
from workbench_http3.qpack import required
from workbench_http3.streams import Role, Stream
from workbench_http3.wire import Kind, Piece

__all__ = ["ready"]

_MESSAGES = (Role.REQUEST, Role.PUSH)


def ready(connection: Connection, stream: Stream, who: Direction, channel: str, *, final: bool = False) -> bool:
    """Whether the first held piece of a half can be read; where it has to wait, the connection knows who does.

    Nothing waits with `final`, behind `MAX_BLOCKED_BYTES`, where too many wait already, or where the inserts cannot be counted.
    """
    half = stream.halves[who]
    if not half.held:
        return False
    peer = connection.peers[who]
    if final or peer.table.doubtful:
        return True
    inserts = _inserts(stream, half.held[0], connection, who)
    if inserts <= peer.table.inserted:
        return True
    return half.weight + half.wire.waiting > MAX_BLOCKED_BYTES or not peer.wait(channel, inserts)


def _inserts(stream: Stream, piece: Piece, connection: Connection, who: Direction) -> int:
    """Inserts that a piece needs."""
    if piece.kind is not Kind.FRAME or stream.role not in _MESSAGES:
        return 0
    frame: Frame = read_frame(piece.raw)
    if frame.type not in (Type.HEADERS, Type.PUSH_PROMISE) or not frame.whole:
        return 0
    at = frame.head
    if frame.type == Type.PUSH_PROMISE:
        at = read_payload(frame).content[0]
    return required(piece.raw, connection.peers[who].table, at)

"""The HTTP/2 decoder: both directions cut into frames, each frame read, put in its place in the connection, and made a message."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from workbench.api import UNDECODED, Chunk, Direction, Field, FlowContext, Inner, Message, Note, Severity, View
from workbench_http2.connection import CLIENT, Connection, Outcome
from workbench_http2.frames import HEADER, Frame, head_fields, read_head
from workbench_http2.limits import MAX_NOTES
from workbench_http2.meaning import meaning_of
from workbench_http2.names import Type
from workbench_http2.payloads import ACK, Payload, read_payload
from workbench_http2.states import PREFACE_SYMBOL, symbol
from workbench_http2.streams import Stage, State, Stream
from workbench_http2.wire import Kind, Piece, Wire

__all__ = ["Http2Decoder"]

NAME = "http2"
_TITLE = "HyperText Transfer Protocol 2"
_BLOCKS = (Type.HEADERS, Type.PUSH_PROMISE, Type.CONTINUATION)


class Http2Decoder:
    """See `workbench.api.Decoder`.

    After an Upgrade to h2c, `context.facts` holds the HTTP/1.1 request, which is stream 1 (RFC 7540 3.2).
    """

    def __init__(self, context: FlowContext) -> None:
        self._wires = (Wire(context.limits.message), Wire(context.limits.message))
        self._begun = [False, False]
        self._recognised = [False, False]
        self._connection = Connection()
        if context.facts.get("status") == 101:
            _upgrade(self._connection, context.facts)

    def receive(self, chunk: Chunk) -> Iterator[Message | Inner]:
        """Take the next bytes; see `Decoder`."""
        way = chunk.direction
        wire = self._wires[way]
        if not self._begun[way]:
            self._begun[way] = True
            wire.begin(chunk.offset - chunk.gap)
        if chunk.gap:
            for piece in wire.lose(chunk.gap):
                yield from self._give(way, piece)
        wire.add(chunk.data)
        for piece in wire.pieces():
            yield from self._give(way, piece)

    def finish(self, direction: Direction) -> Iterator[Message | Inner]:
        """No more bytes in this direction; see `Decoder`."""
        for piece in self._wires[direction].finish():
            yield from self._give(direction, piece)

    def _give(self, way: Direction, piece: Piece) -> Iterator[Message | Inner]:
        if piece.kind is Kind.JUNK:
            self._connection.lose(way)
            yield _junk(way, piece)
            return
        first = not self._recognised[way]
        self._recognised[way] = True
        if piece.kind is Kind.PREFACE:
            yield self._preface(way, piece)
            return
        frame = read_head(way, piece.start, piece.end, piece.raw)
        notes = self._beginning(frame) if first else []
        payload = read_payload(frame)
        outcome = meaning_of(self._connection, frame, payload)
        outcome.notes[:0] = notes
        yield _message(self._connection, frame, payload, outcome, piece.lost)
        yield from outcome.inner

    def _beginning(self, frame: Frame) -> list[Note]:
        """The first bytes of a direction are a frame: they should be the server's SETTINGS."""
        connection = self._connection
        if frame.direction is connection.client:
            text = "no connection preface: the capture begins later than the connection"
        elif not self._recognised[connection.client] and (frame.type != Type.SETTINGS or frame.flags & ACK):
            text = "not the server's SETTINGS: the capture begins later than the connection"
        else:
            return []
        if not connection.whole:
            return []
        connection.begin_in_the_middle()
        return [Note(Severity.NOTE, text, 0, HEADER, "RFC 9113 3.4")]

    def _preface(self, way: Direction, piece: Piece) -> Message:
        connection = self._connection
        notes = []
        if way is not connection.client and not self._recognised[way.opposite]:
            connection.client = way
        elif way is not connection.client:
            notes.append(
                Note(Severity.ERROR, "PROTOCOL_ERROR: a client's preface from a server", 0, len(piece.raw), "RFC 9113 3.4")
            )
        magic = Field("Magic", 0, len(piece.raw), piece.raw.decode("latin-1"), abbrev="http2.magic")
        return Message(
            protocol=NAME,
            direction=way,
            start=piece.start,
            end=piece.end,
            raw=piece.raw,
            root=Field(_TITLE, 0, len(piece.raw), None, (magic,), "http2"),
            label=PREFACE_SYMBOL,
            summary="Magic",
            notes=tuple(notes),
            value={"magic": piece.raw},
        )


def _upgrade(connection: Connection, facts: Mapping[str, Any]) -> None:
    """The request that asked for the upgrade is stream 1, half-closed (RFC 7540 3.2), and brings the client's settings (3.2.1)."""
    stream = Stream(1, State.CLIENT_DONE, method=facts.get("method", b""))
    stream.halves[CLIENT].stage = Stage.HEAD
    connection.streams.add(stream)
    coded = dict(facts.get("request", ())).get(b"http2-settings", b"")
    try:
        payload = base64.urlsafe_b64decode(coded + b"=" * (-len(coded) % 4))
    except (binascii.Error, ValueError):
        return
    pairs = [(payload[at : at + 2], payload[at + 2 : at + 6]) for at in range(0, len(payload) - 5, 6)]
    announced = connection.peers[CLIENT].announced
    announced.announce([(int.from_bytes(number, "big"), int.from_bytes(value, "big")) for number, value in pairs])
    announced.acknowledge()
    announced.frames = 0


def _junk(way: Direction, piece: Piece) -> Message:
    """Bytes (or lost bytes) that are no frame."""
    size = len(piece.raw)
    notes = []
    if piece.lost:
        notes.append(Note(Severity.WARN, f"{piece.lost} bytes were not captured", 0, size))
    if size:
        notes.append(Note(Severity.NOTE, "no frame can be found here", 0, size, "RFC 9113 4.1"))
    return Message(
        protocol=UNDECODED,
        direction=way,
        start=piece.start,
        end=piece.end,
        raw=piece.raw,
        root=Field("Data", 0, size, piece.raw or None, abbrev="data.data"),
        summary=f"{size} bytes that are no frame of HTTP/2" if size else f"{piece.lost} lost bytes",
        notes=tuple(notes),
    )


def _message(connection: Connection, frame: Frame, payload: Payload, out: Outcome, lost: int) -> Message:
    raw = frame.raw
    size = len(raw)
    notes = [*_missing(frame, lost), *payload.notes, *out.notes]
    fields = (*head_fields(frame), *payload.fields, *out.fields, *_standing(connection, frame))
    detail = f" {out.detail}" if out.detail else ""
    return Message(
        protocol=NAME,
        direction=frame.direction,
        start=frame.start,
        end=frame.end,
        raw=raw,
        root=Field(_TITLE, 0, size, None, fields, "http2"),
        label=symbol(frame, connection.role(frame.direction)),
        summary=f"{frame.name}[{frame.stream}]{detail}",
        notes=tuple(notes[:MAX_NOTES]),
        views=(View("wire", raw), *out.views) if out.views else (),
        value=None if payload.broken else _value(frame, payload, out),
        exchange=out.exchange,
    )


def _missing(frame: Frame, lost: int) -> Iterator[Note]:
    size = len(frame.raw)
    if lost:
        yield Note(Severity.WARN, f"{lost} bytes of the frame were not captured; what follows them in it is left out", 0, size)
    elif frame.end < frame.start + HEADER + frame.length:
        text = f"the stream ends behind {frame.end - frame.start - HEADER} of {frame.length} bytes of payload"
        yield Note(Severity.ERROR, text, 0, size, "RFC 9113 4.1")
    elif not frame.whole:
        yield Note(Severity.WARN, f"only the first {size} bytes of the frame are kept", 0, size)


def _value(frame: Frame, payload: Payload, out: Outcome) -> dict[str, Any]:
    value = {"type": frame.type, "flags": frame.flags, "r": frame.reserved, "streamid": frame.stream, **payload.value}
    if frame.type in _BLOCKS:
        if out.block is not None and frame.type != Type.CONTINUATION:
            value["block"] = out.block
        else:
            value["fragment"] = frame.raw[slice(*payload.content)]
    return value


def _standing(connection: Connection, frame: Frame) -> list[Field]:
    """Where stream and windows stand behind the frame; for people, without filter names."""
    fields = []
    end = min(HEADER, len(frame.raw))
    stream = connection.streams.find(frame.stream) if frame.stream else None
    if stream is not None:
        fields.append(Field("Stream state", 5, end, stream.state.value, generated=True))
    if connection.whole and frame.type in (Type.DATA, Type.WINDOW_UPDATE):
        who = connection.role(frame.direction)
        sender = who if frame.type == Type.DATA else who.opposite
        if stream is not None and stream.state is not State.CLOSED:
            fields.append(Field("Window of the stream", 5, end, connection.window(stream, sender), generated=True))
        fields.append(Field("Window of the connection", 5, end, connection.peers[sender].window, generated=True))
    return fields

"""The HTTP/3 decoder: one stream of a QUIC connection cut into pieces, each read, put in its place in the connection, and made a message.

Which stream it is, QUIC says: `context.facts["stream_id"]`; `context.facts["datagrams"]` says that this is no stream but all datagrams.
Without either it is a bare conversation of carried frames, which `bare.py` reads.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.api import (
    UNDECODED,
    Chunk,
    Decoder,
    Direction,
    Field,
    FlowContext,
    Handoff,
    Inner,
    Message,
    Severity,
    SkimmedMessage,
    Wake,
    members_text,
    message_members,
)
from workbench_http3.bare import BareDecoder
from workbench_http3.connection import Connection, Outcome, connection_of
from workbench_http3.contents import end_half
from workbench_http3.datagrams import datagram
from workbench_http3.meaning import meaning_of
from workbench_http3.messages import NAME, to_message
from workbench_http3.skim import skim_piece
from workbench_http3.streams import Half
from workbench_http3.waiting import ready
from workbench_http3.wire import Kind, Piece

__all__ = ["http3_decoder"]

Found = Message | Handoff | Inner | Wake


def http3_decoder(context: FlowContext) -> Decoder:
    """The decoder that fits what QUIC said about the flow."""
    if "stream_id" in context.facts:
        return StreamDecoder(context)
    return DatagramDecoder(context) if context.facts.get("datagrams") else BareDecoder(context)


class StreamDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._connection = connection_of(context)
        number = context.facts["stream_id"]
        self._adrift = context.facts.get("offset", 0) > 0 and number not in self._connection.streams
        """The connection was somewhere else before, and nobody saw the stream there."""
        self._stream = self._connection.take(number, context.limits.message)
        self._channel = context.channel
        self._begun = [False, False]
        self._at = [0, 0]

    @property
    def waiting(self) -> bool:
        """Whether pieces wait for inserts that an encoder stream brings."""
        return self._stream.waiting

    def receive(self, chunk: Chunk) -> Iterator[Found]:
        """Take the next bytes; see `Decoder`."""
        half = self._cut(chunk)
        yield from self._work(chunk.direction)
        if half.wire.foreign and not half.held:
            yield self._hand_off(chunk)

    def skim(self, chunk: Chunk) -> Sequence[SkimmedMessage | Handoff | Inner | Wake]:
        """The same as text; see `ChunkSkimmer`."""
        way = chunk.direction
        half = self._cut(chunk)
        found: list[SkimmedMessage | Handoff | Inner | Wake] = []
        for item in self._work(way, skimming=True):
            if isinstance(item, Message):
                found.append(SkimmedMessage(item.end, members_text(message_members(item))))
            else:
                found.append(item)
        if half.wire.foreign and not half.held:
            found.append(self._hand_off(chunk))
        return found

    def patience(self, direction: Direction) -> int:
        """How many more bytes complete nothing; see `Decoder`."""
        half = self._stream.halves[direction]
        return half.wire.patience if self._begun[direction] and not half.held and not half.finished else 0

    def _cut(self, chunk: Chunk) -> Half:
        """Cut the next bytes into pieces, which are held."""
        way = chunk.direction
        half = self._stream.halves[way]
        if not self._begun[way]:
            self._begun[way] = True
            half.wire.begin(chunk.offset - chunk.gap)
            if self._adrift:
                self._drift(way)
        if chunk.gap:
            half.hold(half.wire.lose(chunk.gap))
        half.wire.add(chunk.data)
        self._at[way] = chunk.end
        if chunk.last:
            half.ordered = half.finished = True
            half.hold(half.wire.finish())
        else:
            half.hold(half.wire.pieces())
        return half

    def finish(self, direction: Direction) -> Iterator[Found]:
        """No more bytes in this direction; see `Decoder`."""
        stream = self._stream
        half = stream.halves[direction]
        if stream.moved:
            yield from self._leave(direction)
            return
        if not half.finished:
            half.finished = True
            half.hold(half.wire.finish())
        yield from self._work(direction)
        self._retire()

    def _drift(self, way: Direction) -> None:
        """The beginning of the stream was not seen."""
        self._adrift = False
        stream = self._stream
        stream.halves[way].wire.drift()
        stream.halves[way].doubtful = True
        self._connection.lose(way, stream.role)

    def _leave(self, way: Direction) -> Iterator[Found]:
        """The connection has moved: what was not complete here goes on there."""
        for piece in (*self._stream.halves[way].held, *self._stream.halves[way].wire.finish()):
            out = Outcome(name="beginning of a frame", symbol="part", detail=f"{len(piece.raw)} bytes")
            out.fields.append(Field("Part of a frame", 0, len(piece.raw), piece.raw, abbrev="http3.frame_payload"))
            out.note(Severity.NOTE, "the frame goes on where the connection moved to", "RFC 9000 9", 0, len(piece.raw))
            yield to_message(NAME, way, piece.start, piece.end, piece.raw, self._stream.number, out)
        self._stream.halves[way].held.clear()

    def resume(self, final: bool) -> Iterator[Found]:
        """Inserts have come, or never will; see `Wake`."""
        for way in Direction if not self._stream.moved else ():
            yield from self._work(way, final=final)
        self._retire()

    def _retire(self) -> None:
        """A stream that is over will not be found anywhere else."""
        if all(half.over for half in self._stream.halves):
            self._connection.streams.pop(self._stream.number, None)

    def _work(self, way: Direction, *, final: bool = False, skimming: bool = False) -> Iterator[Any]:
        """Give what is complete and waits for nothing; `skimming`: ordinary messages as text."""
        connection, stream = self._connection, self._stream
        half = stream.halves[way]
        while ready(connection, stream, way, self._channel, final=final):
            piece = half.take()
            if skimming:
                last = half.finished and not half.held and not half.over
                skimmed = skim_piece(connection, stream, way, piece, last=last)
                if skimmed is not None:
                    text, out = skimmed
                    yield SkimmedMessage(piece.end, text)
                    yield from out.inner
                    yield from (Wake(channel) for channel in out.wakes)
                    continue
            out = meaning_of(connection, stream, way, piece)
            if half.finished and not half.held and not half.over:
                end_half(connection, stream, way, out, len(piece.raw))
            yield from self._give(way, piece, out)
        if half.finished and not half.held and not half.over:
            yield from self._end(way)

    def _end(self, way: Direction) -> Iterator[Found]:
        """The end came behind the last piece: worth a message of its own only where there is something to say."""
        stream = self._stream
        out = Outcome(name="end", symbol="end")
        end_half(self._connection, stream, way, out, 0)
        at = self._at[way]
        if out.fields or any(note.severity is Severity.ERROR for note in out.notes):
            yield from self._give(way, Piece(Kind.FRAME, at, at, b""), out)
        else:
            yield from out.inner

    def _give(self, way: Direction, piece: Piece, out: Outcome) -> Iterator[Found]:
        stream = self._stream
        protocol = UNDECODED if piece.kind is Kind.LOST else NAME
        yield to_message(protocol, way, piece.start, piece.end, piece.raw, stream.number, out)
        yield from out.inner
        yield from (Wake(channel) for channel in out.wakes)

    def _hand_off(self, chunk: Chunk) -> Handoff:
        """A stream of WebTransport is anything from here on, in both directions."""
        rest = []
        for way in Direction:
            half = self._stream.halves[way]
            start, data = half.wire.rest()
            if way is chunk.direction:
                rest.append(
                    Chunk(way, start, data, chunk.packet, chunk.carrier, chunk.time_ns, last=chunk.last, carriers=chunk.carriers)
                )
            elif data:
                rest.append(Chunk(way, start, data, chunk.packet, chunk.carrier, chunk.time_ns))
        return Handoff(None, tuple(rest), "a stream of WebTransport")


class DatagramDecoder:
    """All datagrams of a connection, each a message."""

    def __init__(self, context: FlowContext) -> None:
        self._connection: Connection = connection_of(context)

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """A datagram."""
        if chunk.data or chunk.gap:
            out = Outcome()
            datagram(self._connection, chunk.data, chunk.direction, out)
            yield to_message(NAME, chunk.direction, chunk.offset - chunk.gap, chunk.end, chunk.data, -1, out)

    def finish(self, direction: Direction) -> Iterator[Message]:
        """Nothing waits."""
        return iter(())

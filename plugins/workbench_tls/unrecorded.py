"""The decoder of handshake messages without records, as the CRYPTO frames of QUIC carry them: one message each.

There is one decoder for each level of encryption; `FlowContext.facts` may name it as "level" ("initial", "0-rtt", "handshake", "1-rtt").
QUIC allows TLS 1.3 alone (RFC 9001 4.2), so nothing has to be learnt at one level to read the next. Keys are the business of QUIC.
"""

from collections.abc import Iterable, Iterator

from workbench.api import Chunk, Direction, Field, FlowContext, Message, Note, Severity, View
from workbench_tls.bodies import TLS13, Agreed
from workbench_tls.compressed import UNFOLDED, certificate_inside, unfolded
from workbench_tls.crypto_stream import CryptoStream
from workbench_tls.handshake import HEADER, Handshake, build_handshake, read_handshake
from workbench_tls.limits import MAX_HANDSHAKE
from workbench_tls.messages import undecoded_message
from workbench_tls.names import HANDSHAKES
from workbench_tls.quic_rules import remarks
from workbench_tls.summaries import words_about
from workbench_tls.wire import Piece

__all__ = ["HandshakeDecoder", "encode"]

_PROTOCOL = "tls-handshake"
_AGREED = Agreed(TLS13)


class HandshakeDecoder:
    """See `workbench.api.Decoder`."""

    def __init__(self, context: FlowContext) -> None:
        self._trace = context.trace
        self._most_fields = context.limits.fields
        self._longest = min(MAX_HANDSHAKE, context.limits.message)
        self._level = str(context.facts.get("level", ""))
        self._streams: dict[Direction, CryptoStream] = {}

    def receive(self, chunk: Chunk) -> Iterator[Message]:
        """Take the next bytes; see `Decoder`."""
        stream = self._streams.get(chunk.direction)
        if stream is None:
            stream = CryptoStream(start=chunk.offset - chunk.gap, longest=self._longest)
            self._streams[chunk.direction] = stream
        if chunk.gap:
            yield from self._give(chunk.direction, stream.gap(chunk.gap))
        stream.data += chunk.data
        yield from self._give(chunk.direction, stream.pieces())

    def finish(self, direction: Direction) -> Iterator[Message]:
        """No more bytes in this direction; see `Decoder`."""
        if direction in self._streams:
            yield from self._give(direction, self._streams[direction].finish())

    def _give(self, direction: Direction, pieces: Iterable[Piece]) -> Iterator[Message]:
        for piece in pieces:
            if piece.kind == "record":
                yield self._message(direction, piece)
            elif piece.kind == "cut":
                yield _cut(direction, piece, self._longest)
            else:
                yield undecoded_message(direction, piece, "handshake message")

    def _message(self, direction: Direction, piece: Piece) -> Message:
        raw = piece.raw
        found = read_handshake(self._trace, raw, _AGREED, most_fields=self._most_fields, transport="q")
        fields, notes, views = [found.field], list(remarks(found, self._level)), []
        body, fault = unfolded(found)
        if fault:
            notes.append(Note(Severity.WARN, fault, 0, len(raw), "RFC 8879 4"))
        if body:
            views = [View("Handshake message", raw), View(UNFOLDED, body)]
            fields.append(certificate_inside(self._trace, body, _AGREED, 1, self._room(found)))
        return Message(
            protocol=_PROTOCOL,
            direction=direction,
            start=piece.start,
            end=piece.end,
            raw=raw,
            root=Field("tls", 0, len(raw), None, tuple(fields), "tls"),
            label=found.name,
            summary=words_about(found),
            notes=tuple(notes),
            views=tuple(views),
            value=found.value,
            parameters={"agreed": _AGREED},
        )

    def _room(self, found: Handshake) -> int:
        return self._most_fields - sum(1 for _ in found.field.walk())


def _cut(direction: Direction, piece: Piece, longest: int) -> Message:
    """A message that breaks off (lost bytes, or the end of the stream), or the header of one that is too long."""
    raw = piece.raw
    kind, length = raw[0], int.from_bytes(raw[1:HEADER], "big")
    missing = HEADER + length - len(raw)
    name = HANDSHAKES.get(kind, f"type {kind}")
    if HEADER + length > longest:
        fault = f"a handshake message of {length} bytes; {longest} are the limit"
    else:
        fault = f"the message breaks off, {missing} bytes are missing"
    fields = (
        Field("type", 0, 1, kind, (), text=name),
        Field("length", 1, HEADER, length),
        Field("part", HEADER, len(raw), raw[HEADER:], (), "tls.handshake.fragment.data"),
    )
    return Message(
        protocol=_PROTOCOL,
        direction=direction,
        start=piece.start,
        end=piece.end,
        raw=raw,
        root=Field("tls", 0, len(raw), None, (Field(name, 0, len(raw), None, fields),), "tls"),
        label="handshake_fragment",
        summary=f"beginning of {name}, {missing} bytes are missing",
        notes=(Note(Severity.ERROR, fault, 0, len(raw), "RFC 8446 4"),),
    )


def encode(message: Message) -> bytes:
    """The bytes of a message from its value, lengths made right. Raises `ValueError` where there is none, and what construct raises where
    a part does not fit its layout."""
    if message.value is None:
        raise ValueError("a message that is not whole has no value to build from")
    return build_handshake(message.value, message.parameters["agreed"])

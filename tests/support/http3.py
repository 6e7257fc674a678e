"""Conversations in HTTP/3 for tests: pieces of streams built from values, said on streams in some order, and what the decoder makes of it.

`streams` puts a carrier around them that hands on each stream as QUIC does; `bare` reads the carried frames themselves.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from dissectors.engine import converse
from dissectors.guide import decoder_of
from workbench.api import (
    CarriedFrame,
    Chunk,
    Datagram,
    Decoder,
    Direction,
    Endpoint,
    Field,
    FlowContext,
    FlowKey,
    FrameReader,
    Inner,
    Limits,
    Memory,
    Message,
    ProtocolSpec,
    StreamData,
    StreamReset,
    varint,
)
from workbench_http3 import PROTOCOL
from workbench_http3.names import StreamType, Type
from workbench_http3.qpack import pack
from workbench_http3.qpack_instructions import pack_instruction
from workbench_http3.values import build_piece

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
Pair = tuple[bytes, bytes]
Turn = tuple[Direction, CarriedFrame]

ASK: tuple[Pair, ...] = ((b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"h"), (b":path", b"/"))
OK: tuple[Pair, ...] = ((b":status", b"200"),)
FLOW = FlowKey("udp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 443))

CONTROL = {CLIENT: 2, SERVER: 3}
ENCODER = {CLIENT: 6, SERVER: 7}
DECODER = {CLIENT: 10, SERVER: 11}


def frame(kind: int, payload: bytes = b"") -> bytes:
    """A frame with any payload."""
    return varint(kind) + varint(len(payload)) + payload


def section(pairs: Iterable[Pair]) -> bytes:
    """A field section of literals: it depends on nothing."""
    return pack({"form": "LITERAL", "name": name, "value": value} for name, value in pairs)


def headers(pairs: Iterable[Pair] = ASK) -> bytes:
    """A HEADERS frame."""
    return frame(Type.HEADERS, section(pairs))


def data(content: bytes = b"") -> bytes:
    """A DATA frame."""
    return frame(Type.DATA, content)


def settings(*pairs: tuple[int, int]) -> bytes:
    """A SETTINGS frame."""
    return build_piece({"type": Type.SETTINGS, "settings": [{"id": name, "value": value} for name, value in pairs]})


def hello(way: Direction, *pairs: tuple[int, int]) -> Turn:
    """The control stream of a side, with its settings."""
    return way, StreamData(CONTROL[way], varint(StreamType.CONTROL) + settings(*pairs))


def control(way: Direction, *frames: bytes) -> Turn:
    """More on the control stream."""
    return way, StreamData(CONTROL[way], b"".join(frames))


def on(way: Direction, stream: int, *parts: bytes, end: bool = False) -> Turn:
    """Bytes on a stream."""
    return way, StreamData(stream, b"".join(parts), end)


def encoder(way: Direction, *instructions: dict[str, Any], opens: bool = True) -> Turn:
    """Instructions on the encoder stream of a side."""
    head = varint(StreamType.ENCODER) if opens else b""
    return on(way, ENCODER[way], head, *map(pack_instruction, instructions))


def acknowledge(way: Direction, *instructions: dict[str, Any], opens: bool = True) -> Turn:
    """Instructions on the decoder stream of a side."""
    head = varint(StreamType.DECODER) if opens else b""
    return on(way, DECODER[way], head, *map(pack_instruction, instructions))


HELLO: tuple[Turn, ...] = (hello(CLIENT), hello(SERVER))
"""How a connection begins when nobody wants anything special."""


class Carrier:
    """Hands each stream on as QUIC does, from frames in the clear."""

    def __init__(self, context: FlowContext) -> None:
        self._readers = (FrameReader(), FrameReader())
        self._at = [0, 0]

    def receive(self, chunk: Chunk) -> Iterator[Message | Inner]:
        """Take the next bytes."""
        for carried in self._readers[chunk.direction].receive(chunk.data):
            raw = bytes(carried)
            start = self._at[chunk.direction]
            self._at[chunk.direction] = start + len(raw)
            root = Field("Carrier", 0, len(raw))
            yield Message(protocol="quic", direction=chunk.direction, start=start, end=start + len(raw), raw=raw, root=root)
            if isinstance(carried, StreamData):
                name = f"stream {carried.stream}"
                facts: dict[str, Any] = {"stream_id": carried.stream, "connection": 0}
                yield Inner(
                    direction=chunk.direction, data=carried.data, channel=name, protocol="h3", last=carried.end, facts=facts
                )
            elif isinstance(carried, StreamReset):
                name = f"stream {carried.stream}"
                yield Inner(direction=chunk.direction, data=b"", channel=name, protocol="h3", last=True, reset=True)
            elif isinstance(carried, Datagram):
                datagrams = {"datagrams": True, "connection": 0}
                yield Inner(direction=chunk.direction, data=carried.data, channel="datagrams", protocol="h3", facts=datagrams)

    def finish(self, direction: Direction) -> Iterator[Message]:
        """Nothing waits."""
        return iter(())


CARRIER = ProtocolSpec(name="quic", title="A carrier like QUIC", decoder=Carrier)


def streams(*turns: Turn, inner: tuple[ProtocolSpec, ...] = ()) -> list[Message]:
    """The messages of HTTP/3 (and of the other protocols named) when a carrier hands on these frames stream by stream."""
    found = converse(CARRIER, [(way, bytes(carried)) for way, carried in turns], inner=(PROTOCOL, *inner))
    return [message for message in found if message.protocol != "quic"]


def bare(*turns: Turn | tuple[Direction, bytes], limits: Limits | None = None) -> list[Message]:
    """The messages when these frames are a conversation of their own."""
    spec = PROTOCOL if limits is None else ProtocolSpec(name="http3", title="t", decoder=PROTOCOL.decoder, limits=limits)
    return converse(spec, [(way, bytes(carried)) for way, carried in turns])


def after_hello(*turns: Turn) -> list[Message]:
    """The messages behind the usual beginning, stream by stream."""
    return streams(*HELLO, *turns)[4:]


def last(*turns: Turn) -> Message:
    """The last message of a conversation that begins as usual."""
    return after_hello(*turns)[-1]


def stream_decoder(number: int, siblings: Memory | None = None, limits: Limits | None = None) -> Decoder:
    """A fresh decoder of one stream."""
    spec = ProtocolSpec(name="http3", title="t", decoder=PROTOCOL.decoder, limits=limits or Limits())
    return decoder_of(spec, 0, FLOW, facts={"stream_id": number}, channel=f"stream {number}", siblings=siblings)


def decode(
    number: int, *turns: tuple[Direction, bytes | int], size: int = 0, end: bool = False, limits: Limits | None = None
) -> list[Any]:
    """What the decoder of one stream makes of bytes; an int in place of bytes is that many lost ones. `size`: bytes per chunk; `end`:
    the directions end in order."""
    decoder = stream_decoder(number, limits=limits)
    found: list[Any] = []
    places, gaps = dict.fromkeys(Direction, 0), dict.fromkeys(Direction, 0)
    for way, said in turns:
        if isinstance(said, int):
            gaps[way] += said
            continue
        step = size or len(said) or 1
        for start in range(0, len(said), step):
            piece = said[start : start + step]
            offset = places[way] + gaps[way]
            found += decoder.receive(Chunk(way, offset, piece, gap=gaps[way]))
            places[way], gaps[way] = offset + len(piece), 0
    for way in dict.fromkeys(way for way, _ in turns) if end else ():
        found += decoder.receive(Chunk(way, places[way], b"", last=True))
    for way in Direction:
        found += decoder.finish(way)
    return found


def said(message: Message) -> str:
    """The texts of a message's notes."""
    return "; ".join(note.text for note in message.notes)


def sections(message: Message) -> set[str]:
    """The rules that the notes of a message name."""
    return {note.section for note in message.notes}


def values(message: Message, abbrev: str) -> list[Any]:
    """The values of all fields of that name, in order."""
    return [node.value for _, node in message.root.walk() if node.abbrev == abbrev]


def assert_sound(found: Iterable[Any]) -> None:
    """Messages of each direction lie behind one another; fields lie in their views and parents, notes in the bytes."""
    ends = dict.fromkeys(Direction, 0)
    for message in found:
        if not isinstance(message, Message):
            continue
        assert message.start == ends[message.direction]
        ends[message.direction] = message.end
        assert len(message.raw) <= message.end - message.start
        sizes = [len(view.data) for view in message.views] or [len(message.raw)]
        for _, node in message.root.walk():
            assert 0 <= node.start <= node.end <= sizes[node.view]
            for child in node.children:
                assert child.view != node.view or node.start <= child.start <= child.end <= node.end
        assert all(0 <= note.start <= note.end <= len(message.raw) for note in message.notes)

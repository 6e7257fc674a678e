"""Conversations in HTTP/2 for tests: frames built from values, what was said in which order, and what the decoder makes of it."""

from collections.abc import Iterable
from typing import Any

from workbench.api import Chunk, Direction, Endpoint, FlowContext, FlowKey, Inner, Limits, Memory, Message
from workbench_http2 import PROTOCOL
from workbench_http2.decoder import Http2Decoder
from workbench_http2.hpack import pack
from workbench_http2.names import PREFACE, Type
from workbench_http2.values import build

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT
Turn = tuple[Direction, bytes | int]
Pair = tuple[bytes, bytes]

ASK: tuple[Pair, ...] = ((b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"h"))
OK: tuple[Pair, ...] = ((b":status", b"200"),)


def frame(kind: Type | int, stream: int = 0, flags: int = 0, **value: Any) -> bytes:
    """A frame of its value's parts."""
    return build({"type": int(kind), "flags": flags, "r": 0, "streamid": stream, **value})


def raw(kind: int, stream: int, flags: int, payload: bytes) -> bytes:
    """A frame with any payload."""
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def block(pairs: Iterable[Pair]) -> bytes:
    """A header block of literals without indexing: it depends on nothing."""
    return pack({"form": "WITHOUT", "index": 0, "name": name, "value": value} for name, value in pairs)


def settings(*pairs: tuple[int, int], ack: bool = False) -> bytes:
    """A SETTINGS frame."""
    return frame(Type.SETTINGS, flags=int(ack), settings=[{"id": number, "value": value} for number, value in pairs])


def headers(stream: int, pairs: Iterable[Pair] = ASK, *, end: bool = False, flags: int = 4) -> bytes:
    """A HEADERS frame that is a whole block."""
    return frame(Type.HEADERS, stream, flags | end, fragment=block(pairs))


def data(stream: int, content: bytes = b"", *, end: bool = False) -> bytes:
    """A DATA frame."""
    return frame(Type.DATA, stream, int(end), data=content)


HELLO: tuple[Turn, ...] = (
    (CLIENT, PREFACE + settings()),
    (SERVER, settings() + settings(ack=True)),
    (CLIENT, settings(ack=True)),
)
"""How a connection begins when nobody wants anything special."""


def decoder(limits: Limits | None = None, **facts: Any) -> Http2Decoder:
    """A fresh decoder."""
    flow = FlowKey("tcp", Endpoint("192.0.2.1", 40000), Endpoint("192.0.2.2", 80))
    context = FlowContext(stream=0, flow=flow, limits=limits or PROTOCOL.limits, trace=None, memory=Memory(16), facts=facts)
    return Http2Decoder(context)


def decode(*turns: Turn, size: int = 0, limits: Limits | None = None, **facts: Any) -> list[Message | Inner]:
    """What the decoder makes of a conversation; an int in place of bytes is that many lost ones. `size`: bytes per chunk."""
    engine = decoder(limits, **facts)
    found: list[Message | Inner] = []
    places, gaps = dict.fromkeys(Direction, 0), dict.fromkeys(Direction, 0)
    for way, said in turns:
        if isinstance(said, int):
            gaps[way] += said
            continue
        step = size or len(said) or 1
        for start in range(0, len(said), step):
            piece = said[start : start + step]
            offset = places[way] + gaps[way]
            found += engine.receive(Chunk(way, offset, piece, gap=gaps[way]))
            places[way], gaps[way] = offset + len(piece), 0
    for way in Direction:
        found += engine.finish(way)
    return found


def messages(*turns: Turn, size: int = 0, limits: Limits | None = None, **facts: Any) -> list[Message]:
    """The same without what is inside."""
    return [item for item in decode(*turns, size=size, limits=limits, **facts) if isinstance(item, Message)]


def after_hello(*turns: Turn) -> list[Message]:
    """The messages behind the usual beginning."""
    return messages(*HELLO, *turns)[5:]


def last(*turns: Turn) -> Message:
    """The last message of a conversation that begins as usual."""
    return after_hello(*turns)[-1]


def said(message: Message) -> str:
    """The texts of a message's notes."""
    return "; ".join(note.text for note in message.notes)


def sections(message: Message) -> set[str]:
    """The rules that the notes of a message name."""
    return {note.section for note in message.notes}


def values(message: Message, abbrev: str) -> list[Any]:
    """The values of all fields of that name, in order."""
    return [node.value for _, node in message.root.walk() if node.abbrev == abbrev]


def assert_sound(found: Iterable[Message | Inner]) -> None:
    """Messages of each direction lie behind one another; fields lie in their views and parents, notes in the bytes."""
    ends = dict.fromkeys(Direction, 0)
    for message in found:
        if isinstance(message, Inner):
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

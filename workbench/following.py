"""One stream of a capture, followed from its first packet to its last: its messages, or the bytes of one of its layers.

Nothing is kept: a stream may be larger than memory. For random access to messages see `workbench.session`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from captures.follow import chunks_of_stream, growing_stream
from captures.stream_events import Delivered
from workbench.analysis.contents import Content, content_reader, layer_names
from workbench.api import Direction, Message, Transport, UsageError
from workbench.moved import origins
from workbench.session import Session

__all__ = ["Piece", "follow_layer", "follow_stream", "parse_stream", "stream_messages"]

MOST_NAMED = 12
"""Layers named to someone who asked for one that is not there."""

_TRANSPORTS: dict[str, Transport] = {"tcp": "tcp", "udp": "udp"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one direction. `missing` bytes before them were not captured. `packet` completed them, at `time_ns`."""

    direction: Direction
    data: bytes
    packet: int
    time_ns: int
    missing: int = 0


def parse_stream(text: str) -> tuple[Transport, int]:
    """`tcp:3` or `udp:0`. Raises UsageError."""
    name, _, number = text.partition(":")
    transport = _TRANSPORTS.get(name)
    if transport is None or not number.isascii() or not number.isdecimal() or len(number) > 9:
        raise UsageError(f"{text!r} is no stream", place="--stream", remedy="Write tcp:3 or udp:0, as in tcp.stream==3")
    return transport, int(number)


def stream_messages(session: Session, transport: Transport, number: int) -> Iterator[Message]:
    """All messages of one stream, those inside others included, in order of completion. Raises UsageError when there is no such stream.

    A stream that goes on where another one began (a QUIC connection that moved) is read with that one beside it.
    """
    beside = origins(session.capture, session.registry.specs, transport, number)
    dissector = session.dissector()
    for event in growing_stream(session.capture, transport, number, beside=beside):
        if event is not None:
            yield from (message for message in dissector.receive(event) if message.stream == number)
    yield from (message for message in dissector.finish() if message.stream == number)


def follow_stream(session: Session, transport: Transport, number: int) -> Iterator[Piece]:
    """The payload of a stream as it was reassembled."""
    for event in chunks_of_stream(session.capture, transport, number):
        if isinstance(event, Delivered) and (event.chunk.data or event.chunk.gap):
            chunk = event.chunk
            yield Piece(chunk.direction, chunk.data, chunk.packet, chunk.time_ns, chunk.gap)


def follow_layer(session: Session, transport: Transport, number: int, layer: str) -> Iterator[Piece]:
    """What travelled in one layer of a stream: `tls`, `http2:5`, `quic:0`, `websocket`. Raises UsageError for a layer that nobody can
    read, and at the end when there was nothing of it, with the layers there are."""
    read: Callable[[Message], Content | None] = content_reader(layer)
    there: dict[str, None] = {}
    empty = True
    for message in stream_messages(session, transport, number):
        content = read(message)
        if content is not None and (content.data or content.missing):
            empty = False
            yield Piece(message.direction, content.data, message.packet, message.time_ns, content.missing)
        elif empty and len(there) < MOST_NAMED:
            there.update(dict.fromkeys(layer_names(message)))
    if empty:
        names = [name for name in there if name != layer][:MOST_NAMED]
        remedy = (
            f"It has {', '.join(names)}"
            if names
            else "Nothing in it is inside anything else; without --layer its bytes are shown"
        )
        raise UsageError(f"{transport} stream {number} has nothing in layer {layer}", place="--layer", remedy=remedy)

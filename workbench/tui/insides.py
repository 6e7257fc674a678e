"""What travelled inside a stream, as bytes to read: the plaintext of TLS, one stream of HTTP/2. Pure functions.

The messages of an inner conversation tile it, so that their bytes, one after the other, are what each side said in it.
"""

from collections.abc import Iterable, Iterator, Sequence

from workbench.api import Chunk, Direction, Message

__all__ = ["Layer", "first_layer", "inner_chunks", "layers_of"]

Layer = tuple[str, ...]
"""What a conversation is inside of, outermost first; () is the stream as it was captured."""


def layers_of(messages: Iterable[Message]) -> tuple[Layer, ...]:
    """The conversations of a stream, itself first, then those inside it as they began."""
    return tuple(dict.fromkeys([(), *(message.layer for message in messages)]))


def first_layer(layers: Sequence[Layer]) -> Layer:
    """The conversation a person wants to read: where everything travels inside one other thing, what is in there."""
    outermost = [layer for layer in layers if len(layer) == 1]
    return outermost[0] if len(outermost) == 1 else ()


def inner_chunks(messages: Iterable[Message], layer: Layer) -> Iterator[Chunk]:
    """The bytes of one inner conversation, message by message, with how many are missing before them."""
    ends: dict[Direction, int] = {}
    for message in messages:
        if message.layer != layer:
            continue
        before = ends.get(message.direction, message.start)
        ends[message.direction] = message.end
        yield Chunk(
            message.direction,
            message.end - len(message.raw),
            message.raw,
            packet=message.packet,
            carrier=message.packets[0] if message.packets else message.packet,
            time_ns=message.time_ns,
            gap=max(0, message.end - len(message.raw) - before),
        )

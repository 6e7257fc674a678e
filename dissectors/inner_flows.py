"""One conversation inside a flow: how far its byte streams have come, and where its bytes travelled. What reads it: `flow_state`."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dissectors.carriers import Carried
from workbench.api import Chunk, Direction, Inner, Message

if TYPE_CHECKING:
    from dissectors.flow_state import FlowState

__all__ = ["InnerFlow"]


class InnerFlow:
    """Bytes out of the messages of the flow around it, as chunks for a flow of their own."""

    __slots__ = ("_offsets", "state")

    def __init__(self, state: "FlowState") -> None:
        self.state = state
        self._offsets = [0, 0]

    def receive(self, inner: Inner, carried: Carried) -> Iterator[Message]:
        """Messages that these bytes complete; they came in the packets of the message around them."""
        way = inner.direction
        chunk = self.chunk(inner, carried)
        messages = self.state.receive(chunk) if way not in self.state.ended else iter(())
        return self._ending(messages, way) if inner.last else messages

    def chunk(self, inner: Inner, carried: Carried) -> Chunk:
        """The next bytes of this conversation."""
        way = inner.direction
        offset = self._offsets[way] + inner.gap
        self._offsets[way] = offset + len(inner.data)
        carriers = carried.packets
        return Chunk(
            way,
            offset,
            inner.data,
            packet=carried.packet,
            carrier=carriers[-1] if carriers else carried.packet,
            time_ns=carried.time_ns,
            gap=inner.gap,
            last=inner.last and not inner.reset,
            carriers=carriers if len(carriers) > 1 else (),
        )

    def _ending(self, messages: Iterator[Message], way: Direction) -> Iterator[Message]:
        yield from messages
        yield from self.state.finish(way)

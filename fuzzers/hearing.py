"""Decoding what was said in a case, thousands of times a second, with the protocol's own decoder.

Most messages of most cases are those of a seed and the replies to them, again and again. What a grammar makes of bytes depends on the bytes
and the parameters only, so it is remembered; everything else (pairing, labels, checks) is computed anew each time.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from construct import Construct

from dissectors.grammar import GrammarDecoder
from dissectors.tracing import trace
from workbench.api import (
    Chunk,
    Direction,
    Endpoint,
    FlowContext,
    FlowKey,
    Handoff,
    Memory,
    Message,
    ProtocolSpec,
    Traced,
)

__all__ = ["Hearing"]

REMEMBERED = 4096
"""Parses that are remembered; a corpus has hundreds of messages."""
LONGEST = 2048
"""Longer messages are not remembered: they are rare, and their trees are large."""

_CLIENT, _SERVER_HOST, _ANY_PORT = Endpoint("127.0.0.1", 40_000), "127.0.0.1", 9


class Hearing:
    """Turns into messages, for one protocol."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self._spec = spec
        self._flow = FlowKey(spec.transport, _CLIENT, Endpoint(_SERVER_HOST, spec.ports[0] if spec.ports else _ANY_PORT))
        self._parsed: dict[tuple[Any, ...], Traced] = {}

    def __call__(self, turns: Sequence[tuple[Direction, bytes]]) -> list[Message]:
        """The messages of one conversation in order of completion, up to a hand-off to another protocol."""
        spec = self._spec
        context = FlowContext(
            stream=0, flow=self._flow, limits=spec.limits, trace=self._trace, memory=Memory(spec.limits.memory)
        )
        decoder = spec.decoder(context) if spec.decoder is not None else GrammarDecoder(spec, context)
        offsets = [0, 0]
        messages: list[Message] = []
        for number, (direction, data) in enumerate(turns, 1):
            for item in decoder.receive(Chunk(direction, offsets[direction], data, number, number)):
                if isinstance(item, Handoff):
                    return messages
                messages.append(item)
            offsets[direction] += len(data)
        for direction in Direction:
            for item in decoder.finish(direction):
                if isinstance(item, Handoff):
                    return messages
                messages.append(item)
        return messages

    def client(self, messages: Sequence[bytes]) -> list[Message]:
        """The messages of a client that gets no answers."""
        return self([(Direction.TO_SERVER, message) for message in messages])

    def _trace(self, grammar: Construct, data: bytes, prefix: str, parameters: Mapping[str, Any]) -> Traced:
        if len(data) > LONGEST:
            return trace(grammar, data, prefix, parameters, max_fields=self._spec.limits.fields)
        key = (grammar, data, prefix, *parameters.items())
        try:
            known = self._parsed.get(key)
        except TypeError:  # parameters that cannot be compared are parsed with every time
            return trace(grammar, data, prefix, parameters, max_fields=self._spec.limits.fields)
        if known is None:
            known = trace(grammar, data, prefix, parameters, max_fields=self._spec.limits.fields)
            if len(self._parsed) >= REMEMBERED:
                self._parsed.clear()
            self._parsed[key] = known
        return known

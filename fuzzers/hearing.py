"""Decoding what was said in a case, thousands of times a second, with the protocol's own decoder.

Most messages of most cases are those of a seed and the replies to them, again and again. What a grammar makes of bytes depends on the bytes
and the parameters only, and what the protocol's functions say about a message on that, so both are remembered.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from construct import Construct

from dissectors.grammar import GrammarDecoder
from dissectors.tracing import trace
from dissectors.undecoded import undecoded
from workbench.api import (
    Chunk,
    Decoder,
    Direction,
    Endpoint,
    Field,
    FlowContext,
    FlowKey,
    FrameError,
    Handoff,
    Memory,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    Traced,
)

__all__ = ["Heard", "Hearing"]

T = TypeVar("T")

REMEMBERED = 4096
"""Parses that are remembered; a corpus has hundreds of messages."""
LONGEST = 2048
"""Longer messages are not remembered: they are rare, and their trees are large."""

_CLIENT, _SERVER_HOST, _ANY_PORT = Endpoint("127.0.0.1", 40_000), "127.0.0.1", 9


class _Remembered(Generic[T]):
    """A function of a message, asked once for each parsed tree and direction (one grammar may serve both)."""

    def __init__(self, function: Callable[[Message], T]) -> None:
        self._function = function
        self._known: dict[tuple[int, Direction], tuple[Field, T]] = {}

    def __call__(self, message: Message) -> T:
        key = id(message.root), message.direction
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            # the tree is kept with the answer, so that its id is not given to another
            known = self._known[key] = message.root, self._function(message)
        return known[1]


def _remembering(spec: ProtocolSpec) -> ProtocolSpec:
    """The same protocol with a memory, and without summaries, which nobody reads here. A decoder of its own stays as it is."""
    if spec.decoder is not None:
        return spec
    check = spec.check
    return replace(
        spec,
        summary=lambda message: message.label,
        label=_Remembered(spec.label) if spec.label is not None else None,
        exchange=_Remembered(spec.exchange) if spec.exchange is not None else None,
        check=_Remembered(lambda message: tuple(check(message))) if check is not None else None,
    )


@dataclass(frozen=True, slots=True)
class Heard:
    """A message; `early` says that the client was in the middle of another one when it was complete."""

    message: Message
    early: bool = False


class Hearing:
    """Turns into messages, for one protocol."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self._spec = _remembering(spec)
        self._flow = FlowKey(spec.transport, _CLIENT, Endpoint(_SERVER_HOST, spec.ports[0] if spec.ports else _ANY_PORT))
        self._parsed: dict[tuple[Any, ...], Traced] = {}

    def __call__(self, turns: Sequence[tuple[Direction, bytes]]) -> list[Heard]:
        """The messages of one conversation in order of completion, up to a hand-off to another protocol.

        What a client says after bytes that cannot begin a message is not decoded: no server reads it, and searching for the next
        message would take most of the time.
        """
        decoder = self._decoder()
        heard: list[Heard] = []
        client = _Client(self._spec)
        offset = 0
        for number, (direction, data) in enumerate(turns, 1):
            if direction is Direction.TO_SERVER:
                chunk, junk = client.says(data, number)
            else:
                chunk, junk = Chunk(direction, offset, data, number, number), None
                offset += len(data)
            if chunk is not None and _collect(decoder.receive(chunk), client, heard):
                return heard
            if junk is not None:
                heard.append(Heard(junk))
        for direction in Direction:
            if _collect(decoder.finish(direction), client, heard):
                return heard
        rest = client.rest()
        return heard if rest is None else [*heard, Heard(rest)]

    def _decoder(self) -> Decoder:
        spec = self._spec
        context = FlowContext(stream=0, flow=self._flow, limits=spec.limits, trace=self._trace, memory=Memory(spec.limits.memory))
        return spec.decoder(context) if spec.decoder is not None else GrammarDecoder(spec, context)

    def client(self, messages: Sequence[bytes]) -> list[Message]:
        """The messages of a client that gets no answers."""
        return [heard.message for heard in self([(Direction.TO_SERVER, message) for message in messages])]

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


def _collect(items: Iterable[Message | Handoff], client: "_Client", heard: list[Heard]) -> bool:
    """Add messages; whether a hand-off ended them."""
    for item in items:
        if isinstance(item, Handoff):
            return True
        if item.direction is Direction.TO_SERVER:
            client.decoded = item.end
        heard.append(Heard(item, client.decoded < client.said))
    return False


class _Client:
    """The client's bytes, cut by the protocol's own framer up to where it finds no message any more."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self._frame = spec.frame if spec.decoder is None and spec.transport == "tcp" else None
        self.said = 0
        self.decoded = 0
        self._offset = 0
        self._buffer = b""
        self._lost = False

    def says(self, data: bytes, number: int) -> tuple[Chunk | None, Message | None]:
        """Whole messages that are there with these bytes, and what is to be said about the rest when nothing can begin with it."""
        start = self._offset
        self.said += len(data)
        if self._frame is None:
            self._offset += len(data)
            return Chunk(Direction.TO_SERVER, start, data, number, number), None
        if self._lost:
            return None, None
        self._buffer += data
        whole = 0
        try:
            while whole < len(self._buffer):
                size = self._frame(self._buffer[whole:] if whole else self._buffer)
                if size is None:
                    break
                whole += size
        except FrameError as error:
            self._lost = True
            reason = error.message
        ready, self._buffer = self._buffer[:whole], self._buffer[whole:]
        self._offset += whole
        chunk = Chunk(Direction.TO_SERVER, start, ready, number, number) if ready else None
        return chunk, self._undecoded(reason) if self._lost else None

    def rest(self) -> Message | None:
        """The beginning of a message that was never finished."""
        return self._undecoded("not finished") if self._buffer and not self._lost else None

    def _undecoded(self, reason: str) -> Message:
        note = Note(Severity.ERROR, reason, 0, len(self._buffer))
        end = self._offset + len(self._buffer)
        return undecoded(Direction.TO_SERVER, self._offset, end, self._buffer, note)

"""Decoding what was said in a case, thousands of times a second.

Most messages of most cases are those of a seed and the replies to them, again and again. What a protocol made of a grammar and functions
says about a message depends on its bytes, direction and parameters only, so it is remembered. Nothing is searched for behind bytes that
cannot begin a message: no peer would read on there either.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from dissectors.grammar import GrammarDecoder
from dissectors.tracing import trace
from dissectors.undecoded import undecoded
from workbench.api import (
    Chunk,
    Decoder,
    Direction,
    Endpoint,
    FlowContext,
    FlowKey,
    FrameError,
    Handoff,
    Inner,
    Memory,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    Wake,
)

__all__ = ["UNFINISHED", "Heard", "Hearing"]

UNFINISHED = "the message is not finished"
"""What is wrong with the beginning of a message."""
REMEMBERED = 4096
"""Messages that are remembered; a corpus has hundreds, and as many replies."""
LONGEST = 2048
"""Longer messages are not remembered: they are rare, and their trees are large."""

_CLIENT, _SERVER_HOST, _ANY_PORT = Endpoint("127.0.0.1", 40_000), "127.0.0.1", 9


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and what is wrong with it.

    `early` says that it was complete before everything that the client had sent by then: what follows may answer any of that.
    """

    message: Message
    errors: tuple[str, ...] = ()
    early: bool = False

    @property
    def by_client(self) -> bool:
        """Whether the client said it."""
        return self.message.direction is Direction.TO_SERVER


class Hearing:
    """Turns into messages, for one protocol."""

    def __init__(self, spec: ProtocolSpec) -> None:
        self._spec = spec
        self._flow = FlowKey(spec.wire, _CLIENT, Endpoint(_SERVER_HOST, spec.ports[0] if spec.ports else _ANY_PORT))
        self._known: dict[Hashable, tuple[Heard, ...]] = {}

    def __call__(self, turns: Sequence[tuple[Direction, bytes]]) -> list[Heard]:
        """The messages of one conversation in order of completion, up to a hand-off to another protocol.

        Offsets of messages count from their own first byte, except with a decoder of the protocol's own.
        """
        return self._decoded(turns) if self._spec.decoder is not None else self._framed(turns)

    def _decoded(self, turns: Sequence[tuple[Direction, bytes]]) -> list[Heard]:
        """With the protocol's own decoder, which may do anything."""
        decoder = self._decoder(self._spec)
        offsets, said = [0, 0], [0, 0]
        heard: list[Heard] = []

        def collect(items: Iterable[Message | Handoff | Inner | Wake]) -> bool:
            for item in items:
                if isinstance(item, Handoff):
                    return True
                if isinstance(item, Inner | Wake):
                    continue
                said[item.direction] = item.end
                early = said[Direction.TO_SERVER] < offsets[Direction.TO_SERVER]
                heard.append(Heard(item, self._errors(item), early))
            return False

        for number, (direction, data) in enumerate(turns, 1):
            start, offsets[direction] = offsets[direction], offsets[direction] + len(data)
            if collect(decoder.receive(Chunk(direction, start, data, number, number))):
                return heard
        for direction in Direction:
            if collect(decoder.finish(direction)):
                break
        return heard

    def _framed(self, turns: Sequence[tuple[Direction, bytes]]) -> list[Heard]:
        """With grammar and framer: cut, and ask for each message what is known about it."""
        memory = Memory(self._spec.limits.memory)
        sides = _Side(self._spec, Direction.TO_SERVER), _Side(self._spec, Direction.TO_CLIENT)
        client = sides[Direction.TO_SERVER]
        heard: list[Heard] = []
        for direction, data in turns:
            side = sides[direction]
            frames = side.says(data)
            for place, raw in enumerate(frames, 1):
                found = self._message(direction, raw, memory)
                if client.rest or (side is client and place < len(frames)):
                    found = tuple(replace(each, early=True) for each in found)
                heard.extend(found)
            if side.junk is not None:
                heard.append(side.junk)
                side.junk = None
        heard.extend(side.unfinished() for side in sides if side.rest)
        return heard

    def _message(self, direction: Direction, raw: bytes, memory: Memory) -> tuple[Heard, ...]:
        """One whole frame, decoded as in the middle of a flow with this memory."""
        parameters = self._spec.parameters(memory, direction, raw)
        key = (direction, raw, *parameters.items())
        known = self._known.get(key)
        if known is None:
            decoder = self._decoder(replace(self._spec, parameters=lambda *_: parameters))
            items = [*decoder.receive(Chunk(direction, 0, raw, 1, 1)), *decoder.finish(direction)]
            known = tuple(Heard(item, self._errors(item)) for item in items if isinstance(item, Message))
            if len(raw) <= LONGEST:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[key] = known
        return known

    def _decoder(self, spec: ProtocolSpec) -> Decoder:
        context = FlowContext(stream=0, flow=self._flow, limits=spec.limits, trace=trace, memory=Memory(spec.limits.memory))
        return spec.decoder(context) if spec.decoder is not None else GrammarDecoder(spec, context)

    def _errors(self, message: Message) -> tuple[str, ...]:
        """What is wrong with a message; nothing for a sound one of this protocol."""
        return message.errors if message.protocol == self._spec.name else ("bytes that are no message",)


class _Side:
    """The bytes of one direction, cut by the protocol's framer up to where no message can begin any more."""

    def __init__(self, spec: ProtocolSpec, direction: Direction) -> None:
        assert spec.frame is not None
        self.rest = b""
        self.junk: Heard | None = None
        self._frame = spec.frame
        self._datagrams = spec.transport == "udp"
        self._direction = direction
        self._lost = False

    def says(self, data: bytes) -> list[bytes]:
        """Whole messages that are there with these bytes; `junk` afterwards says whether it ended there, `rest` is what waits."""
        if self._lost:
            return []
        data = self.rest + data
        start = 0
        frames = []
        try:
            while start < len(data):
                size = self._frame(data[start:] if start else data)
                if size is None:
                    break
                frames.append(data[start : start + size])
                start += size
        except FrameError as error:
            self._lost = not self._datagrams
            self.junk = self._undecoded(data[start:], error.message)
            start = len(data)
        self.rest = data[start:]
        if self._datagrams and self.rest:
            self.junk, self.rest = self._undecoded(self.rest, "not a whole message"), b""
        return frames

    def unfinished(self) -> Heard:
        """The beginning of a message that was never completed."""
        return self._undecoded(self.rest, UNFINISHED)

    def _undecoded(self, data: bytes, reason: str) -> Heard:
        return Heard(undecoded(self._direction, 0, len(data), data, Note(Severity.ERROR, reason, 0, len(data))), (reason,))

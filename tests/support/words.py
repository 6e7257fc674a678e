"""A protocol of words that carry conversations, in two decoders: one that makes messages, and one that can also say them as text."""

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.api import (
    Chunk,
    Confidence,
    Direction,
    Field,
    FlowContext,
    Handoff,
    Inner,
    Message,
    ProtocolSpec,
    SkimmedMessage,
    Wake,
    members_text,
    message_members,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
Found = Message | Handoff | Inner | Wake


class Words:
    """Words that end in a blank. "in:CHANNEL:TEXT" carries TEXT and a blank inside, "last:CHANNEL:TEXT" as the last of it, "wake:CHANNEL"
    wakes, "off" hands over, "die" breaks the contract. Other words are as they are; those with an "x" are not skimmed."""

    def __init__(self, context: FlowContext) -> None:
        self.buffer = {UP: b"", DOWN: b""}
        self.start: dict[Direction, int] = {}

    def receive(self, chunk: Chunk) -> Iterator[Found]:
        way = chunk.direction
        if not self.buffer[way]:
            self.start[way] = chunk.offset
        self.buffer[way] += chunk.data
        while b" " in self.buffer[way]:
            word, _, self.buffer[way] = self.buffer[way].partition(b" ")
            yield self.message(way, word + b" ")
            yield from self.follow(way, word)
            if word == b"off":
                yield self.hand_off(chunk)
                return

    def hand_off(self, chunk: Chunk) -> Handoff:
        """What was begun goes on, in both directions."""
        rest = [
            Chunk(way, self.start[way], data, chunk.packet, chunk.carrier, chunk.time_ns)
            for way, data in self.buffer.items()
            if data
        ]
        return Handoff("words", tuple(rest))

    def follow(self, way: Direction, word: bytes) -> Iterator[Found]:
        if word == b"die":
            raise RuntimeError("boom")
        what, _, rest = word.partition(b":")
        channel, _, text = rest.partition(b":")
        if what in (b"in", b"last"):
            yield Inner(direction=way, data=text + b" ", channel=channel.decode(), protocol="words", last=what == b"last")
        elif what == b"wake":
            yield Wake(channel.decode())

    def message(self, way: Direction, raw: bytes) -> Message:
        start, self.start[way] = self.start[way], self.start[way] + len(raw)
        root = Field("words", 0, len(raw), None, (Field("word", 0, len(raw), raw, abbrev="words.word"),), "words")
        return Message(protocol="words", direction=way, start=start, end=start + len(raw), raw=raw, root=root, label="word")

    def finish(self, direction: Direction) -> Iterator[Found]:
        if self.buffer[direction]:
            yield self.message(direction, self.buffer[direction])
        self.buffer[direction] = b""


class SkimmingWords(Words):
    """The same, as text."""

    def skim(self, chunk: Chunk) -> Sequence[Any] | None:
        if b"x" in chunk.data or b"die" in chunk.data:
            return None
        return [
            SkimmedMessage(item.end, members_text(message_members(item))) if isinstance(item, Message) else item
            for item in self.receive(chunk)
        ]

    def patience(self, direction: Direction) -> int:
        """A word that begins with a number has so many bytes, the blank included."""
        begun = self.buffer[direction]
        size = begun.split(b":")[0]
        return max(0, int(size) - len(begun) - 1) if b":" in begun and size.isdigit() else 0


class Known:
    """A conversation that was told of."""

    def __init__(self, inner: Inner) -> None:
        self.channel = inner.channel
        self._inner = inner

    def inner(self, data: bytes) -> Inner:
        return self._inner


class SkimmingDatagrams(SkimmingWords):
    """Takes datagrams of one whole word."""

    def skim_datagram(self, way: Direction, data: bytes, time_ns: int) -> Any:
        if (
            data.count(b" ") != 1
            or not data.endswith(b" ")
            or self.buffer[way]
            or b"x" in data
            or data.startswith((b"off", b"die", b"wake"))
        ):
            return None
        message, *rest = self.receive(Chunk(way, self.start.get(way, 0), data))
        assert isinstance(message, Message)
        text = members_text(message_members(message))
        if len(rest) == 1 and isinstance(rest[0], Inner) and not rest[0].last:
            return text, Known(rest[0]), rest[0].data
        return text, rest, b""


def spec_of(decoder: type[Words], transport: Any = "tcp") -> ProtocolSpec:
    return ProtocolSpec(name="words", title="W", decoder=decoder, transport=transport, probe=lambda *_: Confidence.NO)


PLAIN = {"tcp": spec_of(Words), "udp": spec_of(Words, "udp")}
SKIMMING = {"tcp": spec_of(SkimmingWords), "udp": spec_of(SkimmingDatagrams, "udp")}

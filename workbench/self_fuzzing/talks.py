"""What is spoilt: conversations of a protocol, from its seeds with the replies of its own server, and from captures."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from captures.capture import open_capture
from captures.stream_events import Delivered
from captures.streams import Streams
from dissectors.engine import Dissector
from dissectors.secrets import SecretStore
from workbench.api import UNDECODED, Chunk, Direction, Message, ProtocolSpec, Transport
from workbench.laws.subject import Subject

__all__ = ["MOST_BYTES", "Talk", "Turn", "talks_of"]

MOST_BYTES = 160_000
"""Bytes of one conversation: what comes later in a long one is more of the same, and a case should take milliseconds."""

MOST_TALKS = 2_000
"""Conversations taken from captures for one protocol, for the same reason."""

_Key = tuple[Transport, int]


class Turn(NamedTuple):
    """Bytes of one direction; `gap` bytes before them were lost."""

    direction: Direction
    data: bytes
    gap: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation. `protocol` is what its first bytes are, which need not be what it is examined for."""

    origin: str
    protocol: str
    turns: tuple[Turn, ...]
    secrets: tuple[bytes, ...] = ()


def talks_of(spec: ProtocolSpec, specs: Sequence[ProtocolSpec], captures: Sequence[Path]) -> tuple[Talk, ...]:
    """All that is known of a protocol, none twice. Raises CaptureError for a file that is no capture."""
    found: dict[tuple[str, tuple[Turn, ...]], Talk] = {}
    for talk in (*_of_seeds(spec, specs), *(talk for path in captures for talk in _of_capture(spec, specs, path))):
        found.setdefault((talk.protocol, talk.turns), talk)
    return tuple(found.values())


def _of_seeds(spec: ProtocolSpec, specs: Sequence[ProtocolSpec]) -> Iterator[Talk]:
    for conversation in Subject(spec, tuple(specs)).conversations:
        turns = _short(Turn(direction, data) for direction, data in conversation.turns)
        if turns:
            yield Talk(f"seed {conversation.seed.name!r}", spec.name, turns)


def _of_capture(spec: ProtocolSpec, specs: Sequence[ProtocolSpec], path: Path) -> Iterator[Talk]:
    """The flows in which the protocol appears, whole; and where it travelled inside another one, what it said there alone."""
    flows: dict[_Key, _Flow] = {}
    with open_capture(path) as capture:
        capture.grow()
        dissector = Dissector(specs, secrets=SecretStore(lambda: capture.secrets))
        streams = Streams(capture)
        for event in chain(streams.advance(), streams.flush()):
            key = event.stream.transport, event.stream.number
            flow = flows.get(key)
            if flow is None:
                if len(flows) >= MOST_TALKS:
                    continue
                flow = flows[key] = _Flow()
            if isinstance(event, Delivered):
                flow.carry(event.chunk)
            for message in dissector.receive(event):
                flow.say(message, spec)
        secrets = tuple(capture.secrets)
    spoken = {other.name: other.wire for other in specs}
    for (transport, number), flow in flows.items():
        if flow.wanted and spoken.get(flow.outermost) == transport:
            yield Talk(f"{path.name} {transport} {number}", flow.outermost, tuple(flow.turns), secrets)
        for layer, turns in flow.inside.items() if spec.transport == spec.wire else ():
            yield Talk(f"{path.name} {transport} {number} in {'/'.join(layer)}", spec.name, tuple(turns))


class _Flow:
    """One flow of a capture while it is read."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.inside: dict[tuple[str, ...], list[Turn]] = {}
        self.outermost = ""
        self.wanted = False
        self._left = self._left_inside = MOST_BYTES

    def carry(self, chunk: Chunk) -> None:
        """Bytes that came in order."""
        self._left -= len(chunk.data)
        if chunk.data and self._left >= 0:
            self.turns.append(Turn(chunk.direction, chunk.data, chunk.gap))

    def say(self, message: Message, spec: ProtocolSpec) -> None:
        """What they meant."""
        if not self.outermost and not message.layer and message.protocol != UNDECODED:
            self.outermost = message.protocol
        if message.protocol != spec.name:
            return
        self.wanted = True
        if message.layer and message.raw:
            self._left_inside -= len(message.raw)
            if self._left_inside >= 0:
                self.inside.setdefault(message.layer, []).append(Turn(message.direction, message.raw))


def _short(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    kept: list[Turn] = []
    left = MOST_BYTES
    for turn in turns:
        left -= len(turn.data)
        if left < 0:
            break
        if turn.data:
            kept.append(turn)
    return tuple(kept)

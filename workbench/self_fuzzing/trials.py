"""What must hold for any conversation, however spoilt. Each trial gives a sentence for the first thing that does not."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random

from dissectors.decode_as import DecodeAs
from dissectors.engine import converse
from dissectors.flow_state import FlowState
from dissectors.guide import Guide
from dissectors.paths import message_object
from dissectors.slots import breaches, described
from workbench.api import (
    NO_SECRETS,
    Chunk,
    Direction,
    Endpoint,
    FlowKey,
    Message,
    ProtocolSpec,
    Secrets,
    ServerOptions,
    in_memory,
)
from workbench.laws.decoding import contents, difference, nesting
from workbench.laws.skimming import datagram_differences, dialogue_of, skim_differences
from workbench.laws.subject import answer
from workbench.self_fuzzing.spoiling import split
from workbench.self_fuzzing.talks import Turn

__all__ = ["TRIALS", "Matter", "tried"]

SPLITTING = 0.2
"""Share of the cases that are read twice, in other pieces; it doubles their time."""

FAILED = "decoder failed"
"""How the engine remarks that a decoder raised."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One case. `protocol` speaks first, `spec` is examined, `specs` are all that may turn up inside; `pinned` says that detection is not
    asked. `random` decides what the trials leave open."""

    spec: ProtocolSpec
    specs: Sequence[ProtocolSpec]
    protocol: ProtocolSpec
    turns: Sequence[Turn]
    pinned: bool
    secrets: Secrets = NO_SECRETS
    seed: str = ""

    @property
    def lossless(self) -> bool:
        """Whether nothing was lost on the way."""
        return not any(turn.gap for turn in self.turns)


def tried(matter: Matter) -> str:
    """What is wrong, with the name of the trial before it; "" where everything holds."""
    for name, trial in TRIALS.items():
        try:
            wrong = next(trial(matter), "")
        except (Exception, SystemExit, GeneratorExit) as error:  # a trial is as likely to raise as what it tries
            wrong = f"raises {described(error)}"
        if wrong:
            return f"{name}: {wrong}"
    return ""


def _reads(matter: Matter) -> Iterator[str]:
    """The engine says of each byte what it is, once, in a form that every other part of the house can use."""
    messages, ends = _read(matter, matter.turns)
    for direction in Direction:
        yield from _tiling([m for m in messages if not m.layer and m.direction is direction], ends[direction], direction.name)
    inside: defaultdict[tuple[tuple[str, ...], Direction], list[Message]] = defaultdict(list)
    for message in messages:
        if message.layer:
            inside[message.layer, message.direction].append(message)
        yield from _usable(message)
    for (layer, direction), found in inside.items():
        # a layer may begin again: its conversation was given up, or its name was used twice
        if sum(message.start == 0 and message.end > 0 for message in found) <= 1:
            yield from _tiling(found, None, f"{direction.name} in {'/'.join(layer)}")


def _usable(message: Message) -> Iterator[str]:
    if len(message.raw) > message.end - message.start:
        yield f"{message.protocol}: {len(message.raw)} bytes in the span [{message.start}, {message.end})"
    yield from breaches(message)
    for note in message.notes:
        if FAILED in note.text:
            yield f"{message.protocol}: {note.text}"
        if not 0 <= note.start <= note.end <= max(len(message.raw), message.end - message.start):
            yield f"{message.protocol}: the note {note.text!r} spans [{note.start}, {note.end}) of {len(message.raw)}"
    yield from nesting(message)
    if not message.packets or message.packet < 1:
        yield f"{message.protocol}: carried by {message.packets}, complete with {message.packet}"
    json.dumps(message_object(message), allow_nan=False)


def _tiling(messages: Sequence[Message], sent: int | None, where: str) -> Iterator[str]:
    """The messages of a direction follow each other without holes; lost bytes belong to a message, too."""
    at = 0
    for message in sorted(messages, key=lambda message: message.start):
        if message.start != at or message.end < message.start:
            yield f"{message.protocol} {where} spans [{message.start}, {message.end}) after offset {at}"
            return
        at = message.end
    if sent is not None and at != sent:
        yield f"the messages {where} end at {at} of {sent} bytes"


def _splits(matter: Matter) -> Iterator[str]:
    """Where a stream is cut into pieces means nothing."""
    random = Random(f"{matter.seed}:split")
    if matter.protocol.transport == "udp" or not (matter.lossless and matter.pinned) or random.random() >= SPLITTING:
        return
    whole = contents([m for m in _read(matter, _joined(matter.turns))[0] if not m.layer])
    pieces = contents([m for m in _read(matter, split(matter.turns, random))[0] if not m.layer])
    found = difference(whole, pieces)
    if found:
        yield found


def _joined(turns: Sequence[Turn]) -> list[Turn]:
    """What one side says until the other one speaks, at once."""
    return [
        Turn(direction, b"".join(turn.data for turn in said))
        for direction, said in groupby(turns, key=lambda turn: turn.direction)
    ]


def _skims(matter: Matter) -> Iterator[str]:
    """The fast lane says what the decoder says, or nothing."""
    spec = matter.spec
    if not matter.lossless or matter.protocol.name != spec.name:
        return
    turns = [(turn.direction, turn.data) for turn in matter.turns if turn.data]
    if spec.skim_datagrams is not None:
        yield from datagram_differences(spec, turns)
    skim = None if spec.skim is None else spec.skim(dialogue_of(turns))
    if skim is not None:
        yield from skim_differences(skim, turns, converse(spec, turns))


def _serves(matter: Matter) -> Iterator[str]:
    """The reference server answers, or hangs up."""
    if matter.spec.server is None or matter.protocol.name != matter.spec.name:
        return
    connection = in_memory(matter.spec.server(ServerOptions())())
    for direction, data, _ in (*matter.turns, Turn(Direction.TO_SERVER, b"")):
        if direction is Direction.TO_SERVER and not connection.closed:
            answer(connection, data)
    return
    yield


def _read(matter: Matter, turns: Sequence[Turn]) -> tuple[list[Message], list[int]]:
    """The messages, and where each direction ends."""
    protocol = matter.protocol
    server = Endpoint("127.0.0.1", protocol.ports[0] if protocol.ports else 2)
    pins = (DecodeAs(protocol.wire, 0, 65_535, protocol.name),) if matter.pinned else ()
    state = FlowState(0, FlowKey(protocol.wire, Endpoint("127.0.0.1", 1), server), Guide(matter.specs, pins, matter.secrets))
    ends = [0, 0]
    messages: list[Message] = []
    for number, (direction, data, gap) in enumerate(turns, 1):
        start = ends[direction] + gap
        ends[direction] = start + len(data)
        messages += state.receive(Chunk(direction, start, data, packet=number, carrier=number, time_ns=number, gap=gap))
    for direction in Direction:
        messages += state.finish(direction)
    return messages, ends


TRIALS: dict[str, Callable[[Matter], Iterator[str]]] = {
    "decoder": _reads,
    "split": _splits,
    "fast lane": _skims,
    "server": _serves,
}

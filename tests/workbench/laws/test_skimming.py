"""A fast lane that says something else than the decoder breaks the law."""

from dataclasses import replace

import pytest
from construct import GreedyBytes

from dissectors.engine import converse
from support.toy import TOY
from workbench.api import (
    Chunk,
    Dialogue,
    Direction,
    Field,
    FlowContext,
    Message,
    ProtocolSpec,
    Seed,
    Skim,
    SkimmedMessage,
    SkimmedSide,
    datagram,
    framed,
    members_text,
    message_members,
)
from workbench.laws import Subject
from workbench.laws.skimming import dialogue_of, row_of, skim_of, skims_truly

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def truly(dialogue: Dialogue) -> Skim | None:
    messages = converse(TOY, [(way, dialogue.data[way]) for way in Direction if dialogue.data[way]])
    return skim_of(row_of(message) for message in messages)


def breaches(skim) -> list[str]:
    return list(skims_truly(Subject(replace(TOY, skim=skim), rounds=3)))


def test_no_fast_lane_or_a_true_one():
    assert breaches(None) == []
    assert breaches(truly) == []


def changed(dialogue: Dialogue, change) -> Skim:
    up, down = truly(dialogue).sides
    return Skim((change(up), change(down)))


def explode(*_: object) -> Skim | None:
    raise RuntimeError("boom")


@pytest.mark.parametrize(
    ("skim", "complaint"),
    [
        (lambda _: None, "none of its own seeds"),
        (explode, "raises RuntimeError: boom"),
        (
            lambda d: changed(d, lambda side: SkimmedSide(side.ends, [text.replace("ping", "pong") for text in side.texts])),
            "says",
        ),
        (lambda d: changed(d, lambda side: SkimmedSide(side.ends[:-1], side.texts[:-1])), "messages TO_"),
        (lambda d: changed(d, lambda side: SkimmedSide(side.ends, side.texts[:-1])), "different lengths"),
        (lambda d: Skim(truly(d).sides, (0, 0), "other"), "the decoder finds 0 messages"),
    ],
)
def test_what_breaks_it(skim, complaint):
    assert complaint in breaches(skim)[0]


def test_a_dialogue_knows_what_came_first():
    dialogue = dialogue_of([(UP, b"ab"), (DOWN, b"xyz"), (UP, b"c")])
    assert dialogue.data == (b"abc", b"xyz")
    assert [dialogue.packet_at(UP, offset) for offset in (1, 2, 3)] == [1, 1, 3]
    assert dialogue.packet_at(DOWN, 3) == 2


def _echo(frame: bytes) -> bytes:
    return frame


ECHO = ProtocolSpec(
    name="echo-udp",
    title="Everything is a message",
    transport="udp",
    grammar=GreedyBytes,
    frame=datagram,
    seeds=(Seed("one", (b"hello",)), Seed("two", (b"a", b"b"))),
    server=framed(datagram, _echo),
)


def say(direction: Direction, data: bytes) -> str:
    [message] = converse(ECHO, [(direction, data)])
    return members_text(message_members(message))


@pytest.mark.parametrize(
    ("skim", "complaint"),
    [
        (lambda: say, None),
        (lambda: lambda direction, data: say(direction, data + b"!"), "the decoder says"),
        (lambda: lambda _, data: say(Direction.TO_SERVER, data), "the skimmer"),
        (lambda: explode, "raises RuntimeError: boom"),
    ],
)
def test_datagrams(skim, complaint):
    found = list(skims_truly(Subject(replace(ECHO, skim_datagrams=skim), rounds=3)))
    assert complaint in found[0] if complaint else found == []


class Steps:
    """Each chunk is a message; `skim` says so, too."""

    def __init__(self, context: FlowContext) -> None:
        self.count = 0

    def message(self, chunk: Chunk) -> Message:
        self.count += 1
        raw = chunk.data
        root = Field("steps", 0, len(raw))
        way, summary = chunk.direction, str(self.count)
        return Message(protocol="steps", direction=way, start=chunk.offset, end=chunk.end, raw=raw, root=root, summary=summary)

    def receive(self, chunk: Chunk) -> list[Message]:
        return [self.message(chunk)]

    def skim(self, chunk: Chunk) -> list[SkimmedMessage] | None:
        message = self.message(chunk)
        return [SkimmedMessage(message.end, members_text(message_members(message)))]

    def finish(self, direction: Direction) -> list[Message]:
        return []


class Uncounted(Steps):
    def skim(self, chunk: Chunk) -> list[SkimmedMessage] | None:
        found = super().skim(chunk)
        self.count -= 1
        return found


class Raising(Steps):
    def skim(self, chunk: Chunk) -> list[SkimmedMessage] | None:
        raise RuntimeError("boom")


class Hesitant(Steps):
    """Has read the chunk before it says that it cannot skim it."""

    def skim(self, chunk: Chunk) -> list[SkimmedMessage] | None:
        self.message(chunk)
        return None


@pytest.mark.parametrize(
    ("decoder", "complaint"),
    [(Steps, ""), (Uncounted, "skimming"), (Raising, "RuntimeError: boom"), (Hesitant, "skimming all of its chunks")],
)
def test_decoders_that_skim(decoder, complaint):
    seeds = (Seed("one", (b"a", b"b", b"c")),)
    found = list(skims_truly(Subject(ProtocolSpec(name="steps", title="S", decoder=decoder, seeds=seeds), rounds=3)))
    assert complaint in found[0] if complaint else found == []

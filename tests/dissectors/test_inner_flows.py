"""Conversations inside conversations: an envelope protocol whose lines carry other protocols' bytes, read by the real engine.

Invariant: each layer's messages tile its own byte streams, and belong to the packets of the envelope around them.
"""

from collections.abc import Iterator

import pytest

from dissectors.engine import converse
from dissectors.flow_state import MOST_CHANNELS, MOST_LAYERS
from workbench.api import (
    UNDECODED,
    Chunk,
    Confidence,
    Direction,
    Field,
    FlowContext,
    Handoff,
    Inner,
    Message,
    ProtocolSpec,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class Envelope:
    """Lines `CHANNEL PROTOCOL TEXT`: TEXT goes on to CHANNEL as PROTOCOL ("?": detect). A TEXT that ends in "." is its channel's last.
    The line "off" hands the flow over, "die" breaks the contract."""

    def __init__(self, context: FlowContext) -> None:
        self.context = context
        self.buffer = {UP: b"", DOWN: b""}
        self.start = {UP: 0, DOWN: 0}

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff | Inner]:
        way = chunk.direction
        self.buffer[way] += chunk.data
        while b"\n" in self.buffer[way]:
            line, _, self.buffer[way] = self.buffer[way].partition(b"\n")
            start = self.start[way]
            self.start[way] += len(line) + 1
            yield Message(
                protocol="envelope",
                direction=way,
                start=start,
                end=self.start[way],
                raw=line + b"\n",
                root=Field("envelope", 0, len(line) + 1),
                label="line",
                summary=repr(dict(self.context.facts)),
            )
            if line == b"die":
                raise RuntimeError("boom")
            if line == b"off":
                yield Handoff("words", facts={"why": "off"})
                return
            channel, protocol, text = line.decode().split(" ", 2)
            yield Inner(
                direction=way,
                data=text.encode() + (b"\n" if protocol == "envelope" else b""),
                channel=channel.strip("-"),
                protocol=None if protocol == "?" else protocol,
                last=text.endswith("."),
                facts={"channel": channel},
            )

    def finish(self, direction: Direction) -> Iterator[Message | Handoff | Inner]:
        raw, self.buffer[direction] = self.buffer[direction], b""
        if raw:
            start = self.start[direction]
            root = Field("envelope", 0, len(raw))
            yield Message(protocol="envelope", direction=direction, start=start, end=start + len(raw), raw=raw, root=root)


class Words(Envelope):
    """Whatever comes until "!" or the end is one message."""

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff | Inner]:
        way = chunk.direction
        self.buffer[way] += chunk.data
        while b"!" in self.buffer[way]:
            word, _, self.buffer[way] = self.buffer[way].partition(b"!")
            yield self._word(way, word + b"!")

    def finish(self, direction: Direction) -> Iterator[Message | Handoff | Inner]:
        raw, self.buffer[direction] = self.buffer[direction], b""
        if raw:
            yield self._word(direction, raw)

    def _word(self, way: Direction, raw: bytes) -> Message:
        start = self.start[way]
        self.start[way] += len(raw)
        root = Field("words", 0, len(raw))
        summary = str(self.context.facts.get("channel", self.context.facts.get("why", "")))
        return Message(protocol="words", direction=way, start=start, end=start + len(raw), raw=raw, root=root, summary=summary)


def probe(data: bytes, direction: Direction) -> Confidence:
    return Confidence.CERTAIN if data.startswith(b"word") else Confidence.NO


ENVELOPE = ProtocolSpec(name="envelope", title="E", decoder=Envelope)
WORDS = ProtocolSpec(name="words", title="W", decoder=Words, probe=probe, alpn=("w/1",))


def run(*turns: tuple[Direction, bytes]) -> list[Message]:
    return converse(ENVELOPE, turns, inner=[WORDS])


def short(messages: list[Message]) -> list[tuple[str, str, bytes, tuple[int, ...]]]:
    return [("/".join(m.layer), m.protocol, m.raw, m.packets) for m in messages]


def test_an_inner_message_travels_in_the_packets_of_its_envelopes():
    found = run((UP, b"a words one"), (UP, b" tw\na words o!thr\n"), (DOWN, b"a words ok!\n"), (UP, b"a words ee!\n"))
    inner = [message for message in found if message.layer]
    assert short(inner) == [
        ("envelope a", "words", b"one two!", (1, 2)),
        ("envelope a", "words", b"ok!", (3,)),
        ("envelope a", "words", b"three!"[:3] + b"ee!", (2, 4)),
    ]
    assert [(m.start, m.end, m.packet, m.time_ns, m.summary) for m in inner] == [
        (0, 8, 2, 2, "a"),
        (0, 3, 3, 3, "a"),
        (8, 14, 4, 4, "a"),
    ]


def test_channels_are_conversations_of_their_own():
    found = run((UP, b"a words x\nb words y\na words 1!\nb words 2!\n"))
    assert [(m.layer, m.raw) for m in found if m.layer] == [(("envelope a",), b"x1!"), (("envelope b",), b"y2!")]


@pytest.mark.parametrize(
    ("protocol", "text", "expected"),
    [("w/1", "hm!", "words"), ("?", "word!", "words"), ("?", "hm", UNDECODED), ("gone", "hm", UNDECODED)],
)
def test_who_reads_a_channel(protocol, text, expected):
    found = run((UP, f"a {protocol} {text}\n".encode()), (DOWN, b"a ? x\n"))
    assert [m.protocol for m in found if m.layer and m.direction is UP] == [expected]
    if protocol == "gone":
        assert ["this is gone, which is not installed"] in [[note.text for note in m.notes] for m in found if m.layer]


def test_the_end_of_a_channel_and_of_the_flow_complete_what_is_left():
    found = run((UP, b"a words one.\n"), (DOWN, b"b words two\n"))
    assert [(m.layer, m.raw, m.packet) for m in found if m.layer] == [
        (("envelope a",), b"one.", 1),
        (("envelope b",), b"two", 2),
    ]


def test_a_channel_that_ended_in_both_directions_may_begin_anew():
    found = run((UP, b"a words 1.\n"), (DOWN, b"a words 2.\n"), (UP, b"a words 3.\n"))
    assert [(m.raw, m.start) for m in found if m.layer] == [(b"1.", 0), (b"2.", 0), (b"3.", 0)]


def test_bytes_after_the_end_of_a_direction_are_not_read():
    found = run((UP, b"a words 1.\na words 2.\n"))
    assert [m.raw for m in found if m.layer] == [b"1."]


def test_a_handoff_and_a_failure_finish_what_is_inside():
    for word in (b"off", b"die"):
        found = run((UP, b"a words x\n" + word + b"\n"), (UP, b"rest!"))
        layers = [(m.layer, m.raw) for m in found if m.layer]
        assert layers == [(("envelope a",), b"x")]
        assert b"".join(m.raw for m in found if not m.layer and m.direction is UP).endswith(b"rest!")


def test_facts_reach_the_next_decoder():
    found = run((UP, b"off\n"), (UP, b"word!"))
    assert [m.summary for m in found if m.protocol == "words"] == ["off"]


def test_the_depth_is_bounded():
    deepest = MOST_LAYERS + 3
    found = run((UP, b"a envelope " * deepest + b"a words word!\n"))
    assert max(len(m.layer) for m in found) == MOST_LAYERS + 1
    (last,) = [m for m in found if len(m.layer) == MOST_LAYERS + 1]
    assert last.protocol == UNDECODED
    assert [note.text for note in last.notes] == [f"{MOST_LAYERS} conversations inside each other are enough"]


def test_the_number_of_channels_is_bounded():
    lines = b"".join(b"c%d words x\n" % number for number in range(MOST_CHANNELS + 2))
    found = run((UP, lines))
    ended = [m.layer[0] for m in found if m.layer]
    assert ended[:2] == ["envelope c0", "envelope c1"], "the one silent longest goes first"
    assert len(ended) == MOST_CHANNELS + 2


def test_inner_conversations_are_left_out_unless_asked_for():
    assert {m.protocol for m in converse(ENVELOPE, [(UP, b"a words x\n")])} == {"envelope"}

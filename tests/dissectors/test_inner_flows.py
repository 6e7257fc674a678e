"""Conversations inside conversations: an envelope protocol whose lines carry other protocols' bytes, read by the real engine.

Invariant: each layer's messages tile its own byte streams, and belong to the packets of the envelope around them.
"""

from collections.abc import Iterator

import pytest

from dissectors.decode_as import DecodeAs
from dissectors.engine import converse
from dissectors.flow_state import DECODER_BYTES, FLOW_BYTES, MOST_CHANNELS, MOST_LAYERS, FlowState
from dissectors.guide import Guide
from workbench.api import (
    UNDECODED,
    Chunk,
    Confidence,
    Direction,
    Endpoint,
    Field,
    FlowContext,
    FlowKey,
    Handoff,
    Inner,
    Message,
    ProtocolSpec,
    Wake,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


class Envelope:
    """Lines `CHANNEL PROTOCOL TEXT`: TEXT goes on to CHANNEL as PROTOCOL ("?": detect). A TEXT that ends in "." is its channel's last, one
    that ends in ".." too, but given up. The line "off" hands the flow over, "die" breaks the contract."""

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
                reset=text.endswith(".."),
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


@pytest.mark.parametrize(("text", "ordered"), [("one.", True), ("one..", False)])
def test_a_direction_that_was_given_up_ends_without_order(text, ordered):
    ends = []

    class Listening(Words):
        def receive(self, chunk: Chunk) -> Iterator[Message | Handoff | Inner]:
            ends.append(chunk.last)
            return super().receive(chunk)

    found = converse(
        ENVELOPE, [(UP, f"a ears {text}\n".encode())], inner=[ProtocolSpec(name="ears", title="E", decoder=Listening)]
    )
    assert ends == [ordered]
    assert [message.raw for message in found if message.layer] == [text.encode()]


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


def test_what_conversations_inside_keep_is_counted():
    pin = DecodeAs("tcp", 0, 65_535, "envelope")
    state = FlowState(0, FlowKey("tcp", Endpoint("a", 1), Endpoint("b", 2)), Guide((ENVELOPE, WORDS), (pin,)))
    offset = {UP: 0, DOWN: 0}
    kept = []
    for way, line in (
        (UP, b"a words one\n"),
        (UP, b"b words four\n"),
        (DOWN, b"a words up\n"),
        (UP, b"a words !two\n"),
        (UP, b"b words .\n"),
        (DOWN, b"b words !.\n"),
        (DOWN, b"a words\n"[:-1] + b" !.\n"),
        (UP, b"a words .\n"),
    ):
        list(state.receive(Chunk(way, offset[way], line, packet=1, carrier=1)))
        offset[way] += len(line)
        kept.append(state.pending)
    one = FLOW_BYTES + DECODER_BYTES
    inside = [1, 2, 2, 2, 2, 1, 1, 0]
    assert [size - one for size in kept] == [
        waiting + one * count for waiting, count in zip([3, 7, 9, 9, 5, 5, 3, 0], inside, strict=True)
    ]
    list(state.receive(Chunk(UP, offset[UP], b"c words rest\n", packet=2, carrier=2)))
    assert state.pending == 2 * one + 4
    for way in Direction:
        list(state.finish(way))
    assert state.pending == one


def test_inner_conversations_are_left_out_unless_asked_for():
    assert {m.protocol for m in converse(ENVELOPE, [(UP, b"a words x\n")])} == {"envelope"}


class Lock(Words):
    """Words that begin with "?" wait until a sibling has said the rest of them, as QPACK's field sections wait for its encoder stream."""

    def __init__(self, context: FlowContext) -> None:
        super().__init__(context)
        self.locked: list[tuple[Direction, bytes]] = []

    @property
    def waiting(self) -> bool:
        return bool(self.locked)

    def _word(self, way: Direction, raw: bytes) -> Message | Wake:  # type: ignore[override]
        siblings = self.context.siblings
        if raw.startswith(b"="):
            siblings[raw[1:-1]] = True
        if raw.startswith(b"?") and raw[1:-1] not in siblings:
            siblings["who", raw[1:-1]] = self.context.channel
            self.locked.append((way, raw))
            return Wake("nobody has this name")
        return super()._word(way, raw)

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff | Inner | Wake]:  # type: ignore[override]
        for found in super().receive(chunk):
            yield found
            if isinstance(found, Message) and found.raw.startswith(b"="):
                yield Wake(self.context.siblings.get(("who", found.raw[1:-1]), ""))

    def finish(self, direction: Direction) -> Iterator[Message | Handoff | Inner]:
        if not self.locked:
            yield from super().finish(direction)

    def resume(self, final: bool) -> Iterator[Message]:
        for way, raw in self.locked:
            if final or raw[1:-1] in self.context.siblings:
                yield super()._word(way, raw)
        self.locked = [] if final else [each for each in self.locked if each[1][1:-1] not in self.context.siblings]


LOCK = ProtocolSpec(name="lock", title="L", decoder=Lock)


def unlock(*turns: tuple[Direction, bytes]) -> list[Message]:
    return [message for message in converse(ENVELOPE, turns, inner=[LOCK]) if message.layer]


def test_a_sibling_lets_a_conversation_go_on():
    first, second = unlock((UP, b"a lock ?key!\n"), (UP, b"b lock =key!\n"))
    assert (first.raw, first.layer, first.packets) == (b"=key!", ("envelope b",), (2,))
    assert (second.raw, second.layer) == (b"?key!", ("envelope a",))
    assert (second.packets, second.packet, second.time_ns) == ((1,), 2, 2)  # complete only with what the sibling brought


def test_what_is_known_already_does_not_wait():
    found = unlock((UP, b"b lock =key!\n"), (UP, b"a lock ?key!\n"))
    assert [(message.raw, message.packet) for message in found] == [(b"=key!", 1), (b"?key!", 2)]


def test_a_conversation_that_waits_survives_its_end():
    ends = (UP, b"a lock ?key!.\n"), (DOWN, b"a lock .\n")
    found = unlock(*ends, (UP, b"b lock =key!\n"))
    assert [message.raw for message in found if message.layer == ("envelope a",) and message.raw.startswith(b"?")] == [b"?key!"]
    assert [message.packet for message in found if message.raw == b"?key!"] == [3]


def test_one_that_nobody_wakes_gives_what_it_has_at_the_end():
    found = unlock((UP, b"a lock ?key!\n"))
    assert [(message.raw, message.packet) for message in found] == [(b"?key!", 1)]


def test_protocols_and_flows_do_not_share_what_siblings_share():
    nested = b"c envelope a lock =key!\n"
    found = unlock((UP, b"a lock ?key!\n"), (UP, nested))
    assert [message.packet for message in found if message.raw == b"?key!"] == [1]

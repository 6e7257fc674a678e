"""One flow from its first bytes to its last message. Invariant: messages of a direction tile it, whatever decoders do."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from dissectors.decode_as import DecodeAs
from dissectors.flow_state import DECODER_BYTES, FLOW_BYTES, MOST_HANDOFFS, FlowState
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
    Message,
    ProtocolSpec,
    Severity,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
FLOW = FlowKey("tcp", Endpoint("a", 40_000), Endpoint("b", 7))


class Lines:
    """A decoder of lines; `rule` may do something else with a chunk first (return None to let it pass)."""

    def __init__(self, name: str, rule: Callable[["Lines", Chunk], Any] | None = None) -> None:
        self.name = name
        self.rule = rule
        self.buffer = {UP: b"", DOWN: b""}
        self.start = {UP: -1, DOWN: -1}

    def receive(self, chunk: Chunk) -> Iterator[Message | Handoff]:
        if self.rule is not None:
            answer = self.rule(self, chunk)
            if answer is not None:
                yield answer
                return
        way = chunk.direction
        if self.start[way] < 0:
            self.start[way] = chunk.offset
        self.buffer[way] += chunk.data
        while b"\n" in self.buffer[way]:
            line, _, self.buffer[way] = self.buffer[way].partition(b"\n")
            yield self.message(way, line + b"\n")

    def finish(self, direction: Direction) -> Iterator[Message | Handoff]:
        if self.buffer[direction]:
            yield self.message(direction, self.buffer[direction])
        self.buffer[direction] = b""

    def message(self, way: Direction, raw: bytes) -> Message:
        start = self.start[way]
        self.start[way] = start + len(raw)
        root = Field(self.name, 0, len(raw))
        return Message(protocol=self.name, direction=way, start=start, end=start + len(raw), raw=raw, root=root)


def _spec(
    name: str,
    rule: Callable[[Lines, Chunk], Any] | None = None,
    magic: bytes | None = None,
    ports: tuple[int, ...] = (),
) -> ProtocolSpec:
    def probe(data: bytes, _: Direction) -> Confidence:
        assert magic is not None
        return Confidence.CERTAIN if data.startswith(magic) else Confidence.NEED_DATA if magic.startswith(data) else Confidence.NO

    return ProtocolSpec(name=name, title=name, ports=ports, decoder=lambda _: Lines(name, rule), probe=probe if magic else None)


Turn = tuple[Direction, bytes] | Direction


def _run(specs: tuple[ProtocolSpec, ...], turns: Iterable[Turn], pins: tuple[DecodeAs, ...] = ()) -> list[Message]:
    """Messages of a flow; a turn is bytes of a direction (packets count from 1), or a direction that ends."""
    state = FlowState(5, FLOW, Guide(specs, pins))
    at = {UP: 0, DOWN: 0}
    found: list[Message] = []
    for number, turn in enumerate(turns, 1):
        if isinstance(turn, Direction):
            found += state.finish(turn)
            continue
        way, data = turn
        found += state.receive(Chunk(way, at[way], data, packet=number, carrier=number, time_ns=number * 10))
        at[way] += len(data)
    for way in Direction:
        found += state.finish(way)
        assert b"".join(message.raw for message in found if message.direction is way) == b"".join(
            turn[1] for turn in turns if not isinstance(turn, Direction) and turn[0] is way
        )
    return found


def _short(messages: Iterable[Message]) -> list[tuple[str, bytes]]:
    return [(message.protocol, message.raw) for message in messages]


def test_messages_know_their_stream_packets_and_time():
    first, second = _run((_spec("p", ports=(7,)),), [(UP, b"one"), (UP, b" line\ntwo\n")])
    assert (first.stream, first.packets, first.packet, first.time_ns) == (5, (1, 2), 2, 20)
    assert (second.packets, second.packet) == ((2,), 2)


def test_detection_waits_and_replays_what_it_held():
    specs = (_spec("p", magic=b"HELLO"),)
    state = FlowState(0, FLOW, Guide(specs))
    assert list(state.receive(Chunk(UP, 0, b"HE", packet=1, carrier=1))) == []
    (message,) = state.receive(Chunk(UP, 2, b"LLO\n", packet=2, carrier=2))
    assert (message.protocol, message.raw, message.packets) == ("p", b"HELLO\n", (1, 2))


def test_what_nobody_knows_is_undecoded():
    found = _run((_spec("p", magic=b"HELLO"),), [(UP, b"xyz"), (DOWN, b"abc")])
    assert _short(found) == [(UNDECODED, b"xyz"), (UNDECODED, b"abc")]
    assert [message.packet for message in found] == [1, 2]


def test_the_other_direction_may_tell_and_nothing_is_lost():
    found = _run((_spec("p", magic=b"220"),), [(UP, b"rubbish\n"), (DOWN, b"220 hi\n")])
    assert _short(found) == [("p", b"rubbish\n"), ("p", b"220 hi\n")]


def test_a_pin_decides_without_a_look():
    found = _run((_spec("p", magic=b"HELLO"),), [(UP, b"xyz\n")], (DecodeAs("tcp", 7, 7, "p"),))
    assert _short(found) == [("p", b"xyz\n")]


def _hand_over(to: str | None) -> Callable[[Lines, Chunk], Any]:
    """Hands over at the word GO, everything behind it unused."""

    def rule(decoder: Lines, chunk: Chunk) -> Any:
        at = chunk.data.find(b"GO")
        if at < 0:
            return None
        rest = Chunk(chunk.direction, chunk.offset + at, chunk.data[at:], chunk.packet, chunk.carrier, chunk.time_ns)
        decoder.rule = None
        return Handoff(to, (rest,))

    return rule


def test_a_named_hand_off_replays_the_rest():
    found = _run(
        (_spec("p", _hand_over("q"), ports=(7,)), _spec("q")), [(UP, b"a\n"), (UP, b"GO b\n"), (DOWN, b"c\n"), UP, (DOWN, b"d")]
    )
    assert _short(found) == [("p", b"a\n"), ("q", b"GO b\n"), ("q", b"c\n"), ("q", b"d")]
    assert [message.packets for message in found] == [(1,), (2,), (3,), (5,)]


def test_a_hand_off_to_detection():
    specs = (_spec("p", _hand_over(None), ports=(7,), magic=b"a"), _spec("q", magic=b"GO"))
    assert _short(_run(specs, [(UP, b"a\n"), (UP, b"GO b\n")])) == [("p", b"a\n"), ("q", b"GO b\n")]


def test_pins_are_about_the_outermost_protocol():
    specs = (_spec("p", _hand_over(None), magic=b"a"), _spec("q", magic=b"GO"))
    found = _run(specs, [(UP, b"a\n"), (UP, b"GO b\n")], (DecodeAs("tcp", 7, 7, "p"),))
    assert _short(found) == [("p", b"a\n"), ("q", b"GO b\n")]


def test_a_hand_off_to_a_protocol_that_is_not_there():
    found = _run((_spec("p", _hand_over("websocket"), ports=(7,)),), [(UP, b"a\n"), (UP, b"GO"), (DOWN, b"x")])
    assert _short(found) == [("p", b"a\n"), (UNDECODED, b"GO"), (UNDECODED, b"x")]
    assert [(note.severity, note.text) for note in found[1].notes] == [
        (Severity.NOTE, "from here on it is websocket, which is not installed")
    ]
    assert found[2].notes == ()


def test_a_direction_that_ended_before_the_hand_off_ends_for_the_next_decoder():
    def rule(decoder: Lines, chunk: Chunk) -> Any:
        return Handoff("q", (chunk,)) if chunk.direction is DOWN else None

    found = _run((_spec("p", rule, ports=(7,)), _spec("q")), [(UP, b"a\n"), UP, (DOWN, b"unfinished"), DOWN])
    assert _short(found) == [("p", b"a\n"), ("q", b"unfinished")]


class Holder:
    """Keeps what the client says until the server says something, then hands it all over."""

    def __init__(self) -> None:
        self.held: list[Chunk] = []

    def receive(self, chunk: Chunk) -> Iterator[Handoff]:
        self.held.append(chunk)
        if chunk.direction is DOWN:
            yield Handoff(None, tuple(self.held))

    def finish(self, direction: Direction) -> tuple[()]:
        return ()


def test_a_direction_that_ended_ends_behind_all_that_is_replayed():
    """Detection decides after some of the chunks; the end must not come between these and the others."""
    holder = ProtocolSpec(name="p", title="p", decoder=lambda _: Holder())
    turns = [(UP, b"G"), (UP, b"O on"), (UP, b" and on"), (UP, b"\n"), UP, (DOWN, b"yes\n")]
    found = _run((holder, _spec("q", magic=b"GO")), turns, (DecodeAs("tcp", 7, 7, "p"),))
    assert _short(found) == [("q", b"GO on and on\n"), ("q", b"yes\n")]


def test_two_decoders_that_hand_over_to_each_other_end():
    asked = []

    def rule(to: str) -> Callable[[Lines, Chunk], Any]:
        def hand(_: Lines, chunk: Chunk) -> Any:
            asked.append(to)
            return Handoff(to, (chunk,))

        return hand

    found = _run((_spec("p", rule("q"), ports=(7,)), _spec("q", rule("p"))), [(UP, b"a\n")])
    assert _short(found) == [(UNDECODED, b"a\n")]
    assert found[0].notes[0].text == f"the flow was handed over more than {MOST_HANDOFFS} times"
    assert len(asked) == MOST_HANDOFFS + 1


def test_a_decoder_that_raises_is_reported_with_its_bytes_and_the_flow_goes_on():
    def rule(_: Lines, chunk: Chunk) -> Any:
        if b"boom" in chunk.data:
            raise IndexError("out of everything")

    found = _run((_spec("p", rule, ports=(7,)),), [(UP, b"a\nhalf "), (UP, b"boom"), (UP, b"more\n"), (DOWN, b"x")])
    assert _short(found) == [("p", b"a\n"), (UNDECODED, b"half boom"), (UNDECODED, b"more\n"), (UNDECODED, b"x")]
    (error,) = found[1].errors
    assert error.startswith("the p decoder failed: IndexError: out of everything (test_flow_state.py:")
    assert found[1].packets == (1, 2)


def test_a_decoder_that_raises_in_the_end():
    class Bad(Lines):
        def finish(self, direction: Direction) -> Iterator[Message | Handoff]:
            raise ValueError(direction)

    found = _run((ProtocolSpec(name="p", title="p", ports=(7,), decoder=lambda _: Bad("p")),), [(UP, b"rest")])
    assert _short(found) == [(UNDECODED, b"rest")]
    assert found[0].errors


def test_a_decoder_that_cannot_even_begin():
    def refuse(_: FlowContext) -> Lines:
        raise RuntimeError("no")

    found = _run((ProtocolSpec(name="p", title="p", ports=(7,), decoder=refuse),), [(UP, b"a"), (UP, b"b")])
    assert _short(found) == [(UNDECODED, b"a"), (UNDECODED, b"b")]
    assert found[0].errors[0].startswith("the p decoder failed: RuntimeError: no")


def test_a_decoder_that_yields_something_else_is_broken():
    found = _run((_spec("p", lambda _decoder, _chunk: "nonsense", ports=(7,)),), [(UP, b"a")])
    assert _short(found) == [(UNDECODED, b"a")]


def test_lost_bytes_of_undecoded_flows_are_tiled_and_said():
    state = FlowState(0, FLOW, Guide(()))
    assert list(state.receive(Chunk(UP, 0, b"ab", packet=1, carrier=1))) == []
    found = [*state.receive(Chunk(UP, 10, b"cd", packet=2, carrier=2, gap=8)), *state.finish(UP), *state.finish(DOWN)]
    assert [(m.start, m.end, m.raw) for m in found] == [(0, 2, b"ab"), (2, 12, b"cd")]
    assert [note.text for note in found[1].notes] == ["8 bytes before these were not captured"]


def test_the_end_of_a_stream_completes_what_only_it_could_end():
    state = FlowState(0, FLOW, Guide((_spec("p", lambda d, c: d.message(UP, d.buffer[UP]) if c.last else None, ports=(7,)),)))
    assert list(state.receive(Chunk(UP, 0, b"body", packet=1, carrier=1, time_ns=10))) == []
    (message,) = state.receive(Chunk(UP, 4, b"", packet=2, carrier=2, time_ns=20, last=True))
    assert (message.packets, message.packet, message.time_ns) == ((1,), 2, 20)


@pytest.mark.parametrize("spec", [_spec("p", ports=(7,)), _spec("q", magic=b"GO")])
def test_pending_counts_what_is_not_yet_a_message(spec: ProtocolSpec):
    state = FlowState(0, FLOW, Guide((spec,)))
    list(state.receive(Chunk(UP, 0, b"G", packet=1, carrier=1)))
    assert state.pending == FLOW_BYTES + 1 + (DECODER_BYTES if spec.ports else 0)
    list(state.receive(Chunk(UP, 1, b"O\n", packet=1, carrier=1)))
    assert state.pending == FLOW_BYTES + DECODER_BYTES

"""Flows as lines. Invariant: they are the lines of the messages, whatever decoders skim."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dissectors.telling
from captures.segment import Segment
from captures.stream_events import Delivered, Ended, Stream
from dissectors.engine import Dissector, converse
from dissectors.paths import message_line
from dissectors.telling import Teller, recite
from support.words import PLAIN, SKIMMING, SkimmingDatagrams, SkimmingWords, Words, spec_of
from workbench.api import (
    Chunk,
    Confidence,
    Direction,
    Endpoint,
    FlowKey,
    Inner,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def check(*turns: bytes | tuple[Direction, bytes], transport: str = "tcp", offered: Any = lambda _: True) -> list[str]:
    """The lines of the turns (of the client, unless they say another direction), which are right."""
    said = [turn if isinstance(turn, tuple) else (UP, turn) for turn in turns]
    told = recite(SKIMMING[transport], said, offered=offered)
    assert told == [message_line(message) for message in converse(PLAIN[transport], said, inner=())]
    return told


BOTH = pytest.mark.parametrize("transport", ["tcp", "udp"])


@BOTH
def test_text_and_messages_in_turn(transport):
    assert len(check(b"one ", b"two ", b"xxx ", b"four ", (DOWN, b"five "), b"si", b"x ", b"rest", transport=transport)) == 7


@BOTH
def test_conversations_inside(transport):
    lines = check(
        b"in:a:one ", b"in:a:two ", b"in:b:three ", b"last:a:x ", b"in:a:gone ", (DOWN, b"in:a:down "), transport=transport
    )
    assert sum('"layer":"words a"' in line for line in lines) == 4


@BOTH
def test_the_next_protocol(transport):
    check(b"one ", b"off ", b"two ", b"three off four ", (DOWN, b"five "), transport=transport)


@BOTH
def test_bytes_that_complete_nothing_are_kept_together(transport):
    turns = [b"in:a:20:first ", b"in:a:second ", b"in:a:third ", (DOWN, b"in:a:30:down "), b"in:a:fourth ", b"in:a:fifth "]
    check(*turns, transport=transport)


@BOTH
def test_a_decoder_that_fails_costs_a_remark(transport):
    lines = check(b"in:a:one ", b"die ", b"more ", transport=transport)
    assert "the words decoder failed: RuntimeError: boom" in "".join(lines)


def test_a_skimmer_that_raises_counts_as_a_decoder_that_does():
    class Raising(SkimmingWords):
        def skim(self, chunk: Chunk) -> Any:
            raise RuntimeError("boom")

    class RaisingDatagrams(Raising):
        def skim_datagram(self, *_: Any) -> Any:
            raise RuntimeError("bang")

        def patience(self, direction: Direction) -> int:
            raise RuntimeError("bang")

    for decoder, transport in ((Raising, "tcp"), (RaisingDatagrams, "udp")):
        lines = recite(spec_of(decoder, transport), [(UP, b"one "), (UP, b"two ")])
        assert "the words decoder failed: RuntimeError: boom" in lines[0] + lines[1]
    inside = spec_of(RaisingDatagrams, "udp")
    outside = replace(inside, name="outside", decoder=SkimmingDatagrams)
    assert len(recite(outside, [(UP, b"in:a:one "), (UP, b"in:a:two ")], inner=[inside])) == 4


def test_too_many_conversations_inside(monkeypatch):
    monkeypatch.setattr("dissectors.flow_state.MOST_CHANNELS", 2)
    monkeypatch.setattr(dissectors.telling, "MOST_CHANNELS", 2)
    for transport in ("tcp", "udp"):
        check(*(f"in:{name}:40:{name} ".encode() for name in "abcabcdaa"), transport=transport)


WORD = st.sampled_from([b"one ", b"x ", b"tw", b"in:a:1 ", b"in:a:9:2 ", b"in:b:3 ", b"last:a:4 ", b"wake:a ", b"off ", b"die "])


@given(
    st.lists(st.tuples(st.sampled_from([UP, DOWN]), WORD), max_size=14),
    st.sets(st.integers(1, 14)),
    st.sampled_from(["tcp", "udp"]),
)
def test_whatever_is_said(turns, plain, transport):
    check(*turns, transport=transport, offered=lambda number: number not in plain)


FLOW = FlowKey("udp", Endpoint("192.0.2.1", 40_000), Endpoint("192.0.2.2", 7))


def datagram(packet: int, data: bytes) -> Segment:
    return Segment(UP, 0, 0, 0, 0, data, len(data), packet, packet)


def test_a_teller_takes_datagrams_of_flows_that_it_knows():
    words = replace(SKIMMING["udp"], ports=(7,), probe=lambda *_: Confidence.LIKELY)
    teller, plain = Teller([words]), Dissector([replace(words, decoder=Words)])
    stream = Stream("udp", 3, FLOW)
    lines: list[str] = []
    assert not teller.take(lines, 3, datagram(1, b"one "))
    teller.tell(Delivered(stream, Chunk(UP, 0, b"one ", 1, 1, 1)), lines)
    assert teller.take(lines, 3, datagram(2, b"in:a:two "))
    assert teller.take(lines, 3, datagram(3, b"in:a:three "))
    assert not teller.take(lines, 3, datagram(4, b"xx "))
    teller.tell(Ended(stream, UP, 3, "capture"), lines)
    lines += map(message_line, teller.finish())
    expected = []
    for number, (offset, data) in enumerate([(0, b"one "), (4, b"in:a:two "), (13, b"in:a:three ")], 1):
        expected += [*plain.receive(Delivered(stream, Chunk(UP, offset, data, number, number, number)))]
    expected += [*plain.receive(Ended(stream, UP, 3, "capture")), *plain.finish()]
    assert lines == [message_line(message) for message in expected]


def test_a_conversation_that_cannot_be_told_of_costs_a_remark():
    class Nothing:
        channel = "a"

        def inner(self, data: bytes) -> Inner:
            raise RuntimeError("boom")

    class Forgetful(SkimmingDatagrams):
        def skim_datagram(self, way: Direction, data: bytes, time_ns: int) -> Any:
            return "", Nothing(), data

    lines = recite(spec_of(Forgetful, "udp"), [(UP, b"one "), (UP, b"two "), (UP, b"three ")])
    assert "the words decoder failed: RuntimeError: boom" in "".join(lines)
    assert len(lines) == 3

"""Whole captures, and conversations that came from none."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from construct import Byte, GreedyBytes, Prefixed, Struct

from captures import PcapWriter, open_capture
from captures.stream_events import Delivered, Ended, Noticed, Stream, StreamEvent
from captures.synthesis import TcpConversation
from dissectors import engine
from dissectors.decode_as import DecodeAs
from dissectors.engine import Dissector, converse, dissect
from dissectors.flow_state import DECODER_BYTES, FLOW_BYTES
from workbench.api import (
    UNDECODED,
    Chunk,
    Confidence,
    Direction,
    Endpoint,
    FlowKey,
    Handoff,
    Message,
    Note,
    ProtocolSpec,
    Severity,
    length_prefixed,
)

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SPEC = ProtocolSpec(
    name="echo", title="Echo", ports=(7,), grammar=Struct("body" / Prefixed(Byte, GreedyBytes)), frame=length_prefixed(1)
)


def _stream(number: int, port: int = 7) -> Stream:
    return Stream("tcp", number, FlowKey("tcp", Endpoint("10.0.0.1", 1000 + number), Endpoint("10.0.0.2", port)))


def _sent(number: int, offset: int, data: bytes, packet: int, direction: Direction = UP, port: int = 7) -> StreamEvent:
    return Delivered(_stream(number, port), Chunk(direction, offset, data, packet=packet, carrier=packet, time_ns=packet))


def _all(dissector: Dissector, *events: StreamEvent) -> list[Message]:
    return [message for event in events for message in dissector.receive(event)]


def test_flows_are_kept_apart():
    dissector = Dissector((SPEC,))
    found = _all(dissector, _sent(0, 0, b"\2a", 1), _sent(1, 0, b"\2x", 2), _sent(0, 2, b"b", 3), _sent(1, 2, b"y", 4))
    assert [(m.stream, m.raw, m.packets, m.packet) for m in found] == [(0, b"\2ab", (1, 3), 3), (1, b"\2xy", (2, 4), 4)]


def test_an_ended_direction_gives_what_is_left():
    dissector = Dissector((SPEC,))
    found = _all(dissector, _sent(0, 0, b"\5ab", 1), Ended(_stream(0), UP, 2, "fin"))
    assert [(m.raw, bool(m.errors)) for m in found] == [(b"\5ab", True)]
    assert list(dissector.finish()) == []


def test_the_end_of_all_gives_what_is_left_of_every_flow():
    dissector = Dissector((SPEC,))
    assert _all(dissector, _sent(0, 0, b"\5ab", 1), _sent(1, 0, b"\5cd", 2, DOWN)) == []
    assert [(m.stream, m.direction) for m in dissector.finish()] == [(0, UP), (1, DOWN)]


def test_a_flow_that_ended_is_forgotten():
    dissector = Dissector((SPEC,))
    _all(dissector, _sent(0, 0, b"\1a", 1), Ended(_stream(0), UP, 2, "fin"), Ended(_stream(0), DOWN, 2, "fin"))
    # a stream number that comes again is another stream
    assert [m.start for m in _all(dissector, _sent(0, 0, b"\1b", 3))] == [0]


def test_remarks_about_the_transport_and_unknown_ends_complete_nothing():
    dissector = Dissector((SPEC,))
    remark = Noticed(_stream(0), 1, Note(Severity.NOTE, "retransmission"))
    assert _all(dissector, remark, Ended(_stream(3), UP, 1, "fin"), _sent(0, 0, b"\2a", 1), remark) == []
    assert len(_all(dissector, _sent(0, 2, b"b", 2))) == 1


def test_decode_as():
    assert [
        m.protocol for m in _all(Dissector((SPEC,)), _sent(0, 0, b"\1a", 1, port=9), Ended(_stream(0, 9), UP, 1, "fin"))
    ] == []
    pinned = Dissector((SPEC,), decode_as=(DecodeAs("tcp", 9, 9, "echo"),))
    assert [m.protocol for m in _all(pinned, _sent(0, 0, b"\1a", 1, port=9))] == ["echo"]


def test_too_many_flows_end_the_one_that_was_silent_longest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "MOST_FLOWS", 2)
    dissector = Dissector((SPEC,))
    found = _all(dissector, _sent(0, 0, b"\5a", 1), _sent(1, 0, b"\5b", 2), _sent(0, 2, b"c", 3), _sent(2, 0, b"\5d", 4))
    assert [(m.stream, m.raw) for m in found] == [(1, b"\5b")]
    assert [m.stream for m in dissector.finish()] == [0, 2]


def test_too_many_waiting_bytes_end_the_flow_that_was_silent_longest(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine, "MOST_PENDING", 2 * (FLOW_BYTES + DECODER_BYTES) + 5)
    dissector = Dissector((SPEC,))
    found = _all(dissector, _sent(0, 0, b"\x09abc", 1), _sent(1, 0, b"\x09abc", 2))
    assert [(m.stream, m.raw) for m in found] == [(0, b"\x09abc")]
    assert [m.stream for m in _all(dissector, _sent(1, 4, b"d", 3))] == []


def test_silent_flows_count_too(monkeypatch: pytest.MonkeyPatch):
    """Each keeps a decoder, and there may be as many as somebody likes."""
    monkeypatch.setattr(engine, "MOST_PENDING", 10 * (FLOW_BYTES + DECODER_BYTES))
    dissector = Dissector((SPEC,))
    for number in range(30):
        assert [m.stream for m in _all(dissector, _sent(number, 0, b"\1a", number + 1))] == [number]
    assert len(dissector._flows) == 10
    assert list(dissector.finish()) == []
    assert dissector._pending == 0


def _capture(path: Path) -> Path:
    conversation = TcpConversation(Endpoint("10.0.0.1", 40_000), Endpoint("10.0.0.2", 7))
    frames = [
        *conversation.open(),
        *conversation.send(UP, b"\3abc\2de"),
        *conversation.send(DOWN, b"\3ABC"),
        *conversation.send(DOWN, b"\2DE"),
        *conversation.close(UP),
    ]
    with path.open("wb") as file:
        writer = PcapWriter(file)
        for number, frame in enumerate(frames, 1):
            writer.packet(number * 1000, frame)
    return path


def test_a_capture_from_end_to_end(tmp_path: Path):
    with open_capture(_capture(tmp_path / "echo.pcap")) as capture:
        found = list(dissect(capture, (SPEC,)))
        assert [(m.protocol, m.direction, m.raw) for m in found] == [
            ("echo", UP, b"\3abc"),
            ("echo", UP, b"\2de"),
            ("echo", DOWN, b"\3ABC"),
            ("echo", DOWN, b"\2DE"),
        ]
        for message in found:
            assert message.raw in capture.payload(message.packet)
            assert message.time_ns == message.packet * 1000
        assert [m.packet for m in dissect(capture, ())] == sorted({m.packet for m in found})


def test_converse():
    found = converse(SPEC, [(UP, b"\2a"), (UP, b"b"), (DOWN, b"\1x\5half")])
    assert [(m.direction, m.raw, m.packets) for m in found] == [
        (UP, b"\2ab", (1, 2)),
        (DOWN, b"\1x", (3,)),
        (DOWN, b"\5half", (3,)),
    ]
    assert [bool(m.errors) for m in found] == [False, False, True]


def test_converse_asks_no_probe():
    stubborn = ProtocolSpec(
        name="echo", title="E", grammar=SPEC.grammar, frame=SPEC.frame, probe=lambda _data, _direction: Confidence.NO
    )
    assert [m.protocol for m in converse(stubborn, [(UP, b"\1a")])] == ["echo"]


def test_converse_leaves_what_is_handed_over_undecoded():
    class Gone:
        def receive(self, chunk: Chunk) -> Iterator[Message | Handoff]:
            yield Handoff("elsewhere", (chunk,))

        def finish(self, direction: Direction) -> Iterator[Message | Handoff]:
            yield from ()

    found = converse(ProtocolSpec(name="gone", title="G", decoder=lambda _: Gone()), [(UP, b"a"), (DOWN, b"b")])
    assert [(m.protocol, m.raw) for m in found] == [(UNDECODED, b"a"), (UNDECODED, b"b")]


def test_the_door_does_not_load_numpy():
    probe = "import sys, dissectors; print('numpy' in sys.modules, 'captures' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]

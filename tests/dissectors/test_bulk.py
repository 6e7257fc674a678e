"""The fast lane over whole captures. Invariant: its lines are those of the decoders, whichever streams are skimmed."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dissectors.bulk
from captures.capture import open_capture
from dissectors.bulk import bulk_lines
from dissectors.decode_as import DecodeAs
from dissectors.engine import converse, dissect
from dissectors.paths import message_line, message_object
from support.pcap import tcp_frames, udp_frames, write_pcap
from support.toy import TOY, toy_message
from support.words import PLAIN
from support.words import SKIMMING as WORDS
from workbench.api import (
    NO_SECRETS,
    Chunk,
    Confidence,
    Dialogue,
    Direction,
    Endpoint,
    Field,
    Handoff,
    Message,
    ProtocolSpec,
    Skim,
)
from workbench.laws.skimming import row_of, skim_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
PING = toy_message("ping", 1, b"hello")
PONG = toy_message("pong", 1, b"w" * 3000)


def skim(dialogue: Dialogue) -> Skim | None:
    """Through the decoder: what is tried here is everything around a skimmer."""
    messages = converse(TOY, [(way, dialogue.data[way]) for way in Direction if dialogue.data[way]])
    if any(message.protocol != TOY.name for message in messages):
        return None
    return skim_of(row_of(message) for message in messages)


FAST = replace(TOY, skim=skim)


class Greeter:
    """Sixteen bytes of greeting, then toy."""

    def __init__(self, context: object) -> None:
        self.seen = {UP: b"", DOWN: b""}
        self.held: list[Chunk] = []

    def receive(self, chunk: Chunk) -> Iterable[Message | Handoff]:
        way = chunk.direction
        rest = max(0, len(self.seen[way]) + len(chunk.data) - 16)
        mine = chunk.data[: len(chunk.data) - rest]
        if len(self.seen[way]) < 16 <= len(self.seen[way]) + len(mine):
            raw = self.seen[way] + mine
            yield Message(protocol="greeting", direction=way, start=0, end=16, raw=raw, root=Field("greeting", 0, 16))
        self.seen[way] += mine
        if rest:
            self.held.append(replace(chunk, offset=chunk.end - rest, data=chunk.data[len(mine) :]))
        if all(len(seen) == 16 for seen in self.seen.values()):
            yield Handoff("toy", tuple(self.held))

    def finish(self, direction: Direction) -> Iterable[Message | Handoff]:
        return ()


def skim_greeting(dialogue: Dialogue) -> Skim | None:
    rows = [
        row_of(Message(protocol="greeting", direction=way, start=0, end=16, raw=b"g" * 16, root=Field("greeting", 0, 16)))
        for way in Direction
    ]
    return skim_of(rows, rest=(16, 16), protocol="toy")


GREETING = ProtocolSpec(name="greeting", title="G", decoder=Greeter, ports=(8080,), skim=skim_greeting)


def lines(path: Path, specs: Sequence[ProtocolSpec], pins: Sequence[DecodeAs] = ()) -> tuple[list[str] | None, list[str]]:
    """Those of the fast lane, and those of the decoders in order of their packets."""
    with open_capture(path) as capture:
        slow = [message_object(message) for message in dissect(capture, specs, decode_as=pins)]
        fast = bulk_lines(capture, specs, decode_as=pins, secrets=NO_SECRETS, progress=[].append)
        expected = [json.dumps(said, separators=(",", ":")) for said in sorted(slow, key=lambda said: said["packet"])]
        return None if fast is None else [line for run in fast for line in run.split("\n")], expected


PINS = (DecodeAs("tcp", 8080, 8080, "toy"),)


def test_a_skimmed_stream_knows_its_packets(tmp_path):
    frames = tcp_frames([(UP, PING + PING[:4]), (UP, PING[4:]), (DOWN, PONG)])
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [FAST], PINS)
    assert fast == expected
    assert [json.loads(line)["packets"] for line in fast or ()] == [[4], [4, 6], [8, 9, 10]]


def test_a_handover_between_two_fast_lanes(tmp_path):
    frames = tcp_frames([(UP, b"g" * 16), (DOWN, b"g" * 16), (UP, PING), (DOWN, PONG)])
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [GREETING, FAST])
    assert fast == expected
    assert [json.loads(line)["protocol"] for line in fast or ()] == ["greeting", "greeting", "toy", "toy"]
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [GREETING, TOY])
    assert fast == expected, "a stream of which only the beginning can be skimmed goes through the decoders as a whole"


def test_streams_of_all_kinds_at_once(tmp_path):
    disturbed = tcp_frames([(UP, PING), (UP, PING), (DOWN, PONG)], client=Endpoint("10.0.0.1", 3))
    del disturbed[4]
    frames = [
        *tcp_frames([(UP, PING)], client=Endpoint("10.0.0.1", 1)),
        *tcp_frames([(UP, b"rubbish"), (DOWN, b"more")], client=Endpoint("10.0.0.1", 2)),
        *disturbed,
        *udp_frames([(UP, PING)]),
        *tcp_frames([(UP, PING), (DOWN, PONG)], client=Endpoint("10.0.0.1", 4)),
    ]
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [FAST])
    assert sorted(fast or ()) == sorted(expected)


def test_too_much_for_memory_is_done_step_by_step(tmp_path, monkeypatch):
    path = write_pcap(tmp_path / "c.pcap", tcp_frames([(UP, PING)]))
    monkeypatch.setattr(dissectors.bulk, "MOST_STREAM_BYTES", 3)
    fast, expected = lines(path, [replace(FAST, skim=lambda _: pytest.fail("it was to be left alone"))], PINS)
    assert fast == expected
    assert len(expected) == 1
    monkeypatch.undo()
    monkeypatch.setattr(dissectors.bulk, "MOST_STREAMS", 0)
    assert lines(path, [FAST], PINS)[0] is None


def test_cohorts_come_out_in_order(tmp_path, monkeypatch):
    monkeypatch.setattr(dissectors.bulk, "COHORT_BYTES", 100)
    sessions = [tcp_frames([(UP, PING), (DOWN, PONG)] * 3, client=Endpoint("10.0.0.1", port)) for port in range(1, 9)]
    frames = [
        frame
        for place in range(40)
        for number, session in enumerate(sessions)
        for frame in session[place - 3 * number :][: place >= 3 * number]
    ]
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [FAST], PINS)
    assert fast == expected
    assert len(expected) == 48


def test_a_skimmer_that_raises_costs_nothing(tmp_path):
    def explode(dialogue: Dialogue) -> Skim | None:
        raise RuntimeError("boom")

    fast, expected = lines(write_pcap(tmp_path / "c.pcap", tcp_frames([(UP, PING)])), [replace(TOY, skim=explode)], PINS)
    assert fast == expected


@pytest.mark.parametrize("specs", [[FAST], [TOY]])
def test_a_capture_without_streams(tmp_path, specs):
    assert lines(write_pcap(tmp_path / "c.pcap", []), specs) == ([], [])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.sampled_from([PING, PONG, PING[:5], b"?"])), max_size=6), st.data())
def test_both_lanes_say_the_same(tmp_path, turns, data):
    frames = tcp_frames(turns)
    for _ in range(data.draw(st.integers(0, 3))):
        place, other = data.draw(st.integers(0, len(frames) - 1)), data.draw(st.integers(0, len(frames) - 1))
        frames[place], frames[other] = frames[other], frames[place]
    fast, expected = lines(write_pcap(tmp_path / "c.pcap", frames), [FAST], PINS)
    assert sorted(fast or ()) == sorted(expected)


def test_what_is_taken_step_by_step_has_its_packets(tmp_path, monkeypatch):
    """Datagrams that a decoder takes, between those of another flow and a stream."""
    monkeypatch.setattr(dissectors.bulk, "TOLD_EVERY", 2)
    ports = {"transport": "udp", "ports": (8080,), "probe": lambda *_: Confidence.LIKELY}
    frames = [
        *udp_frames(
            [(UP, b"one "), (DOWN, b"two "), (UP, b"in:a:three "), (UP, b"xx "), (UP, b"four ")],
            server=Endpoint("10.0.0.2", 8080),
        ),
        *tcp_frames([(UP, PING)], client=Endpoint("10.0.0.1", 2)),
        *udp_frames([(UP, PING)]),
    ]
    path = write_pcap(tmp_path / "c.pcap", frames)
    told: list[int] = []
    for specs in ([], [FAST]):
        with open_capture(path) as capture:
            words, plain = (replace(spec, **ports) for spec in (WORDS["udp"], PLAIN["udp"]))
            slow = [message_line(message) for message in dissect(capture, [plain, *specs])]
            fast = bulk_lines(capture, [words, *specs], decode_as=(), secrets=NO_SECRETS, progress=told.append)
            assert sorted("\n".join(fast or ()).split("\n")) == sorted(slow)
    assert told[:2] == [2, 4]

"""One stream in the fast lane; that whole captures come out right is checked in `test_bulk`."""

import gc
import json

import numpy as np
import pytest

from captures.capture import open_capture
from captures.undisturbed import undisturbed
from dissectors.guide import Guide
from dissectors.lines import Others, Waiting
from dissectors.skimmed import Skimming
from support.pcap import tcp_frames, write_pcap
from workbench.api import Confidence, Dialogue, Direction, Endpoint, FlowContext, ProtocolSpec, Skim, SkimmedSide
from workbench.laws.skimming import skim_of

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
NOTHING = SkimmedSide([], []), SkimmedSide([], [])


def probe(data: bytes, direction: Direction) -> Confidence:
    return (
        Confidence.CERTAIN if data.startswith(b"HELLO") else Confidence.NEED_DATA if b"HELLO".startswith(data) else Confidence.NO
    )


def never(context: FlowContext) -> None:
    raise AssertionError("nobody decodes here")


def found(tmp_path, skim, *sessions):
    """Which streams begin well, which of them go on otherwise, the lines of the others, and what the skimmer was given."""
    seen: list[Dialogue] = []

    def remember(dialogue: Dialogue) -> Skim | None:
        seen.append(dialogue)
        return skim(dialogue)

    spec = ProtocolSpec(name="hello", title="H", decoder=never, probe=probe, skim=remember)
    frames = [frame for port, turns in enumerate(sessions, 1) for frame in tcp_frames(turns, client=Endpoint("10.0.0.1", port))]
    with open_capture(write_pcap(tmp_path / "c.pcap", frames)) as capture:
        capture.grow()
        skimming = Skimming(capture, undisturbed(capture.index), Guide((spec,)))
        numbers = [number for number in range(len(sessions)) if skimming.begins(number)]
        waiting = Waiting(capture.index.time_ns)
        otherwise = skimming.skim(np.array(numbers), waiting)
        runs = waiting.give(None, Others(iter(())))
        lines = [json.loads(line) for run in runs for line in run.split("\n")]
        return numbers, otherwise, lines, seen


def whole(dialogue: Dialogue) -> Skim | None:
    return skim_of((way, 0, len(dialogue.data[way]), f'"of":{way:d}') for way in Direction if dialogue.data[way])


def test_the_protocol_is_found_by_its_first_segments(tmp_path):
    sessions = [(UP, b"HE"), (UP, b"LLO you")], [(UP, b"nothing"), (DOWN, b"known")], [(DOWN, b"HELLO")]
    numbers, otherwise, _, _ = found(tmp_path, whole, *sessions)
    assert (numbers, otherwise) == ([0, 2], [])


def test_rows_get_their_packets_and_times(tmp_path):
    _, _, lines, (dialogue,) = found(tmp_path, whole, [(UP, b"HELLO"), (DOWN, b"you"), (UP, b"again")])
    assert [(line["packet"], line["packets"], line["stream"], line["of"]) for line in lines] == [
        (6, [6], 0, 1),
        (8, [4, 8], 0, 0),
    ]
    assert lines[0]["time_ns"] < lines[1]["time_ns"]
    assert dialogue.ended == (True, True)
    assert dialogue.packet_at(UP, 5) < dialogue.packet_at(DOWN, 3) < dialogue.packet_at(UP, 6)


def test_a_stream_that_goes_on_otherwise(tmp_path):
    for skim in (lambda _: None, lambda _: Skim(NOTHING, (0, 0), "unknown"), lambda _: Skim(NOTHING, (0, 0), "hello")):
        assert found(tmp_path, skim, [(UP, b"HELLO")])[1:3] == ([0], [])


def test_a_handover_at_the_very_end_is_none(tmp_path):
    found_at_the_end = found(tmp_path, lambda d: Skim(NOTHING, (len(d.data[0]), len(d.data[1])), "unknown"), [(UP, b"HELLO")])
    assert found_at_the_end[1:3] == ([], [])


@pytest.mark.parametrize("before", [True, False])
def test_nobody_looks_for_cycles_while_streams_are_skimmed(tmp_path, before):
    seen = []

    def skim(dialogue: Dialogue) -> Skim | None:
        seen.append(gc.isenabled())
        return whole(dialogue)

    (gc.enable if before else gc.disable)()
    try:
        found(tmp_path, skim, [(UP, b"HELLO")])
        assert (seen, gc.isenabled()) == ([False], before)
    finally:
        gc.enable()

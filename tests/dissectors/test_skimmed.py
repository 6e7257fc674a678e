"""One stream in the fast lane; that whole captures come out right is checked in `test_bulk`."""

import numpy as np

from captures.capture import open_capture
from captures.undisturbed import undisturbed
from dissectors.flow_state import Guide
from dissectors.skimmed import Skimming
from support.pcap import tcp_frames, write_pcap
from workbench.api import Confidence, Dialogue, Direction, Endpoint, FlowContext, ProtocolSpec, Skim

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def probe(data: bytes, direction: Direction) -> Confidence:
    return (
        Confidence.CERTAIN if data.startswith(b"HELLO") else Confidence.NEED_DATA if b"HELLO".startswith(data) else Confidence.NO
    )


def never(context: FlowContext) -> None:
    raise AssertionError("nobody decodes here")


def found(tmp_path, skim, *sessions):
    """The lines of each stream that begins well, by number; and what the skimmer was given."""
    seen: list[Dialogue] = []

    def remember(dialogue: Dialogue) -> Skim | None:
        seen.append(dialogue)
        return skim(dialogue)

    spec = ProtocolSpec(name="hello", title="H", decoder=never, probe=probe, skim=remember)
    frames = [frame for port, turns in enumerate(sessions, 1) for frame in tcp_frames(turns, client=Endpoint("10.0.0.1", port))]
    with open_capture(write_pcap(tmp_path / "c.pcap", frames)) as capture:
        capture.grow()
        skimming = Skimming(capture, undisturbed(capture.index), Guide((spec,)), lambda spec: spec.skim)
        numbers = [number for number in range(len(sessions)) if skimming.begins(number)]
        return dict(skimming.lines(np.array(numbers))), seen


def whole(dialogue: Dialogue) -> Skim | None:
    return Skim([(way, 0, len(dialogue.data[way]), f'"of":{way:d}') for way in Direction if dialogue.data[way]])


def test_the_protocol_is_found_by_its_first_segments(tmp_path):
    lines, _ = found(tmp_path, whole, [(UP, b"HE"), (UP, b"LLO you")], [(UP, b"nothing"), (DOWN, b"known")], [(DOWN, b"HELLO")])
    assert sorted(lines) == [0, 2]


def test_rows_get_their_packets_and_times(tmp_path):
    lines, (dialogue,) = found(tmp_path, whole, [(UP, b"HELLO"), (DOWN, b"you"), (UP, b"again")])
    up, down = lines[0]
    assert up[1].startswith('{"packet":8,"packets":[4,8],"time_ns":1700000000')
    assert up[1].endswith('"stream":0,')
    assert (up[2], down[0], down[2]) == ('"of":0}', 6, '"of":1}')
    assert dialogue.ended == (True, True)
    assert dialogue.packet_at(UP, 5) < dialogue.packet_at(DOWN, 3) < dialogue.packet_at(UP, 6)


def test_a_stream_that_goes_on_otherwise(tmp_path):
    assert found(tmp_path, lambda _: None, [(UP, b"HELLO")])[0] == {0: None}
    assert found(tmp_path, lambda _: Skim([], (0, 0), "unknown"), [(UP, b"HELLO")])[0] == {0: None}
    assert found(tmp_path, lambda _: Skim([], (0, 0), "hello"), [(UP, b"HELLO")])[0] == {0: None}, "for ever is too long"


def test_a_handover_at_the_very_end_is_none(tmp_path):
    lines, _ = found(tmp_path, lambda d: Skim([], (len(d.data[0]), len(d.data[1])), "unknown"), [(UP, b"HELLO")])
    assert lines == {0: []}

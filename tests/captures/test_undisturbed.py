"""Which streams are whole. Invariant: whatever happens to a connection's packets, a stream that counts as undisturbed has exactly the
bytes, segments and packets that reassembly delivers."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from captures.capture import open_capture
from captures.reassembly import ReassemblyLimits
from captures.synthesis import TcpConversation
from captures.undisturbed import undisturbed
from support.joined import compare_with_reassembly
from support.pcap import SERVER, tcp_frames, write_pcap
from workbench.api import Direction, Endpoint

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
TURNS = [(UP, b"a" * 3000), (DOWN, b"b" * 5000), (UP, b"c" * 10), (DOWN, b"d" * 2000)]


def calm(path: Path, frames: Sequence[bytes], **limits: int) -> list[bool]:
    with open_capture(write_pcap(path, frames)) as capture:
        capture.grow()
        compare_with_reassembly(capture)
        found: list[bool] = undisturbed(capture.index, ReassemblyLimits(**limits)).calm.tolist()
        return found


def data_frames(frames: Sequence[bytes]) -> list[int]:
    """Places of frames with payload."""
    return [place for place, frame in enumerate(frames) if len(frame) > 200]


def test_an_ordinary_connection(tmp_path):
    assert calm(tmp_path / "c.pcap", tcp_frames(TURNS)) == [True]


def test_late_and_repeated_segments_do_not_disturb(tmp_path):
    frames = tcp_frames(TURNS)
    first, second, *_ = data_frames(frames)
    swapped = list(frames)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert calm(tmp_path / "swapped.pcap", swapped) == [True]
    assert calm(tmp_path / "twice.pcap", [frame for frame in frames for _ in range(2)]) == [True]


def test_a_lost_segment_disturbs(tmp_path):
    frames = tcp_frames(TURNS)
    del frames[data_frames(frames)[1]]
    assert calm(tmp_path / "c.pcap", frames) == [False]


def test_a_connection_without_its_beginning_or_end(tmp_path):
    frames = tcp_frames(TURNS)
    assert calm(tmp_path / "begin.pcap", frames[3:]) == [True]
    assert calm(tmp_path / "end.pcap", tcp_frames(TURNS, end=False)) == [True]


def test_bytes_that_overlap_in_part_disturb(tmp_path):
    one, other = TcpConversation(Endpoint("10.0.0.1", 1), SERVER), TcpConversation(Endpoint("10.0.0.1", 1), SERVER)
    frames = [*one.open(), *one.send(UP, b"x" * 300), *one.send(UP, b"y" * 300)]
    other.open()
    other.send(UP, b"x" * 200)
    assert calm(tmp_path / "c.pcap", [*frames, *other.send(UP, b"z" * 200)]) == [False]


def test_a_bound_of_reassembly_is_left_to_it(tmp_path):
    frames = tcp_frames([(UP, b"a" * 40_000)])
    first, *_, last = data_frames(frames)
    late = [*frames[:first], *frames[first + 1 : last + 1], frames[first], *frames[last + 1 :]]
    path = tmp_path / "c.pcap"
    assert calm(path, late) == [True]
    assert calm(path, late, buffered_segments=20) == [False]
    assert calm(path, late, buffered_bytes=20_000) == [False]
    assert calm(path, late, total_memory=40_000) == [False]


def test_a_capture_without_tcp(tmp_path):
    assert calm(tmp_path / "c.pcap", []) == []


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_reset_after_the_data(tmp_path, direction):
    connection = TcpConversation(Endpoint("10.0.0.1", 1), SERVER)
    frames = [*connection.open(), *connection.send(UP, b"x" * 300), *connection.reset(direction)]
    assert calm(tmp_path / "c.pcap", frames) == [True]
    again = [*frames[:-1], frames[-1], frames[3]]
    assert calm(tmp_path / "d.pcap", again) == [False]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_whatever_happens_to_packets(tmp_path, data):
    sizes = st.lists(st.tuples(st.sampled_from([UP, DOWN]), st.integers(1, 4000)), min_size=1, max_size=5)
    frames: list[bytes] = []
    for number in range(data.draw(st.integers(1, 2))):
        turns = [(way, bytes([97 + place]) * size) for place, (way, size) in enumerate(data.draw(sizes))]
        frames += tcp_frames(turns, client=Endpoint("10.0.0.1", 40_000 + number))
    for _ in range(data.draw(st.integers(0, 6))):
        place, other = data.draw(st.integers(0, len(frames) - 1)), data.draw(st.integers(0, len(frames) - 1))
        match data.draw(st.sampled_from(["swap", "copy", "lose", "cut"])):
            case "swap":
                frames[place], frames[other] = frames[other], frames[place]
            case "copy":
                frames.insert(other, frames[place])
            case "lose" if len(frames) > 1:
                del frames[place]
            case "cut":
                frames[place] = frames[place][: max(60, len(frames[place]) - 7)]
    with open_capture(write_pcap(tmp_path / "c.pcap", frames)) as capture:
        capture.grow()
        compare_with_reassembly(capture)

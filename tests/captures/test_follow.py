"""One stream out of several."""

from pathlib import Path

import pytest

from captures.capture import Capture, open_capture
from captures.follow import chunks_of_stream, follow, growing_stream
from captures.stream_events import Delivered, Ended
from captures.streams import Streams
from captures.synthesis import TcpConversation, udp_frame
from support.pcap import tcp_frames, write_pcap
from support.recordings import opened
from workbench.api import Direction, Endpoint, UsageError

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT
SERVER = Endpoint("192.0.2.9", 80)


@pytest.fixture
def capture(tmp_path: Path):
    frames = []
    for number in range(3):
        conversation = TcpConversation(Endpoint("192.0.2.1", 4000 + number), SERVER, mss=10)
        frames += conversation.open()
        frames += conversation.send(UP, b"question %d" % number)
        answer = conversation.send(DOWN, b"a" * 95)
        frames += answer[:2] + answer[3:]  # one segment is lost
        frames += conversation.close(UP)
    frames += [udp_frame(SERVER, Endpoint("192.0.2.1", 9), b"datagram")]
    with opened(tmp_path / "c.pcapng", frames) as made:
        yield made


def test_a_stream_is_followed_with_gaps_notes_and_ends(capture: Capture):
    conversation = follow(capture, "tcp", 1)
    assert conversation.stream.flow.client == Endpoint("192.0.2.1", 4001)
    assert conversation.data(UP) == b"question 1"
    assert conversation.data(DOWN) == b"a" * 85
    assert (conversation.lost(UP), conversation.lost(DOWN)) == (0, 10)
    assert [noticed.note.text for noticed in conversation.notes] == ["gap: 10 bytes missing in the capture"]
    assert [(end.direction, end.reason) for end in conversation.ends] == [(UP, "fin"), (DOWN, "capture")]
    assert not conversation.truncated


def test_the_events_are_those_of_the_whole_walk(capture: Capture):
    streams = Streams(capture)
    everything = [*streams.advance(), *streams.flush()]
    for number in range(3):
        alone = list(chunks_of_stream(capture, "tcp", number))
        assert alone == [event for event in everything if (event.stream.transport, event.stream.number) == ("tcp", number)]


def test_datagrams_are_followed(capture: Capture):
    assert follow(capture, "udp", 0).data(UP) + follow(capture, "udp", 0).data(DOWN) == b"datagram"


def test_reading_is_bounded(capture: Capture):
    conversation = follow(capture, "tcp", 0, max_bytes=40)
    assert conversation.truncated
    assert sum(len(chunk.data) for chunk in conversation.chunks) == 40


@pytest.mark.parametrize("number", [-1, 3])
def test_a_stream_that_is_not_there(capture: Capture, number: int):
    with pytest.raises(UsageError, match=r"there is no tcp stream -?\d\. Streams are numbered from 0 to 2"):
        follow(capture, "tcp", number)


def test_a_capture_without_streams(tmp_path: Path):
    with opened(tmp_path / "c.pcapng", []) as capture, pytest.raises(UsageError, match="There is no UDP in this capture"):
        chunks_of_stream(capture, "udp", 0)


def test_a_growing_stream_goes_on_where_it_stopped(tmp_path):
    frames = tcp_frames([(UP, b"one"), (UP, b"two"), (DOWN, b"three")])
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow(4)
        growing = growing_stream(capture, "tcp", 0)
        before = list(iter(lambda: next(growing), None))
        assert [event.chunk.data for event in before if isinstance(event, Delivered)] == [b"one"]
        capture.grow()
        after = list(iter(lambda: next(growing), None))
        assert next(growing, "over") == "over"
        assert [*before, *after] == list(chunks_of_stream(capture, "tcp", 0))


def test_who_does_not_wait_ends_a_growing_stream(tmp_path):
    frames = tcp_frames([(UP, b"one"), (UP, b"two")])
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow(4)
        growing = growing_stream(capture, "tcp", 0)
        told = list(growing)
        assert told.count(None) == 1
        assert [event.reason for event in told if isinstance(event, Ended)] == ["capture"] * 2

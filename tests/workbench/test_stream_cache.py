import numpy as np
import pytest

from captures.capture import open_capture
from captures.follow import growing_stream
from dissectors.engine import Dissector
from support.pcap import tcp_frames, write_pcap
from support.toy import TOY, toy_message
from workbench.api import Direction, Endpoint
from workbench.stream_cache import STREAM_BYTES, MessageCache, size_of

UP = Direction.TO_SERVER
STREAMS, MESSAGES = 3, 40


@pytest.fixture
def capture(tmp_path):
    frames = []
    for stream in range(STREAMS):
        turns = [(UP, toy_message("ping", number, bytes(100))) for number in range(MESSAGES)]
        frames += tcp_frames(turns, client=Endpoint("10.0.0.1", 40_000 + stream))
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as opened:
        opened.grow()
        yield opened


class _Counting:
    """A cache over a capture that knows how often streams were walked."""

    def __init__(self, capture, limit: int) -> None:
        self.walks: list[int] = []
        self.fed = 0

        def events(transport, number):
            self.walks.append(number)
            for event in growing_stream(capture, transport, number):
                self.fed += event is not None
                yield event

        self.cache = MessageCache(
            events, lambda: Dissector([TOY]), lambda transport, number: len(capture.index.packets_of(transport, number)), limit
        )


def _packets(capture, stream: int) -> list[int]:
    numbers = capture.index.packets_of("tcp", stream)
    return [number for number in numbers.tolist() if capture.index.payload_length[number - 1]]


def test_a_stream_is_dissected_only_as_far_as_somebody_looks(capture):
    counting = _Counting(capture, 10_000_000)
    packets = _packets(capture, 0)
    (first,) = counting.cache.of_packet("tcp", 0, packets[0], UP)
    assert first.value.number == 0
    assert counting.fed < 6
    (last,) = counting.cache.of_packet("tcp", 0, packets[-1], UP)
    assert last.value.number == MESSAGES - 1
    assert counting.walks == [0]


def test_looking_again_costs_nothing(capture):
    counting = _Counting(capture, 10_000_000)
    messages = counting.cache.of_stream("tcp", 1)
    assert [message.value.number for message in messages] == list(range(MESSAGES))
    assert counting.cache.of_stream("tcp", 1) == messages
    assert counting.walks == [1]


def test_the_streams_looked_at_longest_ago_go_first(capture):
    one = STREAM_BYTES + sum(map(size_of, _Counting(capture, 10_000_000).cache.of_stream("tcp", 0)))
    counting = _Counting(capture, 2 * one + one // 2)
    for stream in (0, 1, 2, 2, 1):
        counting.cache.of_stream("tcp", stream)
    assert counting.walks == [0, 1, 2]
    assert counting.cache.bytes <= 2 * one + one // 2
    counting.cache.of_stream("tcp", 0)
    assert counting.walks == [0, 1, 2, 0]


def test_a_stream_larger_than_the_bound_keeps_what_was_looked_at_last(capture):
    counting = _Counting(capture, 5 * size_of(_Counting(capture, 10_000_000).cache.of_stream("tcp", 0)[0]))
    packets = _packets(capture, 0)
    kept = counting.cache.of_stream("tcp", 0)
    assert kept[-1].value.number == MESSAGES - 1
    assert len(kept) < 10
    (first,) = counting.cache.of_packet("tcp", 0, packets[0], UP)
    assert first.value.number == 0
    assert counting.walks == [0, 0]
    (again,) = counting.cache.of_packet("tcp", 0, packets[2], UP)
    assert again.value.number == 2
    assert counting.walks == [0, 0]


def test_the_size_of_a_message_counts_its_fields_and_bytes(capture):
    (message,) = _Counting(capture, 10_000_000).cache.of_packet("tcp", 0, _packets(capture, 0)[0], UP)
    fields = sum(1 for _ in message.root.walk())
    assert size_of(message) > len(message.raw) + 100 * fields


def test_streams_looked_at_in_turn_are_walked_once_even_when_their_messages_do_not_fit(capture):
    counting = _Counting(capture, 4 * STREAM_BYTES)
    packets = [_packets(capture, stream) for stream in range(STREAMS)]
    for place in range(MESSAGES):
        for stream in range(STREAMS):
            (message,) = counting.cache.of_packet("tcp", stream, packets[stream][place], UP)
            assert message.value.number == place
    assert sorted(counting.walks) == list(range(STREAMS))
    assert counting.cache.bytes <= 4 * STREAM_BYTES


def test_packets_of_a_stream_are_counted_again_only_when_the_capture_grew(capture):
    counted = []

    def packets(transport, number):
        counted.append(number)
        return len(capture.index.packets_of(transport, number))

    size = [100]
    cache = MessageCache(
        lambda transport, number: growing_stream(capture, transport, number),
        lambda: Dissector([TOY]),
        packets,
        1 << 20,
        lambda: size[0],
    )
    for _ in range(5):
        cache.of_stream("tcp", 0)
    assert counted == [0]
    size[0] = 101
    cache.of_stream("tcp", 0)
    assert counted == [0, 0]


def test_a_stream_that_grows_is_not_dissected_again(tmp_path):
    turns = [(UP, toy_message("ping", number, bytes(20))) for number in range(MESSAGES)]
    with open_capture(write_pcap(tmp_path / "x.pcap", tcp_frames(turns))) as capture:
        capture.grow(10)
        counting = _Counting(capture, 1 << 20)
        while True:
            last = int(np.flatnonzero(capture.index.payload_length)[-1]) + 1
            assert [found.packet for found in counting.cache.of_packet("tcp", 0, last, UP)] == [last]
            if not capture.grow(3):
                break
        assert counting.walks == [0]
        assert counting.fed <= len(capture.index) + 2
        assert len(counting.cache.of_stream("tcp", 0)) == MESSAGES


def test_a_message_in_the_middle_of_a_growing_stream_is_shown_as_far_as_it_is_there(tmp_path):
    whole = toy_message("ping", 1, bytes(20))
    frames = tcp_frames([(UP, whole[:9]), (UP, whole[9:])])
    with open_capture(write_pcap(tmp_path / "x.pcap", frames)) as capture:
        capture.grow(4)
        cache = _Counting(capture, 1 << 20).cache
        (cut,) = cache.of_packet("tcp", 0, 4, UP)
        assert cut.raw == whole[:9]
        capture.grow()
        (found,) = cache.of_packet("tcp", 0, 4, UP)
        assert found.raw == whole


def test_packets_a_little_back_are_still_known_when_room_is_short(capture):
    """Streams that travel side by side, looked at packet by packet, and a few packets back now and then."""
    everything = sum(
        size_of(found) for number in range(STREAMS) for found in _Counting(capture, 1 << 30).cache.of_stream("tcp", number)
    )
    counting = _Counting(capture, STREAMS * STREAM_BYTES + everything // 2)
    packets = [capture.index.packets_of("tcp", number) for number in range(STREAMS)]
    carrying = [[number for number in own.tolist() if capture.index.payload_length[number - 1]] for own in packets]
    for step in range(3, MESSAGES):
        for back in (0, 3):
            for stream in range(STREAMS):
                assert len(counting.cache.of_packet("tcp", stream, carrying[stream][step - back], UP)) == 1
    assert counting.walks == list(range(STREAMS))
    assert counting.cache.bytes <= STREAMS * STREAM_BYTES + everything // 2

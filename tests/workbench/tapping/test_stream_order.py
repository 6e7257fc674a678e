from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Datagram, FrameReader, StopSending, StreamData, StreamReset
from workbench.tapping.stream_order import StreamOrder


def arranged(order: StreamOrder, *frames) -> list:
    return list(FrameReader().receive(order.arrange(b"".join(map(bytes, frames)))))


def test_lower_streams_come_first():
    order = StreamOrder(server=False)
    assert arranged(order, StreamData(2, b"a"), StreamData(10, b"b")) == [
        StreamData(2, b"a"),
        StreamData(6),
        StreamData(10, b"b"),
    ]
    assert arranged(order, StreamData(6, b"c"), StreamData(0, b"", True)) == [StreamData(6, b"c"), StreamData(0, b"", True)]
    assert arranged(order, StreamReset(8, 5)) == [StreamData(4), StreamReset(8, 5)]


def test_streams_of_the_other_side_are_left_alone():
    assert arranged(StreamOrder(server=False), StreamData(9, b"x"), StopSending(13, 1)) == [
        StreamData(9, b"x"),
        StopSending(13, 1),
    ]
    assert arranged(StreamOrder(server=True), StreamData(7, b"x")) == [StreamData(3), StreamData(7, b"x")]


def test_what_is_on_no_stream_passes():
    assert arranged(StreamOrder(server=False), Datagram(b"x")) == [Datagram(b"x")]


@given(st.lists(st.integers(0, 40), max_size=30), st.booleans())
def test_nothing_is_lost_and_everything_is_in_order(streams, server):
    frames = [StreamData(stream, b"x") for stream in streams]
    found = arranged(StreamOrder(server=server), *frames)
    assert [frame for frame in found if frame.data] == frames
    for kind in (int(server), int(server) | 2):
        first = list(dict.fromkeys(frame.stream for frame in found if frame.stream & 3 == kind))
        assert first == list(range(kind, kind + 4 * len(first), 4))

"""Each datagram is a chunk of its own, at a running offset."""

from captures.datagrams import Datagrams
from captures.segment import Segment
from captures.stream_events import Stream
from support.segments import chunks, ends, notes
from workbench.api import Direction, Endpoint, FlowKey

STREAM = Stream("udp", 3, FlowKey("udp", Endpoint("192.0.2.1", 4000), Endpoint("192.0.2.2", 53)))


def datagram(packet: int, direction: int, data: bytes, length: int | None = None) -> Segment:
    return Segment(direction, 0, 0, 0, 0, data, len(data) if length is None else length, packet, packet * 10)


def test_datagrams_follow_one_another_in_each_direction():
    state = Datagrams(STREAM)
    events = [
        *state.receive(datagram(1, 0, b"ask")),
        *state.receive(datagram(2, 1, b"answer")),
        *state.receive(datagram(3, 0, b"more")),
    ]
    assert [(c.direction, c.offset, c.data, c.packet, c.carrier, c.time_ns) for c in chunks(events)] == [
        (Direction.TO_SERVER, 0, b"ask", 1, 1, 10),
        (Direction.TO_CLIENT, 0, b"answer", 2, 2, 20),
        (Direction.TO_SERVER, 3, b"more", 3, 3, 30),
    ]
    assert state.packet == 3


def test_an_empty_datagram_gives_nothing():
    assert not Datagrams(STREAM).receive(datagram(1, 0, b""))


def test_cut_datagrams_leave_gaps():
    state = Datagrams(STREAM)
    assert notes(state.receive(datagram(1, 0, b"ab", 5))) == ["datagram cut by the snapshot length: 3 bytes missing"]
    assert chunks(state.receive(datagram(2, 0, b"", 4))) == []
    (chunk,) = chunks(state.receive(datagram(3, 0, b"cd")))
    assert (chunk.offset, chunk.gap) == (9, 7)


def test_only_directions_that_were_used_end():
    state = Datagrams(STREAM)
    state.receive(datagram(7, 1, b"notify"))
    assert ends(state.finish()) == [(Direction.TO_CLIENT, 7, "capture")]
    assert state.closed


def test_a_datagram_that_somebody_takes_is_no_chunk():
    state = Datagrams(STREAM)
    asked: list[tuple[int, int]] = []

    def take(number: int, segment: Segment) -> bool:
        asked.append((number, segment.packet))
        return segment.data != b"no"

    assert state.offer(datagram(1, 0, b"taken"), take)
    assert not state.offer(datagram(2, 0, b"no"), take)
    assert [chunk.offset for chunk in chunks(state.receive(datagram(2, 0, b"no")))] == [5]
    assert asked == [(3, 1), (3, 2)]
    assert ends(state.finish()) == [(Direction.TO_SERVER, 2, "capture")]


def test_only_datagrams_of_which_nothing_is_missing_are_offered():
    state = Datagrams(STREAM)
    for segment in (datagram(1, 0, b""), datagram(1, 0, b"ab", 5)):
        assert not state.offer(segment, lambda *_: True)
        state.receive(segment)
    assert not state.offer(datagram(2, 0, b"behind a gap"), lambda *_: True)
    assert state.offer(datagram(3, 1, b"the other way"), lambda *_: True)
    assert state.packet == 3

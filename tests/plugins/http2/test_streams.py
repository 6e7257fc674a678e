"""The states of streams (RFC 9113 5.1) as a table, and what is remembered of those that are over."""

import itertools

from workbench.api import Direction
from workbench_http2.limits import MAX_CLOSED, MAX_STREAMS
from workbench_http2.streams import MOVES, Event, State, Stream, Streams, owner

CLIENT, SERVER = Direction.TO_SERVER, Direction.TO_CLIENT


def test_every_state_can_be_reached():
    found, edge = {State.IDLE}, [State.IDLE]
    while edge:
        state = edge.pop()
        for (origin, _, _), following in MOVES.items():
            if origin is state and following not in found:
                found.add(following)
                edge.append(following)
    assert found == set(State)


def test_nobody_speaks_behind_his_own_end():
    for event in (Event.HEADERS, Event.DATA, Event.END):
        assert (State.CLIENT_DONE, CLIENT, event) not in MOVES
        assert (State.SERVER_DONE, SERVER, event) not in MOVES
        for side in Direction:
            assert (State.CLOSED, side, event) not in MOVES


def test_only_headers_or_a_promise_open_a_stream():
    begins = {(side, event) for state, side, event in MOVES if state is State.IDLE}
    assert begins == {(CLIENT, Event.HEADERS), (SERVER, Event.PROMISE)}


def test_rst_stream_closes_everything_but_idle():
    for state, side in itertools.product(set(State) - {State.IDLE}, Direction):
        assert MOVES[state, side, Event.RST_STREAM] is State.CLOSED


def test_window_updates_change_no_state():
    assert all(MOVES[key] is key[0] for key in MOVES if key[2] is Event.WINDOW_UPDATE)


def test_a_closed_stream_is_known_by_its_end():
    streams = Streams()
    stream = Stream(5, State.OPEN)
    streams.add(stream)
    assert (streams.passed(3), streams.passed(7), streams.active) == (True, False, [1, 0])
    stream.reset_by = SERVER
    streams.close(stream)
    assert streams.active == [0, 0]
    ended = streams.find(5)
    assert (ended.state, ended.reset_by) == (State.CLOSED, SERVER)


def test_reserved_streams_count_when_they_are_used():
    streams = Streams()
    stream = Stream(2, State.RESERVED)
    streams.add(stream)
    assert streams.active == [0, 0]
    stream.state = State.CLIENT_DONE
    streams.activate(stream)
    streams.activate(stream)
    assert streams.active == [0, 1]


def test_memory_is_bounded():
    streams = Streams()
    for number in range(1, 2 * MAX_STREAMS + 1001, 2):
        streams.add(Stream(number, State.OPEN))
    assert len(streams.alive) == MAX_STREAMS == streams.active[0]
    for stream in list(streams.alive.values()):
        streams.close(stream)
    assert streams.active == [0, 0]
    assert sum(streams.find(number) is not None for number in range(1, 2 * MAX_STREAMS + 1001, 2)) == MAX_CLOSED


def test_owners():
    assert (owner(1), owner(2)) == (CLIENT, SERVER)

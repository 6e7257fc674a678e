"""The order of frames that the fast lane goes along."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http2 import CLIENT, SERVER, data, frame
from workbench.api import Dialogue, Direction
from workbench_http2.names import Type
from workbench_http2.skim_blocks import Unusual
from workbench_http2.skim_turns import ends_of, turns_of


def turns(*packets: tuple[int, ...]) -> list[tuple[Direction, int]]:
    """The turns of two directions whose frames end in the packets of these numbers."""

    def packets_at(way, offsets):
        return [packets[way][offset - 1] for offset in offsets]

    ends = tuple(list(range(1, len(numbers) + 1)) for numbers in packets)
    return list(turns_of(Dialogue((b"", b""), (True, True), packets_at), ends))


def test_ends_of_frames():
    first, second = data(1, b"abc"), frame(Type.PING, 0, 0, opaque=bytes(8))
    assert ends_of(b"skip" + first + second, 4) == [4 + 12, 4 + 12 + 17]
    assert ends_of(b"", 0) == []


@pytest.mark.parametrize("data", [bytes(8), b"\0\0\1" + bytes(6), b"\1\0\0" + bytes(6)], ids=["a head", "a payload", "too long"])
def test_what_is_not_whole_is_for_the_decoder(data):
    with pytest.raises(Unusual):
        ends_of(data, 0)


def test_directions_take_turns_as_their_packets_came():
    assert turns((1, 1, 4), (2, 3, 5)) == [(CLIENT, 2), (SERVER, 2), (CLIENT, 1), (SERVER, 1)]
    assert turns((3,), (1, 2)) == [(SERVER, 2), (CLIENT, 1)]
    assert turns((1, 2), ()) == [(CLIENT, 2)]
    assert turns((), ()) == []


def test_frames_of_both_directions_in_one_packet_have_no_order():
    with pytest.raises(Unusual):
        turns((1,), (1,))


@given(st.lists(st.booleans(), max_size=30))
def test_each_frame_has_its_place(sides):
    packets = tuple(tuple(number for number, mine in enumerate(sides) if mine is side) for side in (False, True))
    went = [way for way, count in turns(*packets) for _ in range(count)]
    assert went == [Direction(side) for side in sides]

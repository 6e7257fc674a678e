from hypothesis import given
from hypothesis import strategies as st

from workbench.api import Chunk, Direction
from workbench_socks5.wire import Wire

UP = Direction.TO_SERVER


def test_what_was_taken_is_gone_and_the_rest_keeps_its_place():
    wire = Wire(UP)
    wire.add(1, Chunk(UP, 0, b"hello "))
    wire.add(2, Chunk(UP, 6, b"world"))
    assert wire.take(8) == (0, 8, b"hello wo")
    assert [(serial, chunk.offset, chunk.data) for serial, chunk in wire.rest()] == [(2, 8, b"rld")]


def test_a_gap_belongs_to_what_is_read_next():
    wire = Wire(UP)
    wire.add(1, Chunk(UP, 10, b"abc", gap=10))
    assert wire.take(1) == (0, 11, b"a")
    assert wire.take(2) == (11, 13, b"bc")


def test_an_unread_gap_is_handed_over():
    wire = Wire(UP)
    wire.add(1, Chunk(UP, 0, b"a"))
    wire.take(1)
    wire.add(2, Chunk(UP, 5, b"b", gap=4))
    assert [chunk.gap for _, chunk in wire.rest()] == [4]


@given(st.lists(st.binary(max_size=9), max_size=8), st.data())
def test_taken_and_rest_are_everything(pieces, data):
    wire, offset, whole = Wire(UP), 0, b"".join(pieces)
    for serial, piece in enumerate(pieces):
        wire.add(serial, Chunk(UP, offset, piece))
        offset += len(piece)
    size = data.draw(st.integers(0, len(whole)))
    if pieces:
        assert wire.take(size) == (0, size, whole[:size])
        assert b"".join(chunk.data for _, chunk in wire.rest()) == whole[size:]

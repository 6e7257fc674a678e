from workbench.api import Chunk, Direction
from workbench_dns.wire import Wire


def test_bytes_know_their_place():
    wire = Wire(Direction.TO_SERVER)
    wire.add(Chunk(Direction.TO_SERVER, 0, b"abc"))
    wire.add(Chunk(Direction.TO_SERVER, 3, b"def"))
    assert wire.take(4) == (0, 4, b"abcd")
    assert (wire.start, bytes(wire.data)) == (4, b"ef")


def test_a_gap_belongs_to_what_follows_it():
    wire = Wire(Direction.TO_SERVER)
    wire.add(Chunk(Direction.TO_SERVER, 7, b"abc", gap=7))
    assert wire.take(2) == (0, 9, b"ab")
    assert (wire.start, wire.gap) == (9, 0)

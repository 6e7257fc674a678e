"""Readers look at every byte once, whatever the pieces are, and tell lost bytes from kept ones."""

from workbench_http1.wire import Passed, Wire, pass_over, read_line


def run(reading):
    """The result of a reading that needs nothing more, or None if it waits."""
    try:
        next(reading)
    except StopIteration as done:
        return done.value
    return None


def test_take_moves_the_start_over_bytes_and_losses():
    wire = Wire(bytearray(b"abcdef"), start=100, lost=5, cut=2)
    assert wire.take(4) == (100, 111, b"abcd")
    assert (wire.start, bytes(wire.data), wire.lost, wire.cut) == (111, b"ef", 0, 0)
    assert wire.take(2) == (111, 113, b"ef")


def test_line_waits_for_its_end():
    wire = Wire(bytearray(b"one\r"))
    reading = read_line(wire, 0, 100)
    assert run(reading) is None
    wire.data += b"\ntwo"
    assert run(reading) == 5
    assert run(read_line(wire, 5, 100)) is None


def test_no_line_beyond_the_limit_a_gap_or_the_end():
    assert run(read_line(Wire(bytearray(b"abcdef\n")), 0, 6)) is None
    reading = read_line(Wire(bytearray(b"abcdef")), 0, 6)
    assert list(reading) == []  # it returned instead of waiting
    assert list(read_line(Wire(bytearray(b"ab"), gap=1), 0, 6)) == []
    assert list(read_line(Wire(bytearray(b"ab"), ended=True), 0, 6)) == []


def test_pass_over_counts_what_is_kept_cut_and_lost():
    wire = Wire(bytearray(b"0123"))
    reading = pass_over(wire, 0, 10, keep=3)
    assert run(reading) is None
    assert (bytes(wire.data), wire.cut) == (b"012", 1)
    wire.gap = 2
    assert run(reading) is None
    assert (wire.gap, wire.lost) == (0, 2)
    wire.data += b"6789NEXT"
    assert run(reading) == Passed(end=3, lost=2, complete=True)
    assert (bytes(wire.data), wire.cut, wire.lost) == (b"012NEXT", 5, 2)
    assert wire.take(3) == (0, 10, b"012")


def test_pass_over_leaves_the_rest_of_a_gap():
    wire = Wire(bytearray(b"0123"), gap=10)
    assert run(pass_over(wire, 0, 6, keep=100)) == Passed(4, 2, True)
    assert (wire.gap, wire.lost) == (8, 2)


def test_pass_over_without_a_count_goes_to_the_end():
    wire = Wire(bytearray(b"abc"))
    reading = pass_over(wire, 0, None, keep=100)
    assert run(reading) is None
    wire.ended = True
    assert run(reading) == Passed(3, 0, True)
    assert run(pass_over(Wire(bytearray(b"abc"), ended=True), 0, 4, keep=100)) == Passed(3, 0, False)

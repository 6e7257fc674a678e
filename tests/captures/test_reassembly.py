"""Conversations as a capture shows them, in and out of order, and what becomes of their bytes."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captures.backlog import PIECE_COST
from captures.reassembly import Budget, Reassembler, ReassemblyLimits
from captures.segment import ACK, FIN, RST, SYN, URG, Segment
from support.segments import STREAM, Wire, chunks, ends, notes
from workbench.api import Direction

UP, DOWN = Direction.TO_SERVER, Direction.TO_CLIENT


def test_an_ordinary_connection():
    wire = Wire().handshake()
    (chunk,) = chunks(wire.packet(0, 1, b"GET"))
    assert (chunk.direction, chunk.offset, chunk.data, chunk.packet, chunk.carrier, chunk.time_ns) == (UP, 0, b"GET", 4, 4, 4000)
    (chunk,) = chunks(wire.packet(1, 1, b"OK", ack=4))
    assert (chunk.direction, chunk.offset, chunk.data) == (DOWN, 0, b"OK")
    (chunk,) = chunks(wire.fin(1, 3, b"!", ack=4))[:1]
    assert (chunk.offset, chunk.data) == (2, b"!")
    assert ends(wire.fin(0, 4, ack=5)) == [(UP, 7, "fin")]
    assert ends(wire.events) == [(DOWN, 6, "fin"), (UP, 7, "fin")]
    assert notes(wire.events) == []
    assert wire.reassembler.closed
    assert wire.finish() == []


def test_a_fin_gives_an_empty_last_chunk():
    wire = Wire().handshake()
    data, last = chunks(wire.fin(0, 1, b"abc"))
    assert (data.data, data.last) == (b"abc", False)
    assert (last.offset, last.data, last.last, last.carrier) == (3, b"", True, 4)


def test_half_close_leaves_the_other_direction_open():
    wire = Wire().handshake()
    wire.fin(0, 1, b"q")
    wire.packet(1, 1, b"answer", ack=3)
    wire.packet(0, 3, ack=7)
    wire.packet(1, 7, b"more", ack=3)
    assert wire.data(1) == b"answermore"
    assert ends(wire.events) == [(UP, 4, "fin")]
    assert notes(wire.events) == []


def test_out_of_order_bytes_wait_for_the_packet_that_fills_the_hole():
    wire = Wire().handshake()
    assert wire.packet(0, 4, b"def") == []
    assert wire.packet(0, 7, b"ghi") == []
    events = wire.packet(0, 1, b"abc")
    assert [(c.offset, c.data, c.carrier, c.packet, c.time_ns) for c in chunks(events)] == [
        (0, b"abc", 6, 6, 6000),
        (3, b"def", 4, 6, 6000),
        (6, b"ghi", 5, 6, 6000),
    ]
    assert notes(events) == ["out-of-order segment: 6 bytes were waiting for it"]


def test_retransmissions_are_noted_and_not_delivered_again():
    wire = Wire().handshake()
    wire.packet(0, 1, b"abc")
    assert notes(wire.packet(0, 1, b"abc")) == ["retransmission of 3 bytes"]
    events = wire.packet(0, 2, b"bcdef")
    assert notes(events) == ["retransmission of 2 bytes"]
    (chunk,) = chunks(events)
    assert (chunk.offset, chunk.data, chunk.carrier) == (3, b"def", 6)
    assert wire.data(0) == b"abcdef"


def test_a_retransmission_with_other_content_is_told_and_loses():
    wire = Wire().handshake()
    wire.packet(0, 1, b"abc")
    wire.packet(0, 4, b"def")
    texts = notes(wire.packet(0, 3, b"cdXfgh"))
    assert texts[0] == "retransmission of 4 bytes"
    assert texts[1].startswith("overlap differs")
    assert wire.data(0) == b"abcdefgh"


def test_waiting_segments_with_other_content_are_told_and_lose():
    wire = Wire().handshake()
    wire.packet(0, 3, b"cd")
    assert notes(wire.packet(0, 3, b"cd")) == ["retransmission of 2 bytes that wait behind a gap"]
    assert notes(wire.packet(0, 2, b"bXXe"))[0].startswith("overlap differs")
    wire.packet(0, 1, b"a")
    assert wire.data(0) == b"abcde"


def test_a_later_copy_of_trimmed_bytes_is_compared_at_the_right_place():
    wire = Wire().handshake()
    wire.packet(0, 1, b"abc")
    wire.packet(0, 2, b"bcdef")
    assert notes(wire.packet(0, 5, b"ef")) == ["retransmission of 2 bytes"]


def test_an_acknowledgment_of_bytes_behind_a_hole_gives_it_up():
    wire = Wire().handshake()
    wire.packet(0, 1, b"ab")
    wire.packet(0, 6, b"fg")
    assert wire.packet(1, 1, ack=6) == []  # says nothing yet about the bytes behind the hole
    events = wire.packet(1, 1, ack=8)
    assert notes(events) == ["gap: 3 bytes missing in the capture"]
    (chunk,) = chunks(events)
    assert (chunk.offset, chunk.data, chunk.gap, chunk.carrier, chunk.packet) == (5, b"fg", 3, 5, 7)
    assert chunks(wire.packet(0, 8, b"h"))[0].gap == 0


def test_an_acknowledgment_on_a_data_segment_counts_too():
    wire = Wire().handshake()
    wire.packet(0, 4, b"x")
    first, second = chunks(wire.packet(1, 1, b"reply", ack=5))
    assert (first.direction, first.gap, second.direction) == (UP, 3, DOWN)


def test_several_holes_are_given_up_one_after_the_other():
    wire = Wire().handshake()
    wire.packet(0, 2, b"b")
    wire.packet(0, 4, b"d")
    wire.packet(1, 1, ack=5)
    assert wire.data(0) == b".b.d"


def test_the_end_of_the_capture_delivers_what_waits():
    wire = Wire().handshake()
    wire.packet(0, 3, b"cd")
    events = wire.finish()
    assert notes(events) == ["gap: 2 bytes missing in the capture"]
    assert wire.data(0) == b"..cd"
    assert ends(events) == [(UP, 4, "capture"), (DOWN, 2, "capture")]


def test_bytes_acknowledged_and_never_captured_at_the_end_are_told():
    wire = Wire().handshake()
    wire.packet(0, 1, b"ab")
    wire.packet(1, 1, ack=103)
    assert notes(wire.finish()) == ["gap: 100 bytes acknowledged at the end but missing in the capture"]


def test_a_fin_behind_a_hole_waits():
    wire = Wire().handshake()
    assert ends(wire.fin(0, 4, b"d")) == []
    events = wire.packet(0, 1, b"abc")
    assert [(c.data, c.last, c.carrier, c.packet) for c in chunks(events)] == [
        (b"abc", False, 5, 5),
        (b"d", False, 4, 5),
        (b"", True, 4, 5),
    ]
    assert ends(events) == [(UP, 5, "fin")]


def test_a_fin_behind_lost_bytes_ends_the_direction_when_acknowledged():
    wire = Wire().handshake()
    wire.fin(0, 11)
    assert ends(wire.packet(1, 1, ack=12)) == [(UP, 5, "fin")]
    (last,) = chunks(wire.events)
    assert (last.gap, last.offset, last.last) == (10, 10, True)


def test_retransmitted_and_surplus_bytes_after_the_fin():
    wire = Wire().handshake()
    wire.fin(0, 1, b"abc")
    assert notes(wire.fin(0, 4)) == ["retransmission of the FIN after the end"]
    assert notes(wire.fin(0, 1, b"abc")) == ["retransmission of 3 bytes after the end"]
    assert notes(wire.packet(0, 5, b"zz")) == ["2 bytes after the end of this direction, ignored"]
    assert wire.packet(0, 5) == []
    assert wire.data(0) == b"abc"


def test_keep_alive_and_its_answer():
    wire = Wire().handshake()
    wire.packet(0, 1, b"abc")
    wire.packet(1, 1, ack=4)
    assert notes(wire.packet(0, 3)) == ["keep-alive"]
    assert notes(wire.packet(1, 1, ack=4)) == ["keep-alive ACK"]
    assert notes(wire.packet(0, 3, b"\0")) == ["keep-alive"]
    wire.packet(0, 4, b"d")
    assert wire.data(0) == b"abcd"
    assert wire.packet(1, 1, ack=5) != []
    assert wire.packet(1, 1, ack=5) == []


def test_zero_window_and_its_probe():
    wire = Wire().handshake()
    assert notes(wire.packet(1, 1, window=0)) == ["zero window: this side takes no more bytes for now"]
    assert notes(wire.packet(1, 1, window=0)) == []
    events = wire.packet(0, 1, b"a")
    assert notes(events) == ["zero-window probe"]
    wire.packet(1, 1, ack=1, window=500)
    assert notes(wire.packet(0, 1, b"abc", ack=1)) == ["retransmission of 1 byte"]
    assert wire.data(0) == b"abc"


def test_sequence_numbers_wrap():
    wire = Wire(initial=(0xFFFFFFF0, 0xFFFFFFFF)).handshake()
    wire.packet(0, 1, b"x" * 10)
    wire.packet(0, 21, b"z" * 10)
    wire.packet(0, 11, b"y" * 10)
    wire.packet(0, 31, b"!")
    wire.packet(1, 1, b"ok", ack=32)
    assert wire.data(0) == b"x" * 10 + b"y" * 10 + b"z" * 10 + b"!"
    assert wire.data(1) == b"ok"


def test_offsets_of_a_stream_longer_than_the_sequence_space():
    reassembler = Reassembler(STREAM)
    position, step = 0, 1 << 28
    for number in range(1, 40):  # lengths on the wire, of which the capture kept 4 bytes each: 9.75 GiB
        segment = Segment(0, (7 + position) & 0xFFFFFFFF, 0, ACK, 1, b"abcd", step, number, number)
        (chunk,) = chunks(reassembler.receive(segment))
        assert (chunk.offset, chunk.gap) == (position, step - 4 if position else 0)
        position += step


def test_a_jump_of_more_than_a_gibibyte_lies_ahead():
    wire = Wire().handshake()
    wire.packet(0, 1, b"a")
    wire.packet(0, 3_000_000_001, b"b")
    wire.finish()
    assert chunks(wire.events)[-1].gap == 2_999_999_999


def test_a_connection_whose_beginning_is_missing():
    wire = Wire()
    events = wire.packet(1, 777, b"tail", ack=55)
    assert notes(events) == ["the beginning of this connection was not captured"]
    assert chunks(events)[0].offset == 0
    wire.packet(0, 60, b"late", ack=781)
    wire.packet(1, 781, b"!", ack=64)
    wire.packet(1, 700, b"old", ack=64)
    assert (wire.data(0), wire.data(1)) == (b"late", b"tail!")


def test_a_syn_captured_after_the_data_changes_nothing():
    wire = Wire()
    wire.packet(0, 1, b"abc", flags=ACK)
    wire.packet(0, 0, flags=SYN)
    assert notes(wire.packet(0, 0, flags=SYN)) == ["retransmission of the SYN"]
    wire.packet(0, 4, b"d")
    assert wire.data(0) == b"abcd"


def test_a_syn_moves_the_beginning_of_a_direction_without_bytes():
    wire = Wire()
    wire.packet(0, 500)
    wire.packet(0, 0, flags=SYN)
    wire.packet(0, 1, b"abc")
    assert wire.data(0) == b"abc"
    assert notes(wire.packet(0, 90, flags=SYN)) == ["SYN with another initial sequence number inside a connection, ignored"]


def test_data_in_the_syn_accepted():
    wire = Wire()
    assert chunks(wire.packet(0, 0, b"fast", flags=SYN))[0].offset == 0
    wire.packet(1, 0, b"ok", ack=5, flags=SYN | ACK)
    wire.packet(0, 5, b"er", ack=3)
    assert (wire.data(0), wire.data(1)) == (b"faster", b"ok")
    assert notes(wire.events) == []


def test_data_in_the_syn_refused_and_sent_again():
    wire = Wire()
    wire.packet(0, 0, b"fast", flags=SYN)
    assert notes(wire.packet(1, 0, ack=1, flags=SYN | ACK)) == [
        "the data in the SYN was not accepted (TCP Fast Open); it has to be sent again"
    ]
    assert notes(wire.packet(0, 1, b"faster")) == ["retransmission of 4 bytes"]
    assert wire.data(0) == b"faster"


def test_a_reset_ends_its_sender_and_lets_bytes_in_flight_arrive():
    wire = Wire().handshake()
    wire.packet(1, 1, b"ab")
    events = wire.reset(0, 1)
    assert notes(events) == ["connection reset"]
    assert ends(events) == [(UP, 5, "rst")]
    wire.packet(1, 3, b"cd")
    assert ends(wire.finish()) == [(DOWN, 6, "rst")]
    assert wire.data(1) == b"abcd"


def test_a_reset_releases_what_waits():
    wire = Wire().handshake()
    wire.packet(0, 3, b"c")
    wire.reset(0, 4)
    assert wire.data(0) == b"..c"


def test_data_of_a_reset_is_no_part_of_the_stream():
    wire = Wire().handshake()
    events = wire.reset(1, 1, b"go away\x1b[2J")
    assert notes(events) == ["reset with 11 bytes of diagnostic data: b'go away\\x1b[2J'", "connection reset"]
    assert wire.data(1) == b""


@pytest.mark.parametrize("sequence", [-5, 500])
def test_a_reset_beside_the_sequence_is_not_believed(sequence: int):
    wire = Wire().handshake()
    wire.packet(0, 1, b"ab")
    assert ends(wire.reset(0, sequence)) == []
    wire.packet(0, 3, b"cd")
    assert wire.data(0) == b"abcd"
    assert ends(wire.finish()) == [(UP, 6, "capture"), (DOWN, 2, "capture")]


def test_a_reset_after_the_fin_ends_the_other_direction():
    wire = Wire().handshake()
    wire.fin(0, 1)
    assert wire.reset(0, 2) == []
    assert ends(wire.finish()) == [(DOWN, 2, "rst")]


def test_an_impossible_acknowledgment_is_no_evidence():
    wire = Wire().handshake()
    wire.packet(0, 4, b"d")
    assert wire.packet(1, 1, ack=(1 << 30) + 100) == []
    assert wire.packet(1, 1, flags=0) == []
    assert notes(wire.finish()) == ["gap: 3 bytes missing in the capture"]
    assert wire.data(0) == b"...d"


def test_a_refused_connection():
    wire = Wire()
    wire.packet(0, 0, flags=SYN)
    wire.packet(1, -5000, ack=1, flags=RST | ACK)
    assert ends(wire.events) == [(DOWN, 2, "rst")]
    assert ends(wire.finish()) == [(UP, 1, "rst")]


def test_a_reset_that_does_not_answer_the_syn_refuses_nothing():
    wire = Wire()
    wire.packet(0, 0, flags=SYN)
    assert notes(wire.packet(1, 0, ack=7, flags=RST | ACK)) == ["reset that does not acknowledge the SYN: it refuses nothing"]
    assert notes(wire.packet(1, 0, flags=RST)) == ["reset that does not acknowledge the SYN: it refuses nothing"]
    wire.packet(1, 0, flags=SYN | ACK)
    wire.packet(1, 1, b"hello")
    assert wire.data(1) == b"hello"


def test_a_syn_after_a_refusal_begins_after_all():
    wire = Wire()
    wire.packet(0, 0, flags=SYN)
    wire.packet(1, -5000, ack=1, flags=RST | ACK)
    assert wire.reassembler.refused
    assert notes(wire.packet(1, 0, flags=SYN | ACK)) == ["the reset before this SYN was not believed"]
    wire.packet(1, 1, b"hello")
    assert wire.data(1) == b"hello"
    assert not wire.reassembler.refused


def test_urgent_data_stays_in_line():
    wire = Wire().handshake()
    wire.packet(0, 1, b"ab")
    assert notes(wire.packet(0, 3, b"!", flags=ACK | URG)) == ["urgent data, delivered in line"]
    wire.packet(0, 4, b"cd")
    assert wire.data(0) == b"ab!cd"


def test_a_cut_packet_leaves_a_gap():
    wire = Wire().handshake()
    events = wire.packet(0, 1, b"abc", length=10)
    assert notes(events) == ["packet cut by the snapshot length: 7 bytes missing"]
    (chunk,) = chunks(wire.packet(0, 11, b"next"))
    assert (chunk.offset, chunk.gap) == (10, 7)
    wire.packet(0, 15, b"", length=5)
    assert chunks(wire.fin(0, 20))[0].gap == 5


def test_too_many_bytes_behind_a_hole_give_it_up():
    wire = Wire(ReassemblyLimits(buffered_bytes=10)).handshake()
    wire.packet(0, 11, b"x" * 10)
    assert chunks(wire.events) == []
    wire.packet(0, 31, b"y")
    assert wire.data(0) == b"." * 10 + b"x" * 10
    assert chunks(wire.packet(0, 21, b"z" * 10))[-1].data == b"y"


def test_too_many_segments_behind_a_hole_give_it_up():
    wire = Wire(ReassemblyLimits(buffered_segments=3)).handshake()
    for sequence in (3, 5, 7, 9):
        wire.packet(0, sequence, b"x")
    assert wire.data(0) == b"..x"


def test_too_many_bytes_behind_all_holes_together_give_one_up():
    budget, limits = Budget(), ReassemblyLimits(total_memory=2 * PIECE_COST + 10)
    one, other = (Reassembler(STREAM, limits, budget=budget) for _ in range(2))
    for reassembler in (one, other):
        reassembler.receive(Segment(0, 0, 0, SYN, 1, b"", 0, 1, 1))
    assert chunks(one.receive(Segment(0, 100, 0, ACK, 1, b"x" * 6, 6, 2, 2))) == []
    assert chunks(other.receive(Segment(0, 100, 0, ACK, 1, b"y" * 6, 6, 3, 3)))[0].gap == 99
    assert budget.used == PIECE_COST + 6
    one.finish()
    assert budget.used == 0


def test_history_is_bounded_and_only_limits_comparison():
    wire = Wire(ReassemblyLimits(history=1)).handshake()
    wire.packet(0, 1, b"abc")
    wire.packet(0, 4, b"def")
    assert notes(wire.packet(0, 1, b"XXX")) == ["retransmission of 3 bytes"]
    assert len(notes(wire.packet(0, 4, b"XXX"))) == 2


@st.composite
def scrambled(draw):
    """A byte string and packets (offset, data) that together carry all of it, repeated, cut and shuffled."""
    original = draw(st.binary(min_size=1, max_size=200))
    cuts = sorted({0, len(original), *draw(st.lists(st.integers(0, len(original)), max_size=12))})
    parts = list(itertools.pairwise(cuts))
    extra = draw(st.lists(st.tuples(st.integers(0, len(original)), st.integers(0, 40)), max_size=8))
    parts += [(low, min(low + size, len(original))) for low, size in extra]
    order = draw(st.permutations(parts))
    return original, [(low, original[low:high]) for low, high in order]


@settings(deadline=None)
@given(scrambled(), st.integers(0, 0xFFFFFFFF), st.booleans())
def test_any_order_repetition_and_splitting_gives_the_original_bytes(case, initial, with_fin):
    original, packets = case
    wire = Wire(initial=(initial, 0))
    wire.packet(0, 0, flags=SYN)
    for offset, data in packets:
        is_end = with_fin and offset + len(data) == len(original)
        wire.packet(0, offset + 1, data, flags=ACK | (FIN if is_end else 0))
    wire.finish()
    assert wire.data(0) == original
    position = 0
    for chunk in chunks(wire.events):
        assert (chunk.offset, chunk.gap) == (position, 0)
        assert wire.payloads[chunk.carrier].find(chunk.data) >= 0
        assert chunk.carrier <= chunk.packet
        position = chunk.end
    assert not any("differs" in text for text in notes(wire.events))
    assert len(ends(wire.events)) == 1


@settings(deadline=None)
@given(st.integers(0, 1 << 32))
def test_equals_a_naive_model_with_loss_conflicts_and_acknowledgments(seed):
    """The model keeps every byte in a dict, first copy wins, and walks on from the lowest offset."""
    generator = random.Random(seed)
    wire = Wire(initial=(generator.randrange(1 << 32), 0)).handshake()
    model: dict[int, int] = {}
    position, expected = 0, b""
    for _ in range(generator.randrange(1, 40)):
        if generator.random() < 0.2:
            acknowledged = position + generator.randrange(60)
            wire.packet(1, 1, ack=acknowledged + 1)
            while any(at >= position for at in model) and acknowledged > min(at for at in model if at >= position):
                first = min(at for at in model if at >= position)
                expected += b"." * (first - position)
                position = first
                while position in model:
                    expected += bytes([model[position]])
                    position += 1
        else:
            offset, data = max(0, position + generator.randrange(-10, 30)), generator.randbytes(generator.randrange(1, 9))
            if offset < position and position - offset == len(data) == 1:
                continue  # looks like a keep-alive
            wire.packet(0, offset + 1, data)
            for at, byte in enumerate(data, offset):
                if at >= position:
                    model.setdefault(at, byte)
            while position in model:
                expected += bytes([model[position]])
                position += 1
        assert wire.data(0) == expected

"""Each thing that is said about a segment, in the smallest conversation that gives cause for it."""

import pytest

from captures import tcp_walk as told
from captures.segment import ACK, FIN, PSH, RST, SYN
from captures.tcp_walk import MOST_UNACKED, Sent, walk

MS = 1_000_000
HANDSHAKE = [(0, 100, 0, SYN, 0), (1, 500, 101, SYN | ACK, 0), (0, 101, 501, ACK, 0)]


def conversation(*plan, step=MS, window=1000, begin=HANDSHAKE):
    """Findings about (direction, seq, ack, flags, length[, window[, extra fields]]), without those of the handshake."""
    segments = []
    for row, (direction, seq, ack, flags, length, *rest) in enumerate([*begin, *plan]):
        own = rest[0] if rest and rest[0] is not None else window
        extra = rest[1] if len(rest) > 1 else {}
        segments.append(Sent(row, (row + 1) * step, direction, seq, ack, flags, own, length)._replace(**extra))
    return list(walk(iter(segments)))[len(begin) :]


def kinds(findings):
    return [finding.marks & ~told.PRESENT for finding in findings]


def test_quiet_traffic_has_round_trips_and_bytes_in_flight():
    data, answer = conversation((0, 101, 501, ACK | PSH, 100), (1, 501, 201, ACK, 0))
    assert (data.marks, data.bytes_in_flight, data.push_bytes_sent) == (told.PRESENT, 100, 100)
    assert (answer.acks_frame, answer.ack_rtt_ns, answer.initial_rtt_ns) == (4, MS, 2 * MS)


def test_a_segment_that_comes_again_late_is_a_retransmission():
    *_, again = conversation((0, 101, 501, ACK, 100), (1, 501, 101, ACK, 10), (0, 101, 511, ACK, 100), step=100 * MS)
    assert again.marks & told.RETRANSMISSION
    assert (again.rto_ns, again.rto_frame) == (200 * MS, 4)


def test_a_segment_that_comes_soon_behind_its_successor_was_reordered():
    first, late = conversation((0, 151, 501, ACK, 50), (0, 101, 501, ACK, 50))
    assert kinds([first, late]) == [told.LOST, told.OUT_OF_ORDER]
    # how soon is soon says the handshake
    first, late = conversation((0, 151, 501, ACK, 50), (0, 101, 501, ACK, 50), step=100 * MS)
    assert kinds([late]) == [told.OUT_OF_ORDER]
    begin = [(*segment[:3], ACK, *segment[4:]) for segment in HANDSHAKE[2:]]
    first, late = conversation((0, 151, 501, ACK, 50), (0, 101, 501, ACK, 50), step=4 * MS, begin=begin)
    assert kinds([late]) == [told.RETRANSMISSION]


def test_two_duplicate_acks_make_it_a_fast_retransmission():
    acks = [(1, 501, 101, ACK, 0)] * 2
    findings = conversation((0, 101, 501, ACK, 50), (0, 151, 501, ACK, 50), *acks, (0, 101, 501, ACK, 50))
    assert kinds(findings)[2:] == [told.DUPLICATE_ACK, told.DUPLICATE_ACK, told.FAST_RETRANSMISSION]
    assert [finding.duplicate_ack_num for finding in findings[2:4]] == [1, 2]
    assert [finding.duplicate_ack_frame for finding in findings[2:4]] == [2, 2]


def test_what_was_acknowledged_is_sent_again_for_nothing():
    *_, again = conversation((0, 101, 501, ACK, 50), (1, 501, 151, ACK, 0), (0, 101, 501, ACK, 50))
    assert kinds([again]) == [told.SPURIOUS_RETRANSMISSION]


def test_an_ack_for_what_nobody_saw():
    assert kinds(conversation((1, 501, 301, ACK, 0))) == [told.ACK_LOST]


def test_windows_close_open_and_fill():
    closed, probe, answer, opened = conversation(
        (1, 501, 101, ACK, 0, 0), (0, 101, 501, ACK, 1), (1, 501, 101, ACK, 0, 0), (1, 501, 101, ACK, 0, 300)
    )
    assert kinds([closed, probe]) == [told.ZERO_WINDOW, told.ZERO_WINDOW_PROBE]
    assert kinds([answer]) == [told.ZERO_WINDOW | told.ZERO_WINDOW_PROBE_ACK]
    assert kinds([opened]) == [told.WINDOW_UPDATE]
    begin = [(*HANDSHAKE[0], 1000, {"shift": 2}), (*HANDSHAKE[1], 1000, {"shift": 1}), HANDSHAKE[2]]
    findings = conversation((1, 501, 101, ACK, 0, 30), (0, 101, 501, ACK, 60), begin=begin)
    assert kinds(findings) == [told.WINDOW_UPDATE, told.WINDOW_FULL]
    # without the option in both SYNs nothing is scaled
    begin[0] = HANDSHAKE[0]
    assert kinds(conversation((1, 501, 101, ACK, 0, 30), (0, 101, 501, ACK, 60), begin=begin))[1] == 0


def test_keep_alives_and_their_answers():
    findings = conversation((0, 101, 501, ACK, 10), (1, 501, 111, ACK, 0), (0, 110, 501, ACK, 0), (1, 501, 111, ACK, 0))
    assert kinds(findings)[2:] == [told.KEEP_ALIVE, told.KEEP_ALIVE_ACK]


def test_reused_ports_are_said_of_the_first_segment():
    (first,) = walk(iter([Sent(0, 0, 0, 5, 0, SYN, 100, 0)]), reused=True)
    assert first.marks == told.REUSED_PORTS | told.PRESENT
    syn_ack = conversation((1, 900, 101, SYN | ACK, 0))
    assert kinds(syn_ack)[0] & told.REUSED_PORTS


def test_sack_blocks_are_not_in_flight():
    findings = conversation((0, 101, 501, ACK, 100), (1, 501, 101, ACK, 0, None, {"sacked": 40}), (0, 201, 501, ACK, 10))
    assert [findings[0].bytes_in_flight, findings[2].bytes_in_flight] == [100, 70]


def test_bytes_in_flight_are_unknown_behind_a_hole():
    findings = conversation((0, 131, 501, ACK, 10), (0, 141, 501, ACK, 10), (1, 501, 101, ACK, 0), (0, 151, 501, ACK, 10))
    assert [finding.bytes_in_flight for finding in findings] == [0, 0, 0, 30]


def test_bytes_since_the_last_push():
    flags = (ACK, ACK | PSH, ACK | PSH, ACK, ACK)
    findings = conversation(*[(0, 101 + 10 * number, 501, each, 10) for number, each in enumerate(flags)])
    assert [finding.push_bytes_sent for finding in findings] == [10, 20, 10, 10, 20]


def test_without_acks_only_so_many_segments_are_remembered():
    plan = [(0, 101 + number, 501, ACK, 1) for number in range(MOST_UNACKED + 5)]
    last = conversation(*plan)[-1]
    assert last.bytes_in_flight == MOST_UNACKED
    assert last.marks == told.PRESENT


@pytest.mark.parametrize("far", [0, 1 << 30, 1 << 31, (1 << 32) - 500])
def test_numbers_wrap(far):
    base = (1 << 32) - 60
    plan = [(0, base + 1, 1, ACK, 40), (0, base + 41 & 0xFFFFFFFF, 1, ACK, 40), (1, 1, base + 81 & 0xFFFFFFFF, ACK, 0)]
    begin = [(0, base, 0, SYN, 0), (1, 0xFFFFFFFF & far, base + 1, SYN | ACK, 0)]
    first, second, answer = conversation(*plan, begin=begin)
    assert (first.bytes_in_flight, second.bytes_in_flight) == (40, 80)
    assert answer.acks_frame == 4


def test_a_fin_is_not_a_byte_in_flight():
    (last,) = conversation((0, 101, 501, ACK | FIN, 10))
    assert last.bytes_in_flight == 10


def test_a_reset_is_never_a_keep_alive_nor_a_gap():
    assert kinds(conversation((0, 100, 501, RST | ACK, 0), (0, 900, 501, RST, 0))) == [0, 0]

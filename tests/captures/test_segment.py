"""The flag bits are those of the TCP header."""

from captures.segment import ACK, FIN, PSH, RST, SYN, URG, Segment


def test_flag_bits_have_their_places_in_the_header():
    """RFC 9293 3.1, from the right: FIN, SYN, RST, PSH, ACK, URG."""
    assert [1 << bit for bit in range(6)] == [FIN, SYN, RST, PSH, ACK, URG]


def test_a_segment_is_a_row():
    row = (0, 1, 2, ACK, 4, b"data", 4, 7, 8)
    segment = Segment._make(row)
    assert (segment.sequence, segment.data, segment.length, segment.packet) == (1, b"data", 4, 7)
    assert tuple(segment) == row

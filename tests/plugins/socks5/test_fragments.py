"""RFC 1928 section 7."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_socks5.fragments import LAST, MAX_WHOLE, REASSEMBLY_NS, Reassembly


def added(*fragments, now_ns=0):
    queue = Reassembly()
    return [queue.add(number, data, now_ns) for number, data in fragments]


def test_a_sequence_is_whole_with_its_last_fragment():
    assert added((1, b"a"), (2, b"b"), (3 | LAST, b"c")) == [None, None, b"abc"]
    assert added((1 | LAST, b"alone")) == [b"alone"]


def test_a_lower_or_equal_number_begins_again():
    assert added((1, b"old"), (2, b"old"), (1, b"new "), (2 | LAST, b"one")) == [None, None, None, b"new one"]


def test_a_hole_makes_it_worthless():
    assert added((1, b"a"), (3 | LAST, b"c")) == [None, None]
    assert added((2, b"b"), (3 | LAST, b"c")) == [None, None]


def test_the_timer():
    queue = Reassembly()
    queue.add(1, b"a", 0)
    assert not queue.expired(REASSEMBLY_NS)
    assert queue.expired(REASSEMBLY_NS + 1)
    assert queue.add(2 | LAST, b"b", REASSEMBLY_NS + 1) is None
    assert REASSEMBLY_NS >= 5_000_000_000


def test_nothing_longer_than_a_datagram_is_collected():
    assert added((1, bytes(MAX_WHOLE)), (2 | LAST, b"x")) == [None, None]


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=127))
def test_pieces_in_order_are_the_whole(pieces):
    numbered = [(number | (LAST if number == len(pieces) else 0), piece) for number, piece in enumerate(pieces, 1)]
    assert added(*numbered)[-1] == b"".join(pieces)

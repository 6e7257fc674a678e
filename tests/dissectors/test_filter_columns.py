import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dissectors.field_intervals import Intervals
from dissectors.filter_columns import Block, Slot, addressed, inside, layered, narrowed
from support.filter_capture import frames, opened

NUMBERS = st.lists(st.integers(0, 255), min_size=1, max_size=20)


@given(NUMBERS, st.lists(st.tuples(st.integers(-300, 300), st.integers(0, 40)), max_size=4))
def test_inside_is_what_single_values_say(numbers, spans):
    lows, highs, end = [], [], -400
    for low, size in sorted(spans):
        if low > end + 1:
            lows, highs, end = [*lows, low], [*highs, low + size], low + size
    wanted = Intervals(0, tuple(lows), tuple(highs))
    slot = Slot(np.ones(len(numbers), np.bool_), np.array(numbers, np.uint8), 255)
    assert inside(slot, wanted).tolist() == [wanted.holds(number) for number in numbers]


def test_blocks_and_their_parts(tmp_path):
    with opened(tmp_path) as capture:
        block = Block(capture, 2, 6)
        assert len(block) == 4
        assert block.rows.tolist() == [2, 3, 4, 5]
        part = block.only(np.array([False, True, False, True]))
        assert part.rows.tolist() == [3, 5]
        assert part.column("original_length").tolist() == capture.index.original_length[[3, 5]].tolist()
        assert part.only(np.array([False, True])).rows.tolist() == [5]


def test_odd_packets_may_have_anything(tmp_path):
    with opened(tmp_path) as capture:
        block = Block(capture, 0, len(frames()))
        assert np.flatnonzero(layered(block)).tolist() == [len(frames()) - 1]
        assert narrowed(("udp.length",), block)[-1]
        assert not narrowed(("udp.length",), block)[0]
        assert narrowed(("gre.key",), block).all()


def test_addresses_have_a_version(tmp_path):
    with opened(tmp_path) as capture:
        block = Block(capture, 0, len(frames()))
        everything = Intervals(4, (0,), ((1 << 32) - 1,))
        assert (addressed(block, "ip.src", everything) == (block.column("ip_version") == 4)).all()
        assert not addressed(block, "ipv6.src", everything).any()
        assert (addressed(block, "ipv6.dst", Intervals(6, (0,), ((1 << 128) - 1,))) == (block.column("ip_version") == 6)).all()

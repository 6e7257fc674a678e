from captures import marks


def test_flags_are_single_and_different_bits_of_the_column():
    names = ("COMMENTED", "TIMELESS", "TRUNCATED", "FRAGMENT", "ASSEMBLED", "LAYERED", "BROKEN")
    bits = [getattr(marks, name) for name in names]
    assert all(bit & (bit - 1) == 0 and 0 < bit < 1 << 16 for bit in bits)
    assert len(set(bits)) == len(bits)


def test_link_types_are_those_of_the_registry():
    assert (marks.LINK_NULL, marks.LINK_ETHERNET, marks.LINK_LOOP, marks.LINK_SLL, marks.LINK_SLL2) == (0, 1, 108, 113, 276)
    assert {101, 228, 229, 12} <= marks.LINK_RAW

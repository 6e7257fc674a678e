"""Packet numbers: the example of RFC 9000 A.3, and every number near the expected one comes back."""

from hypothesis import given
from hypothesis import strategies as st

from workbench_quic.numbers import LARGEST, whole_number


def test_the_example_of_the_rfc():
    assert whole_number(0x9B32, 2, 0xA82F30EA) == 0xA82F9B32


def test_the_first_number_of_a_space():
    assert [whole_number(number, 1, -1) for number in (0, 1, 127, 128, 255)] == [0, 1, 127, 128, 255]


@given(st.integers(-1, LARGEST - 1), st.integers(1, 4), st.data())
def test_a_number_within_half_a_window_of_the_expected_one_comes_back(largest, size, data):
    half = 1 << (8 * size - 1)
    number = data.draw(st.integers(max(0, largest + 2 - half), min(LARGEST, largest + half)))
    assert whole_number(number & ((1 << 8 * size) - 1), size, largest) == number


@given(st.integers(0, 0xFFFFFFFF), st.integers(1, 4), st.integers(-1, LARGEST))
def test_it_is_never_out_of_range(truncated, size, largest):
    assert 0 <= whole_number(truncated & ((1 << 8 * size) - 1), size, largest) <= LARGEST

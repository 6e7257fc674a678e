import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_websocket.masking import masked


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_every_byte_meets_its_byte_of_the_key(data, key):
    assert masked(data, key) == bytes(byte ^ key[index % 4] for index, byte in enumerate(data))


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_twice_is_not_at_all(data, key):
    assert masked(masked(data, key), key) == data


def test_the_library_that_the_fast_lane_prefers_says_the_same():
    speedups = pytest.importorskip("websockets.speedups")
    data, key = bytes(range(251)), b"\1\2\3\4"
    assert speedups.apply_mask(data, key) == masked(data, key)

import pytest

from fuzzers.targets.heap import held

pytestmark = pytest.mark.skipif(held() == 0, reason="this C library cannot say")


@pytest.mark.parametrize("size", [4096, 65_536, 1 << 20, 64 << 20])
def test_large_blocks_are_seen_when_they_come_and_when_they_go(size):
    before = held()
    block = bytearray(size)
    assert size <= held() - before < size + 8192
    del block
    assert abs(held() - before) < 4096

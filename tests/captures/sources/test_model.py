import pytest

from captures.pcapng_building import packet_block
from captures.sources.model import Batch, cut


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_a_cut_keeps_packets_and_their_lengths_together(count):
    lengths = [10, 200, 3000]
    batch = Batch([packet_block(0, 0, b"x", length) for length in lengths], sum(lengths))
    first, rest = cut(batch, count)
    assert first.records + rest.records == batch.records
    assert (first.wire_bytes, rest.wire_bytes) == (sum(lengths[:count]), sum(lengths[count:]))

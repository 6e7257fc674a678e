import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.export.spool import Spool


@given(st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=30))))
def test_texts_come_back_by_packet_in_their_order(texts):
    with Spool() as spool:
        for packet, text in texts:
            spool.add(packet, text)
        for packet in range(22):
            assert spool.of(packet) == [text for number, text in texts if number == packet]
        assert list(spool.all()) == [text for _, text in sorted(texts, key=lambda pair: pair[0])]


def test_the_file_is_gone_afterwards():
    with Spool() as spool:
        spool.add(1, b"text")
    with pytest.raises(ValueError):
        spool.of(1)

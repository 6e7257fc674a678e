"""Blocks on the fast lane: tables, integers and what ends it."""

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from workbench_http2.header_table import HeaderTable
from workbench_http2.hpack import unpack
from workbench_http2.skim_blocks import BlockSkimmer, Unusual, is_clean_request

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=200).map(str.encode)
LISTS = st.lists(st.lists(st.tuples(TEXT.filter(bool), TEXT), min_size=1, max_size=6), max_size=30)


@given(LISTS, st.booleans())
def test_the_same_lines_as_the_decoder(lists, huffman):
    encoder, table, skimmer = Encoder(), HeaderTable(), BlockSkimmer()
    for headers in lists:
        wire = encoder.encode(headers, huffman=huffman)
        block = skimmer.read(wire, 0, len(wire))
        expected = unpack(wire, table, 4096)
        assert list(zip(block.shape.names, block.values, strict=True)) == headers
        assert (block.size, f'"http2.header.length":{expected.octets},') == (expected.size, block.text.partition(",")[0] + ",")


@pytest.mark.parametrize(
    "wire", ["80", "be", "20", "ff", "ffffffffff00", "0f", "4005", "418118", "40016101", "0001610120", "000161010a", ""]
)
def test_what_ends_the_fast_lane(wire):
    data = bytes.fromhex(wire)
    with pytest.raises(Unusual):
        BlockSkimmer().read(data, 0, len(data))


def test_many_different_long_blocks_end_the_fast_lane():
    skimmer = BlockSkimmer()
    wires = [bytes.fromhex("ad" * number + "b6" + "ad" * (999 - number)) for number in range(66)]
    for wire in wires[:65]:
        skimmer.read(wire, 0, len(wire))
    with pytest.raises(Unusual):
        skimmer.read(wires[65], 0, len(wires[65]))


def test_values_are_judged_each_time():
    skimmer = BlockSkimmer()
    good = bytes.fromhex("8286") + b"\x04\x01/" + b"\x01\x01h"
    bad = bytes.fromhex("8286") + b"\x04\x01x" + b"\x01\x01h"
    assert is_clean_request(skimmer.read(good, 0, len(good)))
    assert not is_clean_request(skimmer.read(bad, 0, len(bad)))

"""Integers and strings of QPACK: the examples of RFC 7541 appendix C.1, both ways, short input, and what must be refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.qpack_literals import LARGEST, BrokenError, Reader, ShortError, integer, text


@pytest.mark.parametrize(("data", "bits", "value"), [("0a", 5, 10), ("1f9a0a", 5, 1337), ("2a", 8, 42)])
def test_rfc_7541_c_1(data, bits, value):
    raw = bytes.fromhex(data)
    reader = Reader(raw)
    assert (reader.integer(bits), reader.at) == (value, len(raw))
    assert integer(value, bits) == raw


@given(st.integers(0, LARGEST), st.integers(3, 8))
def test_integers_both_ways(value, bits):
    raw = integer(value, bits)
    reader = Reader(raw)
    assert (reader.integer(bits), reader.at, reader.canonical) == (value, len(raw), True)


@pytest.mark.parametrize("data", ["1f8000", "1f808000", "1f9a8a00"])
def test_integers_that_are_longer_than_they_need_be(data):
    reader = Reader(bytes.fromhex(data))
    reader.integer(5)
    assert not reader.canonical


@pytest.mark.parametrize("data", ["1fffffffffffffffffff7f", "1f80808080808080808080808000"])
def test_integers_beyond_62_bits_are_refused(data):
    with pytest.raises(BrokenError, match="62 bits") as broken:
        Reader(bytes.fromhex(data)).integer(5)
    assert broken.value.section == "RFC 9204 4.1.1"


@given(st.binary(max_size=200), st.sampled_from((3, 5, 7)), st.booleans())
def test_strings_both_ways(content, bits, huffman):
    raw = text(content, bits, huffman=huffman)
    found, place = Reader(raw).text("name", bits)
    assert (found, place.huffman, place.at, place.end) == (content, huffman, 0, len(raw))
    assert place.bit == 7 - bits


def test_a_string_that_the_code_cannot_give():
    with pytest.raises(BrokenError, match="a value that the Huffman code cannot give") as broken:
        Reader(b"\x81\x00").text("value", 7)
    assert broken.value.section == "RFC 7541 5.2"


@given(st.integers(1, 300).map(lambda size: text(bytes(size), 7)), st.data())
def test_short_input_says_how_much_is_needed(raw, data):
    cut = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(ShortError) as short:
        Reader(raw[:cut]).text("value", 7)
    assert cut < short.value.needed <= len(raw)


def test_strings_longer_than_is_wanted():
    with pytest.raises(BrokenError, match="100 bytes, where 99"):
        Reader(text(bytes(100), 7)).text("value", 7, 99)


def test_negative_numbers_cannot_be_packed():
    with pytest.raises(ValueError, match="-1"):
        integer(-1, 5)

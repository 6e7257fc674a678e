"""The Huffman code: both ways, against another implementation's table, and what a decoder must refuse (RFC 7541 5.2)."""

import pytest
from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH
from hypothesis import given
from hypothesis import strategies as st

from workbench_http2 import huffman
from workbench_http2.huffman import HuffmanError, huffman_decode, huffman_encode


def test_the_lengths_give_the_codes_of_appendix_b():
    assert list(huffman._codes()) == list(zip(REQUEST_CODES, REQUEST_CODES_LENGTH, strict=True))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"www.example.com", "f1e3c2e5f23a6ba0ab90f4ff"),
        (b"no-cache", "a8eb10649cbf"),
        (b"custom-key", "25a849e95ba97d7f"),
        (b"custom-value", "25a849e95bb8e8b4bf"),
        (b"Mon, 21 Oct 2013 20:13:21 GMT", "d07abe941054d444a8200595040b8166e082a62d1bff"),
    ],
)
def test_strings_of_rfc_7541_c_4_and_c_6(text, code):
    assert huffman_encode(text).hex() == code
    assert huffman_decode(bytes.fromhex(code)) == text


@given(st.binary(max_size=300))
def test_there_and_back(data):
    assert huffman_decode(huffman_encode(data)) == data


@given(st.binary(max_size=60))
def test_what_decodes_is_the_only_code_of_its_string(data):
    try:
        text = huffman_decode(data)
    except HuffmanError:
        return
    assert huffman_encode(text) == data


@pytest.mark.parametrize(
    ("code", "why"),
    [("ffffffff", "end-of-string"), ("ff", "more than 7 bits"), ("18", "not all ones"), ("1fff", "more than 7 bits")],
)
def test_what_is_refused(code, why):
    with pytest.raises(HuffmanError, match=why):
        huffman_decode(bytes.fromhex(code))


def test_long_strings_are_not_remembered():
    before = huffman._remembered.cache_info().currsize
    assert huffman_decode(huffman_encode(b"long" * 1000)) == b"long" * 1000
    assert huffman._remembered.cache_info().currsize == before

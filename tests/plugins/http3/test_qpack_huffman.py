"""The Huffman code: the examples of RFC 7541 appendix C, both ways, as the library decodes, and what it cannot give."""

import pytest
from hpack.exceptions import HPACKDecodingError
from hpack.huffman_table import decode_huffman
from hypothesis import given
from hypothesis import strategies as st

from workbench_http3.qpack_huffman import HuffmanError, huffman_decode, huffman_encode


@pytest.mark.parametrize(
    ("coded", "plain"),
    [
        ("f1e3c2e5f23a6ba0ab90f4ff", b"www.example.com"),
        ("a8eb10649cbf", b"no-cache"),
        ("25a849e95ba97d7f", b"custom-key"),
        ("25a849e95bb8e8b4bf", b"custom-value"),
        ("6402", b"302"),
        ("aec3771a4b", b"private"),
        ("", b""),
    ],
)
def test_rfc_7541_appendix_c(coded, plain):
    assert huffman_decode(bytes.fromhex(coded)) == plain
    assert huffman_encode(plain).hex() == coded


@given(st.binary(max_size=400))
def test_both_ways(content):
    assert huffman_decode(huffman_encode(content)) == content


@given(st.binary(max_size=40))
def test_as_the_library_decodes(coded):
    try:
        expected = decode_huffman(coded)
    except HPACKDecodingError:
        with pytest.raises(HuffmanError):
            huffman_decode(coded)
    else:
        assert huffman_decode(coded) == expected


@pytest.mark.parametrize(
    "coded", ["00", "ff", "fffffffc", "1fff"], ids=["zeros", "padding of 8 bits", "EOS", "padding after a symbol"]
)
def test_what_the_code_cannot_give(coded):
    with pytest.raises(HuffmanError):
        huffman_decode(bytes.fromhex(coded))

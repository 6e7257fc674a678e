"""The two things that QPACK is made of: integers behind a prefix and string literals (RFC 9204 4.1), read with their places and written."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

__all__ = ["BrokenError", "Reader", "ShortError", "Text", "huffman_decode", "huffman_encode", "integer", "text"]

LARGEST = (1 << 62) - 1
"""Integers beyond are errors: an implementation must decode those of 62 bits and may refuse more (RFC 9204 4.1.1)."""

_MOST_SHIFT = 63
"""Bits behind which an integer that goes on can only say zeros or too much."""

_MOST_REMEMBERED = 16_384
"""Decoded strings remembered: most fields of a connection say the same again and again."""

_LONGEST_REMEMBERED = 128
"""Bytes of those: longer ones seldom come twice, and all of them together must stay small."""


class BrokenError(Exception):
    """These bytes cannot be QPACK, whatever follows them."""

    def __init__(self, text: str, section: str) -> None:
        super().__init__(text)
        self.section = section


class ShortError(Exception):
    """The bytes end too early; `needed` of them would let a reader come further."""

    def __init__(self, text: str, needed: int) -> None:
        super().__init__(text)
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal: `[at, start)` is its length, `[start, end)` its octets, Huffman-coded or not; `bit` is the place of that flag."""

    at: int
    start: int
    end: int
    huffman: bool
    bit: int


class Reader:
    """A place in some bytes. `canonical` as long as all integers were as short as they can be: writing them gives the same bytes then."""

    __slots__ = ("at", "canonical", "data")

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data = data
        self.at = at
        self.canonical = True

    def integer(self, bits: int) -> int:
        """An integer that begins in the lowest `bits` of the next byte (RFC 9204 4.1.1)."""
        data, at = self.data, self.at
        if at >= len(data):
            raise ShortError("an integer", at + 1)
        most = (1 << bits) - 1
        value = data[at] & most
        at += 1
        if value == most:
            shift = 0
            while True:
                if at >= len(data):
                    raise ShortError("an integer", at + 1)
                byte = data[at]
                at += 1
                value += (byte & 0x7F) << shift
                shift += 7
                if value > LARGEST or shift > _MOST_SHIFT:
                    raise BrokenError("an integer of more than 62 bits", "RFC 9204 4.1.1")
                if byte < 0x80:
                    self.canonical = self.canonical and (byte > 0 or shift == 7)
                    break
        self.at = at
        return value

    def text(self, what: str, bits: int, longest: int = LARGEST) -> tuple[bytes, Text]:
        """A string literal whose length begins in the lowest `bits`, with the Huffman flag above them (RFC 9204 4.1.2)."""
        at = self.at
        data = self.data
        if at >= len(data):
            raise ShortError(f"a {what}", at + 1)
        huffman = bool(data[at] >> bits & 1)
        size = self.integer(bits)
        start, end = self.at, self.at + size
        if size > longest:
            raise BrokenError(f"a {what} of {size} bytes, where {longest} are the most", "RFC 9204 4.1.2")
        if end > len(data):
            raise ShortError(f"a {what} of {size} bytes where {len(data) - start} are left", end)
        self.at = end
        content = data[start:end]
        if huffman:
            content = huffman_decode(content)
        return content, Text(at, start, end, huffman, 8 * at + 7 - bits)


@cache
def _decoder() -> Any:
    """The library's decoder and its complaint: loaded with the first string that needs them."""
    from hpack.exceptions import HPACKDecodingError
    from hpack.huffman_table import decode_huffman

    return decode_huffman, HPACKDecodingError


@cache
def _encoder() -> Any:
    from hpack.huffman import HuffmanEncoder
    from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

    return HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode


def _decode(data: bytes) -> bytes:
    decode, complaint = _decoder()
    try:
        content: bytes = decode(data)
    except complaint:
        raise BrokenError("a string that the Huffman code cannot give", "RFC 7541 5.2") from None
    return content


_remembered = lru_cache(_MOST_REMEMBERED)(_decode)


def huffman_decode(data: bytes) -> bytes:
    """The string that `data` stands for (RFC 7541 5.2 and appendix B). Raises `BrokenError` for what the code cannot give."""
    return _remembered(data) if len(data) <= _LONGEST_REMEMBERED else _decode(data)


def huffman_encode(data: bytes) -> bytes:
    """The shortest code for `data`, padded with ones."""
    coded: bytes = _encoder()(data)
    return coded


def integer(value: int, bits: int, first: int = 0) -> bytes:
    """The shortest form of an integer behind the pattern `first`. Raises ValueError for a negative one."""
    if value < 0:
        raise ValueError(f"{value} cannot be packed")
    most = (1 << bits) - 1
    if value < most:
        return bytes((first | value,))
    out = bytearray((first | most,))
    value -= most
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def text(content: bytes, bits: int, first: int = 0, *, huffman: bool = False) -> bytes:
    """A string literal behind the pattern `first`, whose Huffman flag is set where it is asked for."""
    coded = huffman_encode(content) if huffman else content
    return integer(len(coded), bits, first | huffman << bits) + coded

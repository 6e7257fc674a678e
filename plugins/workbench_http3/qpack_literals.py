"""The two things that QPACK is made of: integers behind a prefix and string literals (RFC 9204 4.1), read with their places and written."""

from dataclasses import dataclass

from workbench_http3.qpack_huffman import HuffmanError, huffman_decode, huffman_encode

__all__ = ["BrokenError", "Reader", "ShortError", "Text", "huffman_encode", "integer", "text"]

LARGEST = (1 << 62) - 1
"""Integers beyond are errors: an implementation must decode those of 62 bits and may refuse more (RFC 9204 4.1.1)."""

_MOST_SHIFT = 63
"""Bits behind which an integer that goes on can only say zeros or too much."""


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
            try:
                content = huffman_decode(content)
            except HuffmanError as error:
                raise BrokenError(f"a {what} that the Huffman code cannot give: {error}", "RFC 7541 5.2") from None
        return content, Text(at, start, end, huffman, 8 * at + 7 - bits)


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

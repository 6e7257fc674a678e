"""The Huffman code of HPACK (RFC 7541 5.2 and appendix B), both ways.

The code is canonical: symbols of one length have consecutive codes in the order of their values, and longer codes follow shorter ones. So
the lengths say everything. The decoder's table grows with the bytes it meets: text needs a small part of it.
"""

from functools import cache, lru_cache

__all__ = ["HuffmanError", "huffman_decode", "huffman_encode"]

_EOS = 256

# fmt: off
_LENGTHS = (
    13, 23, *[28] * 7, 24, 30, 28, 28, 30, *[28] * 8, 30, *[28] * 9,  # 0 to 31: control characters
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,  # 32 to 63
    13, 6, *[7] * 22, 8, 7, 8, 13, 19, 13, 14, 6,  # 64 to 95
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,  # 96 to 127
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,  # the end-of-string symbol
)
# fmt: on
"""Bits of each symbol's code, 0 to 255 and EOS."""

_MOST_REMEMBERED = 16_384
"""Decoded strings remembered: most headers of a connection say the same again and again."""

_LONGEST_REMEMBERED = 128
"""Bytes of those: longer ones seldom come twice, and all of them together must stay small."""


class HuffmanError(ValueError):
    """These bytes are not what the code can give."""


@cache
def _codes() -> tuple[tuple[int, int], ...]:
    """(code, bits) of each symbol."""
    codes = [(0, 0)] * len(_LENGTHS)
    code = previous = 0
    for bits, symbol in sorted((bits, symbol) for symbol, bits in enumerate(_LENGTHS)):
        code <<= bits - previous
        codes[symbol] = code, bits
        code, previous = code + 1, bits
    return tuple(codes)


@cache
def _symbols() -> dict[tuple[int, int], int]:
    return {pair: symbol for symbol, pair in enumerate(_codes())}


class _Row:
    """What each next byte means behind `bits` bits (`code`) of an unfinished symbol: the row behind it, and what it completed.

    `steps` is filled as bytes are met.
    """

    __slots__ = ("bits", "code", "steps")

    def __init__(self, code: int, bits: int) -> None:
        self.code = code
        self.bits = bits
        self.steps: list[tuple[_Row, bytes] | None] = [None] * 256

    def step(self, byte: int) -> tuple["_Row", bytes]:
        """Find out about a byte that was not met here before."""
        code, bits, out = self.code, self.bits, bytearray()
        symbols = _symbols()
        for shift in range(7, -1, -1):
            code, bits = code << 1 | byte >> shift & 1, bits + 1
            symbol = symbols.get((code, bits))
            if symbol == _EOS:
                raise HuffmanError("the end-of-string symbol in a string")
            if symbol is not None:
                out.append(symbol)
                code = bits = 0
        step = self.steps[byte] = _row(code, bits), bytes(out)
        return step


@cache
def _row(code: int, bits: int) -> _Row:
    return _Row(code, bits)


def huffman_decode(data: bytes) -> bytes:
    """The string that `data` stands for. Raises `HuffmanError` for EOS in it, and for padding that is not the beginning of EOS or longer
    than 7 bits (RFC 7541 5.2)."""
    return _remembered(data) if len(data) <= _LONGEST_REMEMBERED else _decode(data)


def _decode(data: bytes) -> bytes:
    row = _row(0, 0)
    out = []
    for byte in data:
        row, symbols = row.steps[byte] or row.step(byte)
        out.append(symbols)
    if row.bits > 7:
        raise HuffmanError("padding of more than 7 bits")
    if row.code != (1 << row.bits) - 1:
        raise HuffmanError("padding that is not all ones")
    return b"".join(out)


_remembered = lru_cache(_MOST_REMEMBERED)(_decode)


def huffman_encode(data: bytes) -> bytes:
    """The shortest code for `data`, padded with ones."""
    codes = _codes()
    out = bytearray()
    pending = size = 0
    for byte in data:
        code, bits = codes[byte]
        pending, size = pending << bits | code, size + bits
        whole = size >> 3
        if whole:
            size -= whole << 3
            out += (pending >> size).to_bytes(whole, "big")
            pending &= (1 << size) - 1
    if size:
        out.append((pending << 8 - size | (1 << 8 - size) - 1) & 0xFF)
    return bytes(out)

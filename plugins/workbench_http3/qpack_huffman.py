"""The Huffman code of HPACK, which QPACK uses as well (RFC 9204 4.1.2, RFC 7541 5.2 and appendix B), both ways.

The code is the hpack library's. Its table takes four bits at a time; ours takes a byte, and grows with the bytes that it meets: text needs
a small part of it.
"""

from functools import cache, lru_cache
from typing import Any

__all__ = ["HuffmanError", "huffman_decode", "huffman_encode"]

_MOST_REMEMBERED = 16_384
"""Decoded strings remembered: most fields of a connection say the same again and again."""

_LONGEST_REMEMBERED = 128
"""Bytes of those: longer ones seldom come twice, and all of them together must stay small."""

_COMPLETE, _EMIT, _FAIL = 1, 2, 4
"""Flags of the library's table: a string may end here, a symbol is complete, no code begins like this."""

_Step = tuple[int, bytes, bool]
"""The state behind a byte, the symbols that it completed, and whether a string may end there."""


class HuffmanError(ValueError):
    """These bytes are not what the code can give."""


@cache
def _nibbles() -> list[tuple[int, int, int]]:
    """(next state, flags, symbol) by state and four bits; loaded with the first string that needs it."""
    from hpack.huffman_table import HUFFMAN_TABLE

    table: list[tuple[int, int, int]] = HUFFMAN_TABLE
    return table


_STATES = 256

_steps: list[list[_Step | None]] = [[None] * 256 for _ in range(_STATES)]
"""By state and byte; None where that was not met yet."""


def _step(state: int, byte: int) -> _Step:
    """Find out about a byte that was not met in that state before."""
    table = _nibbles()
    symbols = bytearray()
    behind, flags = state, 0
    for nibble in (byte >> 4, byte & 0x0F):
        behind, flags, symbol = table[behind * 16 + nibble]
        if flags & _FAIL:
            raise HuffmanError("bits that are no symbol's code")
        if flags & _EMIT:
            symbols.append(symbol)
    found = _steps[state][byte] = behind, bytes(symbols), bool(flags & _COMPLETE)
    return found


def _decode(data: bytes) -> bytes:
    steps = _steps
    state, complete = 0, True
    out = []
    for byte in data:
        state, symbols, complete = steps[state][byte] or _step(state, byte)
        out.append(symbols)
    if not complete:
        raise HuffmanError("an end within a symbol, or padding that is too long")
    return b"".join(out)


_remembered = lru_cache(_MOST_REMEMBERED)(_decode)


def huffman_decode(data: bytes) -> bytes:
    """The string that `data` stands for. Raises `HuffmanError` for what the code cannot give."""
    return _remembered(data) if len(data) <= _LONGEST_REMEMBERED else _decode(data)


@cache
def _encoder() -> Any:
    from hpack.huffman import HuffmanEncoder
    from hpack.huffman_constants import REQUEST_CODES, REQUEST_CODES_LENGTH

    return HuffmanEncoder(REQUEST_CODES, REQUEST_CODES_LENGTH).encode


def huffman_encode(data: bytes) -> bytes:
    """The shortest code for `data`, padded with ones."""
    coded: bytes = _encoder()(data)
    return coded

"""Changes that know nothing of the protocol but its dictionary: flips, interesting numbers, cut, doubled and foreign runs of bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from fuzzers.escape import shown
from fuzzers.model import Mutation

__all__ = ["INTERESTING", "MAX_MESSAGE", "havoc"]

T = TypeVar("T")

INTERESTING = (0, 1, 2, 3, 4, 7, 8, 10, 13, 16, 32, 64, 100, 127, 128, 255)
"""Bytes at which programs change their mind: limits of types and buffers, line ends."""
_WIDE = tuple(
    sorted(
        {
            n & (1 << bits) - 1
            for bits in (16, 32, 64)
            for n in (-1, -2, 0, 1, 1 << bits - 1, (1 << bits - 1) - 1, (1 << bits) - 1)
        }
    )
)
MAX_MESSAGE = 64 * 1024
"""Bytes that a mutated message may have: beyond every buffer size in fashion, small enough to be sent thousands of times a second."""
MAX_BLOCK = 32
"""Bytes that one small change moves, doubles or drops."""
MAX_STACK_BITS = 4
"""A havoc makes 1, 2, 4, 8 or 16 changes: one is precise, many leave the beaten paths."""
OVERFLOWS = (255, 256, 1024, 4096, 65_000)
"""Lengths of long runs: one below and above what a length byte, a page, or a 16-bit length holds."""


@dataclass(frozen=True, slots=True)
class Draw:
    """What edits draw from."""

    random: Random
    tokens: Sequence[bytes]


Edit = tuple[int, int, bytes]
"""Start, end and what replaces the bytes between."""


def havoc(data: bytes, random: Random, tokens: Sequence[bytes], message: int) -> tuple[bytes, list[Mutation]]:
    """A few random edits of `data`; gives the result and what was done. Empty data grows."""
    draw = Draw(random, tokens)
    mutations = []
    for _ in range(1 << _below(MAX_STACK_BITS + 1, random)):
        name, edit = _EDITS[_below(len(_EDITS), random)]
        start, end, new = edit(data, draw)
        old = data[start:end]
        if new == old or len(data) - len(old) + len(new) > MAX_MESSAGE:
            continue
        mutations.append(Mutation(f"bytes.{name}", message, f"[{start}:{end}]", shown(old), shown(new)))
        data = data[:start] + new + data[end:]
    return data, mutations


def _below(limit: int, random: Random) -> int:
    """A number from 0 to `limit` - 1. A fifth of the price of `randrange`, which sees to a bias that nobody sees in small numbers."""
    return int(random.random() * limit)


def _place(data: bytes, draw: Draw) -> int:
    return int(draw.random.random() * len(data))


def _run(data: bytes, draw: Draw) -> tuple[int, int]:
    start = _place(data, draw)
    return start, min(len(data), start + 1 + _below(MAX_BLOCK, draw.random))


def _one(choices: Sequence[T], draw: Draw) -> T:
    return choices[int(draw.random.random() * len(choices))]


def _flip(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    return at, at + 1, bytes(byte ^ 1 << _below(8, draw.random) for byte in data[at : at + 1])


def _interesting(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    return at, min(at + 1, len(data)), bytes([_one(INTERESTING, draw)])


def _wide(data: bytes, draw: Draw) -> Edit:
    width = _one((2, 4, 8), draw)
    at = _place(data, draw)
    number = _one(_WIDE, draw) & (1 << 8 * width) - 1
    return at, min(at + width, len(data)), number.to_bytes(width, "big" if draw.random.random() < 0.7 else "little")


def _add(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    return at, at + 1, bytes(byte + _below(71, draw.random) - 35 & 0xFF for byte in data[at : at + 1])


def _random_byte(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    return at, min(at + 1, len(data)), bytes((_below(256, draw.random),))


def _delete(data: bytes, draw: Draw) -> Edit:
    start, end = _run(data, draw)
    return start, end, b""


def _truncate(data: bytes, draw: Draw) -> Edit:
    return _place(data, draw), len(data), b""


def _double(data: bytes, draw: Draw) -> Edit:
    start, end = _run(data, draw)
    return start, start, data[start:end]


def _copy(data: bytes, draw: Draw) -> Edit:
    start, end = _run(data, draw)
    to = _place(data, draw)
    return to, min(len(data), to + end - start), data[start:end]


def _fill(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    length = _one(OVERFLOWS, draw) if draw.random.random() < 0.1 else 1 + _below(MAX_BLOCK, draw.random)
    return at, at, bytes([_one((0, 0x41, 0xFF, _below(256, draw.random)), draw)]) * length


def _token(data: bytes, draw: Draw) -> Edit:
    at = _place(data, draw)
    token = _one(draw.tokens, draw) if draw.tokens else b"\x00"
    over = len(token) if draw.random.random() < 0.5 else 0
    return at, min(len(data), at + over), token


_EDITS: tuple[tuple[str, Callable[[bytes, Draw], Edit]], ...] = (
    ("flip", _flip),
    ("interesting", _interesting),
    ("number", _wide),
    ("add", _add),
    ("random", _random_byte),
    ("delete", _delete),
    ("truncate", _truncate),
    ("double", _double),
    ("copy", _copy),
    ("fill", _fill),
    ("token", _token),
)

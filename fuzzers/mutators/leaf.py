"""Other values for one leaf: the borders of its type, out-of-range enum numbers, longer, shorter and foreign strings."""

import math
from collections.abc import Sequence
from random import Random
from typing import Any

from fuzzers.mutators.bytewise import MAX_BLOCK, OVERFLOWS, havoc

__all__ = ["other_value"]

SMALL = 17
"""Numbers below this are tried for every integer: enumerations and counts live there."""
_FORMATS = ("%s%n", "../../..", "\x00", "\r\n", "é€𝄞", "' --", "A" * 300, " ", "-1", "0x7fffffff")
"""Texts that have broken many a program: format strings, path steps, terminators, bytes outside ASCII, long ones."""
_FLOATS = (0.0, -0.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324, -1.0)


def other_value(value: Any, bits: int, random: Random, tokens: Sequence[bytes]) -> tuple[str, Any]:
    """A different value of the same kind and the name of the change; `bits` is the width of the field (0 when not known)."""
    if isinstance(value, bool):
        return "flag", not value
    if hasattr(value, "intvalue"):  # a named number of construct's Enum
        return "enum", _number(int(value.intvalue), bits or 8, random)
    if isinstance(value, int):
        return "boundary", _number(int(value), bits, random)
    if isinstance(value, float):
        return "float", random.choice(_FLOATS)
    if isinstance(value, str):
        return _text(value, random, tokens)
    return _bytes(bytes(value), random, tokens)


def _number(value: int, bits: int, random: Random) -> int:
    width = bits or random.choice((8, 16, 32, 64))
    full = (1 << width) - 1
    half = 1 << (width - 1)
    pick = random.random()
    if pick < 0.35:
        new = random.choice((0, 1, half - 1, half, full, full - 1, half + 1, -1, -half))
    elif pick < 0.6:
        new = random.randrange(SMALL)
    elif pick < 0.75:
        new = value + random.choice((-1, 1, -2, 2, 16, -16))
    elif pick < 0.9:
        bit = 1 << random.randrange(width)  # one flag alone, or one more or less
        new = bit if random.random() < 0.5 else value ^ bit
    else:
        new = random.randrange(full + 1)
    if new == value:
        new = value + 1
    # most fields are unsigned; where one is not, building -1 from `full` fails and the number is patched in instead
    return new & full if bits and random.random() < 0.8 else new


def _bytes(value: bytes, random: Random, tokens: Sequence[bytes]) -> tuple[str, bytes]:
    pick = random.randrange(6)
    if pick == 0:
        return "grow", value + bytes([random.choice((0, 0x41, 0xFF))]) * random.randint(1, MAX_BLOCK)
    if pick == 1 and random.random() < 0.3:
        return "overflow", (value or b"A") * (random.choice(OVERFLOWS) // max(1, len(value)) + 1)
    if pick == 2 and value:
        return "shrink", value[: random.randrange(len(value))]
    if pick == 3 and tokens:
        token = random.choice(tokens)
        at = random.randrange(len(value) + 1)
        return "token", random.choice((token, value[:at] + token + value[at:]))
    if pick == 4:
        return "empty", b""
    return "havoc", havoc(value, random, tokens, 0)[0]


def _text(value: str, random: Random, tokens: Sequence[bytes]) -> tuple[str, str]:
    pick = random.randrange(6)
    if pick == 0:
        return "format", random.choice(_FORMATS)
    if pick == 1:
        return "grow", value + random.choice(_FORMATS)
    if pick == 2 and value:
        return "shrink", value[: random.randrange(len(value))]
    if pick == 3 and random.random() < 0.3:
        return "overflow", (value or "A") * (random.choice(OVERFLOWS) // max(1, len(value)) + 1)
    if pick == 4 and tokens:
        return "token", random.choice(tokens).decode("latin-1")
    return "havoc", havoc(value.encode("utf-8", "surrogateescape"), random, tokens, 0)[0].decode("utf-8", "replace")

"""Changes of fields in place: a field's bytes are written over by as many others; nothing moves, nothing is built.

These are the cheapest changes that know what a message is made of.
"""

from collections.abc import Sequence
from random import Random

from fuzzers.escape import shown
from fuzzers.model import Mutation
from workbench.api import Message

__all__ = ["Span", "overwrite", "spans_of"]

Span = tuple[int, int]
"""Where a field begins and ends in its message."""

MOST_SPANS = 4096
"""Fields of one message that are looked at."""
LONGEST = 64
"""Bytes of a longer field that one change writes over."""
_NUMBERS = 8
"""Fields of up to so many bytes are taken for numbers, too."""


def spans_of(message: Message) -> tuple[Span, ...]:
    """The fields of a message that have bytes of their own and no parts; those that share a byte count once."""
    found: dict[Span, None] = {}
    for _, node in message.root.walk():
        if not node.children and node.view == 0 and 0 <= node.start < node.end <= len(message.raw):
            found[node.start, node.end] = None
            if len(found) >= MOST_SPANS:
                break
    return tuple(found)


def overwrite(raw: bytes, spans: Sequence[Span], random: Random, message: int) -> tuple[bytes, list[Mutation]]:
    """One to four fields of `raw` written over in place; the result is as long as before."""
    data = bytearray(raw)
    mutations = []
    for _ in range(random.choice((1, 1, 2, 4))):
        start, end = spans[int(random.random() * len(spans))]
        old = bytes(data[start:end])
        kind, new = _other(old, data, spans, random)
        if new != old:
            data[start:end] = new
            mutations.append(Mutation(f"span.{kind}", message, f"[{start}:{end}]", shown(old), shown(new)))
    return bytes(data), mutations


def _other(old: bytes, data: bytearray, spans: Sequence[Span], random: Random) -> tuple[str, bytes]:
    """Other bytes for a field, as many."""
    size = len(old)
    pick = int(random.random() * 6)
    if size <= _NUMBERS and pick < 3:
        full = (1 << 8 * size) - 1
        number = int.from_bytes(old, "big")
        if pick == 0:
            number = random.choice((0, 1, full, full - 1, full >> 1, (full >> 1) + 1))
        elif pick == 1:
            number += random.choice((-16, -2, -1, 1, 2, 16))
        else:
            number ^= 1 << int(random.random() * 8 * size)
        return ("edge", "add", "bit")[pick], (number & full).to_bytes(size, "big")
    if pick < 4:
        start, end = spans[int(random.random() * len(spans))]
        other = bytes(data[start:end])
        return "copy", (other + old[len(other) :])[:size]
    at = int(random.random() * size)
    count = min(size - at, 1 + int(random.random() * LONGEST))
    new = random.randbytes(count) if pick == 4 else bytes((random.choice((0, 0x41, 0x7F, 0xFF)),)) * count
    return "random" if pick == 4 else "fill", old[:at] + new + old[at + count :]

"""Every value of every seed at every border of its type, once: what random changes would find late.

A walk through all leaves with the first border, then all with the second, and so on, so that the first hundreds of cases touch everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

from fuzzers.corpus import Entry
from fuzzers.model import Mutation
from fuzzers.mutators.change import Change, Grammar, bits_of, built_from, located, patched
from fuzzers.values import leaves, lists, replaced
from workbench.api import Message

__all__ = ["MAX_STEPS", "Step", "rendered", "steps"]

MAX_STEPS = 4096
"""Steps of one campaign: a large corpus from captures must not keep random changes waiting."""
LONG = 300
"""Length of long strings and arrays: more than a byte counts."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one message of the corpus."""

    entry: int
    piece: int
    change: Change


def steps(corpus: Sequence[Entry]) -> tuple[Step, ...]:
    """The walk over a corpus, in order; equal messages in several seeds are walked once."""
    columns = []
    seen = set()
    for number, entry in enumerate(corpus):
        for index, piece in enumerate(entry.pieces):
            if piece.message is not None and piece.message.value is not None and piece.raw not in seen:
                seen.add(piece.raw)
                columns += [[Step(number, index, change) for change in column] for column in _columns(piece.message)]
    walk = (step for row in zip_longest(*columns) for step in row if step is not None)
    return tuple(islice(walk, MAX_STEPS))


def _columns(message: Message) -> Iterator[list[Change]]:
    """For each leaf and array of a message the changes to try, the most telling first."""
    for path, value in leaves(message.value):
        others = _borders(value, bits_of(located(message.root, path)))
        yield [Change(kind, path, value, other) for kind, other in others if other != value]
    for path, items in lists(message.value):
        if items:
            kept = list(items)
            yield [
                Change("clear", path, kept, []),
                Change("repeat", path, kept, kept + kept[-1:] * LONG),
                Change("drop", path, kept, kept[1:]),
            ]


def _borders(value: Any, bits: int) -> list[tuple[str, Any]]:
    if isinstance(value, bool):
        return [("flag", not value)]
    if isinstance(value, int) or hasattr(value, "intvalue"):
        width = bits or 32
        full, half, number = (1 << width) - 1, 1 << (width - 1), int(value)
        kind = "enum" if hasattr(value, "intvalue") else "boundary"
        return [(kind, other) for other in dict.fromkeys((0, full, half, 1, number + 1, number - 1, half - 1, -1))]
    if isinstance(value, str):
        return [
            ("empty", ""),
            ("overflow", (value or "A") * LONG),
            ("format", "%s%n"),
            ("shrink", value[:-1]),
            ("nul", value + "\0"),
        ]
    if isinstance(value, bytes | bytearray):
        data = bytes(value)
        return [("empty", b""), ("overflow", (data or b"A") * LONG), ("shrink", data[:-1]), ("grow", data + b"\0")]
    return []


def rendered(message: Message, step: Step, grammar: Grammar) -> tuple[bytes, list[Mutation]]:
    """The message after a step: rebuilt, or patched where the protocol computes that value itself or cannot build it."""
    change = step.change
    built = built_from(grammar.spec, message, replaced(message.value, change.path, change.after))
    if built is not None and built != message.raw:
        return built, [change.told(step.piece, "rebuilt")]
    raw = patched(message, [change], None)
    if built is None and grammar.repair is not None:
        return grammar.repair(raw), [change.told(step.piece, "repaired")]
    return raw, [change.told(step.piece, "broken")]

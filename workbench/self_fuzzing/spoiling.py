"""How a conversation is spoilt: its bytes, the order and direction of what is said, where it is cut into pieces, and what gets lost.

Pure functions of a `Random`, so that a case is rebuilt from its number.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from fuzzers.mutators.bytewise import havoc
from workbench.api import Direction
from workbench.self_fuzzing.talks import Talk, Turn

__all__ = ["MOST_BYTES", "split", "spoilt"]

MOST_BYTES = 400_000
"""Bytes of one spoilt conversation: repeating doubles quickly."""

LOSING = 0.15
"""Share of the cases over streams in which bytes get lost, as in a capture that dropped packets."""

CHANGES = (1, 1, 1, 2, 3, 6)
"""How many changes a case gets: one is precise, many leave the beaten paths."""

LARGEST_LOSS = 33
"""Bits of the largest gap: more than a window, more than 32-bit sequence numbers count."""

SIZES = (1, 2, 3, 17, 100, 1460, 5000)
FINE = (1, 2, 3, 5)
FINE_BELOW = 3_000
"""Bytes of a piece that may be cut byte by byte."""


class _Draw(NamedTuple):
    """What changes draw from."""

    random: Random
    talks: Sequence[Talk]
    tokens: Sequence[bytes]


def spoilt(talk: Talk, talks: Sequence[Talk], tokens: Sequence[bytes], random: Random, *, losing: bool) -> list[Turn]:
    """The conversation after some changes; perhaps nothing is left of it. `losing`: bytes may be lost on the way."""
    draw = _Draw(random, talks, tokens)
    turns = [turn if losing else turn._replace(gap=0) for turn in talk.turns]
    for _ in range(random.choice(CHANGES)):
        if turns:
            turns = random.choice(_CHANGES)(turns, draw)
    if losing and random.random() < LOSING:
        turns = _lose(turns, draw)
    left = MOST_BYTES
    for place, turn in enumerate(turns):
        left -= len(turn.data)
        if left < 0:
            return turns[:place]
    return turns


def split(turns: Sequence[Turn], random: Random) -> list[Turn]:
    """The same bytes in other pieces."""
    pieces: list[Turn] = []
    sizes = random.choice((SIZES, SIZES, FINE))
    for direction, data, gap in turns:
        at = 0
        while at < len(data) or (not data and at == 0):
            size = random.choice(sizes if len(data) < FINE_BELOW else SIZES)
            pieces.append(Turn(direction, data[at : at + size], 0 if at else gap))
            at += size
    return pieces


def _spoil_bytes(turns: list[Turn], draw: _Draw) -> list[Turn]:
    at = draw.random.randrange(len(turns))
    data, _ = havoc(turns[at].data, draw.random, draw.tokens, at)
    turns[at] = turns[at]._replace(data=data)
    return turns


def _splice(turns: list[Turn], draw: _Draw) -> list[Turn]:
    """The head of one piece, the tail of another."""
    at = draw.random.randrange(len(turns))
    data, other = turns[at].data, _any_turn(draw).data
    cut = draw.random.randint(0, len(data))
    turns[at] = turns[at]._replace(data=data[:cut] + other[draw.random.randint(0, len(other)) :])
    return turns


def _delete(turns: list[Turn], draw: _Draw) -> list[Turn]:
    del turns[draw.random.randrange(len(turns))]
    return turns


def _double(turns: list[Turn], draw: _Draw) -> list[Turn]:
    turns.insert(draw.random.randint(0, len(turns)), draw.random.choice(turns))
    return turns


def _repeat(turns: list[Turn], draw: _Draw) -> list[Turn]:
    at = draw.random.randrange(len(turns))
    return turns[:at] + turns[max(0, at - 3) : at + 1] * draw.random.choice((2, 10, 60)) + turns[at:]


def _swap(turns: list[Turn], draw: _Draw) -> list[Turn]:
    one, other = draw.random.randrange(len(turns)), draw.random.randrange(len(turns))
    turns[one], turns[other] = turns[other], turns[one]
    return turns


def _turn_around(turns: list[Turn], draw: _Draw) -> list[Turn]:
    at = draw.random.randrange(len(turns))
    turns[at] = turns[at]._replace(direction=turns[at].direction.opposite)
    return turns


def _mistake_roles(turns: list[Turn], _: _Draw) -> list[Turn]:
    return [turn._replace(direction=turn.direction.opposite) for turn in turns]


def _truncate(turns: list[Turn], draw: _Draw) -> list[Turn]:
    return turns[: draw.random.randrange(len(turns) + 1)]


def _insert(turns: list[Turn], draw: _Draw) -> list[Turn]:
    """A few turns of another conversation."""
    other = draw.random.choice(draw.talks).turns
    start, at = draw.random.randrange(len(other)), draw.random.randint(0, len(turns))
    return turns[:at] + [turn._replace(gap=0) for turn in other[start : start + draw.random.randint(1, 6)]] + turns[at:]


def _interject(turns: list[Turn], draw: _Draw) -> list[Turn]:
    """Something that means something, said by anybody."""
    data = draw.random.choice(draw.tokens) if draw.tokens else draw.random.randbytes(8)
    turns.insert(draw.random.randint(0, len(turns)), Turn(draw.random.choice(tuple(Direction)), data))
    return turns


def _lose(turns: list[Turn], draw: _Draw) -> list[Turn]:
    """Bytes out of the middle of a turn, and perhaps more than it had. A gap is told with the bytes that follow it."""
    if not turns:
        return turns
    random = draw.random
    at = random.randrange(len(turns))
    direction, data, gap = turns[at]
    cut = random.randint(0, len(data))
    lost = random.choice((random.randint(0, cut), random.randint(1, 5000), 1 << random.randrange(1, LARGEST_LOSS)))
    head, tail = data[: max(0, cut - lost)], data[cut:]
    pieces = [Turn(direction, head, gap)] if head else []
    pieces += [Turn(direction, tail, lost + (0 if head else gap))] if tail else []
    return turns[:at] + pieces + turns[at + 1 :]


def _any_turn(draw: _Draw) -> Turn:
    return draw.random.choice(draw.random.choice(draw.talks).turns)


_CHANGES: tuple[Callable[[list[Turn], _Draw], list[Turn]], ...] = (
    *[_spoil_bytes] * 12,
    *[_splice] * 2,
    _delete,
    _double,
    _repeat,
    _swap,
    _turn_around,
    _mistake_roles,
    _truncate,
    _insert,
    _interject,
)
"""Bytes most of all: they reach the deepest; the rest keeps every other door under attack."""

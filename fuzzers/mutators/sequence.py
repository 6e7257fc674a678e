"""Changes of the order of a conversation: what is said twice, too early, never, or in other pieces."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

from fuzzers.corpus import Entry, Piece
from fuzzers.escape import shown
from fuzzers.model import Mutation

__all__ = ["MAX_MESSAGES", "mutate_sequence", "resegment"]

MAX_MESSAGES = 64
"""Messages of one case: state machines of protocols are shallower, and longer cases only cost time."""
REPEATS = (1, 1, 2, 8, 32)
"""How many copies of a message are added."""
MAX_PIECES = 32
"""Pieces that a message is cut into at most when the segmentation changes."""


@dataclass(frozen=True, slots=True)
class _Deal:
    """What changes draw from."""

    random: Random
    corpus: Sequence[Entry]


_Result = tuple[list[Piece], Mutation]


def mutate_sequence(pieces: Sequence[Piece], corpus: Sequence[Entry], random: Random) -> tuple[list[Piece], list[Mutation]]:
    """One change of the sequence of messages; never empty, never longer than `MAX_MESSAGES`."""
    change = _CHANGES[random.randrange(len(_CHANGES))]
    result, mutation = change(list(pieces), _Deal(random, corpus))
    if not result or result == list(pieces):
        return list(pieces), []
    return result[:MAX_MESSAGES], [mutation]


def _insert(pieces: list[Piece], deal: _Deal) -> _Result:
    entry = deal.random.choice(deal.corpus)
    piece = deal.random.choice(entry.pieces)
    at = deal.random.randrange(len(pieces) + 1)
    lane = pieces[max(0, at - 1)].lane
    if piece.lane != lane:
        piece = replace(piece, lane=lane)
    return [*pieces[:at], piece, *pieces[at:]], Mutation("sequence.insert", at, f"from {entry.name}", "", shown(piece.raw))


def _delete(pieces: list[Piece], deal: _Deal) -> _Result:
    at = deal.random.randrange(len(pieces))
    return pieces[:at] + pieces[at + 1 :], Mutation("sequence.delete", at, "", shown(pieces[at].raw), "")


def _duplicate(pieces: list[Piece], deal: _Deal) -> _Result:
    at = deal.random.randrange(len(pieces))
    copies = deal.random.choice(REPEATS)
    again = pieces[: at + 1] + [pieces[at]] * copies + pieces[at + 1 :]
    return again, Mutation("sequence.duplicate", at, "", "1 time", f"{copies + 1} times")


def _reorder(pieces: list[Piece], deal: _Deal) -> _Result:
    at, to = deal.random.randrange(len(pieces)), deal.random.randrange(len(pieces))
    pieces[at], pieces[to] = pieces[to], pieces[at]
    return pieces, Mutation("sequence.reorder", at, "", f"place {at}", f"place {to}")


def _truncate(pieces: list[Piece], deal: _Deal) -> _Result:
    keep = deal.random.randrange(1, len(pieces) + 1)
    return pieces[:keep], Mutation("sequence.truncate", keep, "", f"{len(pieces)} messages", f"{keep} messages")


def _splice(pieces: list[Piece], deal: _Deal) -> _Result:
    entry = deal.random.choice(deal.corpus)
    keep, start = deal.random.randrange(1, len(pieces) + 1), deal.random.randrange(len(entry.pieces))
    joined = pieces[:keep] + list(entry.pieces[start:])
    return joined, Mutation("sequence.splice", keep, f"from {entry.name}", "", f"its messages from {start} on")


_CHANGES: tuple[Callable[[list[Piece], _Deal], _Result], ...] = (
    _insert,
    _delete,
    _duplicate,
    _reorder,
    _truncate,
    _splice,
)


def resegment(pieces: Sequence[Piece], random: Random) -> tuple[list[Piece], list[Mutation]]:
    """The same bytes sent in other pieces: all at once, one message in two or many, or cut across messages of one connection.

    Messages that others left empty are left out, but never all of them.
    """
    pieces = [piece for piece in pieces if piece.raw] or list(pieces)
    pick = random.randrange(4)
    if pick == 0:
        return _joined(pieces)
    at = random.randrange(len(pieces))
    message, lane = pieces[at].raw, pieces[at].lane
    if len(message) < 2:
        return pieces, []
    following = next((place for place in range(at + 1, len(pieces)) if pieces[place].lane == lane), 0)
    cut = random.randrange(1, len(message))
    if pick == 2 and following:
        shifted = list(pieces)
        shifted[at] = Piece(message[:cut], lane=lane)
        shifted[following] = Piece(message[cut:] + pieces[following].raw, lane=lane)
        return shifted, [Mutation("sequence.shift", at, f"[{cut}:]", "", f"sent with message {following}")]
    step = max(1, -(-len(message) // MAX_PIECES))
    cuts = range(step, len(message), step) if pick == 1 else (cut,)
    parts = [Piece(message[start:end], lane=lane) for start, end in pairwise((0, *cuts, len(message)))]
    change = Mutation("sequence.split", at, "", f"{len(message)} bytes at once", f"{len(parts)} pieces")
    return [*pieces[:at], *parts, *pieces[at + 1 :]], [change]


def _joined(pieces: list[Piece]) -> tuple[list[Piece], list[Mutation]]:
    """All that goes over one connection, at once."""
    lanes: dict[int, list[bytes]] = {}
    for piece in pieces:
        lanes.setdefault(piece.lane, []).append(piece.raw)
    if len(lanes) == len(pieces):
        return pieces, []
    joined = [Piece(b"".join(said), lane=lane) for lane, said in lanes.items()]
    return joined, [Mutation("sequence.join", 0, "", f"{len(pieces)} messages", "sent at once")]

"""Changes of how a case is performed: over which connections its messages go, and how each of these is left.

Servers keep something for each connection, and something for all of them together. What is wrong with either shows when two of them take
turns, or when one goes away in the middle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from fuzzers.corpus import Entry, Piece
from fuzzers.model import Mutation, Parting
from fuzzers.mutators.sequence import MAX_MESSAGES

__all__ = ["MAX_LANES", "misbehave"]

MAX_LANES = 4
"""Connections of one case: two are enough for nearly all that goes wrong between them, and each costs a handshake."""

_ROUGH = (Parting.HALF_CLOSE, Parting.RESET, Parting.ABANDON)


@dataclass(frozen=True, slots=True)
class _Session:
    pieces: list[Piece]
    partings: list[Parting]
    random: Random
    other: Callable[[], Entry]

    @property
    def lanes(self) -> list[int]:
        return sorted({piece.lane for piece in self.pieces})

    def left(self, lane: int, parting: Parting) -> list[Parting]:
        """The partings with another one for a connection."""
        partings = self.partings + [Parting.CLOSE] * (lane + 1 - len(self.partings))
        partings[lane] = parting
        return partings


_Result = tuple[list[Piece], list[Parting], Mutation]


def misbehave(
    pieces: Sequence[Piece], partings: Sequence[Parting], other: Callable[[], Entry], random: Random
) -> tuple[list[Piece], list[Parting], list[Mutation]]:
    """One change of the conduct of a session; none where there is no room for it. `other` gives another session."""
    session = _Session(list(pieces), list(partings), random, other)
    result = _CHANGES[random.randrange(len(_CHANGES))](session) if pieces else None
    if result is None:
        return session.pieces, session.partings, []
    return result[0], result[1], [result[2]]


def _leave(session: _Session) -> _Result | None:
    """Leave a connection in another way."""
    lane = session.random.choice(session.lanes)
    before = session.partings[lane] if lane < len(session.partings) else Parting.CLOSE
    parting = session.random.choice([each for each in _ROUGH if each is not before])
    last = max(place for place, piece in enumerate(session.pieces) if piece.lane == lane)
    told = Mutation("conduct.leave", last, f"connection {lane}", before.value, parting.value)
    return session.pieces, session.left(lane, parting), told


def _move(session: _Session) -> _Result | None:
    """From some message on, go on over a new connection. The old one is left at once, half of the time roughly."""
    at, lane = session.random.randrange(len(session.pieces)), max(session.lanes) + 1
    old = session.pieces[at].lane
    if at == 0 or lane >= MAX_LANES:
        return None
    moved = [
        replace(piece, lane=lane) if place >= at and piece.lane == old else piece for place, piece in enumerate(session.pieces)
    ]
    partings = session.partings
    if session.random.random() < 0.5:
        partings = session.left(old, session.random.choice(_ROUGH))
    return moved, partings, Mutation("conduct.move", at, "", f"connection {old}", f"connection {lane}")


def _alternate(session: _Session) -> _Result | None:
    """Say every second message of a connection over a new one."""
    lane = max(session.lanes) + 1
    old = session.random.choice(session.lanes)
    places = [place for place, piece in enumerate(session.pieces) if piece.lane == old][1::2]
    if not places or lane >= MAX_LANES:
        return None
    moved = [replace(piece, lane=lane) if place in places else piece for place, piece in enumerate(session.pieces)]
    return (
        moved,
        session.partings,
        Mutation("conduct.alternate", places[0], "", f"connection {old}", f"connections {old} and {lane}"),
    )


def _interleave(session: _Session) -> _Result | None:
    """Another session over a connection of its own at the same time, or (as often) the same one again."""
    lane = max(session.lanes) + 1
    entry = session.other() if session.random.random() < 0.5 else None
    theirs = list(entry.pieces) if entry is not None else session.pieces
    room = MAX_MESSAGES - len(session.pieces)
    if lane >= MAX_LANES or room <= 0:
        return None
    ours, theirs = list(session.pieces), [replace(piece, lane=lane) for piece in theirs[:room]]
    mixed: list[Piece] = []
    while ours and theirs:
        mixed.append((ours if session.random.random() < 0.5 else theirs).pop(0))
    name = f"with {entry.name}" if entry is not None else "with itself"
    return [*mixed, *ours, *theirs], session.partings, Mutation("conduct.interleave", 0, name, "", f"over connection {lane}")


_CHANGES: tuple[Callable[[_Session], _Result | None], ...] = (_leave, _leave, _move, _alternate, _interleave)
"""Leaving comes twice: it is the cheapest, and the one that needs no second connection."""

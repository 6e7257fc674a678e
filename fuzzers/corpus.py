"""What cases are made from: whole client sides of sessions, decoded once so that mutators find values and byte ranges.

The corpus of a campaign is fixed when it starts (and kept in its store), so a case number always means the same case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from dissectors import converse
from fuzzers.model import USUAL, Conduct, Parting
from workbench.api import Direction, Message, ProtocolSpec, Seed

__all__ = ["Entry", "Piece", "corpus_of", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a session: its bytes, what the decoder made of them (None where it found no error-free message there), and the
    connection that it goes over (see `Conduct`)."""

    raw: bytes = field(repr=False)
    message: Message | None = None
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded session. `partings` say how its connections are left."""

    name: str
    pieces: tuple[Piece, ...]
    partings: tuple[Parting, ...] = ()


def corpus_of(spec: ProtocolSpec, seeds: Iterable[Seed]) -> tuple[Entry, ...]:
    """Decode the seeds of a campaign, in order."""
    return tuple(Entry(seed.name, pieces_of(spec, seed.messages)) for seed in seeds)


def pieces_of(spec: ProtocolSpec, messages: Sequence[bytes], conduct: Conduct = USUAL) -> tuple[Piece, ...]:
    """Decode what a client says in one session, on each of its connections."""
    if not conduct.lanes:
        return _decoded(spec, messages)
    lanes: dict[int, list[int]] = {}
    for place, lane in enumerate(conduct.lanes):
        lanes.setdefault(lane, []).append(place)
    pieces: dict[int, Piece] = {}
    for lane, places in lanes.items():
        decoded = _decoded(spec, [messages[place] for place in places])
        pieces.update((place, replace(piece, lane=lane)) for place, piece in zip(places, decoded, strict=True))
    return tuple(pieces[place] for place in range(len(messages)))


def _decoded(spec: ProtocolSpec, messages: Sequence[bytes]) -> tuple[Piece, ...]:
    decoded = {
        (message.start, message.end): message
        for message in converse(spec, [(Direction.TO_SERVER, raw) for raw in messages])
        if message.protocol == spec.name and not message.errors
    }
    pieces = []
    offset = 0
    for raw in messages:
        end = offset + len(raw)
        pieces.append(Piece(raw, decoded.get((offset, end))))
        offset = end
    return tuple(pieces)

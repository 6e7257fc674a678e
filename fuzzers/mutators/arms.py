"""The families of mutators by name: what a bandit chooses between, and the one way to put any of them to a session."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from fuzzers.corpus import Entry, Piece
from fuzzers.model import Mutation, Parting
from fuzzers.mutators.bytewise import havoc
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.conduct import misbehave
from fuzzers.mutators.fields import mutate_fields
from fuzzers.mutators.protocol import by_protocol
from fuzzers.mutators.sequence import mutate_sequence, resegment
from fuzzers.mutators.spans import overwrite
from fuzzers.mutators.splice import splice, switch
from fuzzers.mutators.text import swap_words

__all__ = ["READING", "Material", "apply", "priors"]

REPAIRED = 0.5
"""How often bytes that were changed get right lengths and checksums again: the other half tests what checks them."""


@dataclass(slots=True)
class Material:
    """A session on its way to a case. `other` gives any other entry of the pool, `partings` say how its connections are left; `mutations`
    tell what was done so far."""

    grammar: Grammar
    pieces: list[Piece]
    other: Callable[[], Entry]
    random: Random
    partings: list[Parting] = field(default_factory=list)
    mutations: list[Mutation] = field(default_factory=list)


def apply(arm: str, material: Material) -> None:
    """Change the session by one family. Where that finds nothing to change, bytes are changed, so that no case is wasted."""
    before = len(material.mutations)
    _ARMS[arm][1](material)
    if len(material.mutations) == before:
        _bytes(material)


def _values(material: Material) -> None:
    """What messages mean."""
    at = material.random.randrange(len(material.pieces))
    message = material.pieces[at].message
    if message is not None and message.value is not None:
        _put(material, at, *mutate_fields(message, material.grammar, material.random, at))


def _spans(material: Material) -> None:
    """Fields, in place."""
    at = material.random.randrange(len(material.pieces))
    message = material.pieces[at].message
    spans = material.grammar.spans(message) if message is not None and message.raw == material.pieces[at].raw else ()
    if spans:
        raw, changes = overwrite(material.pieces[at].raw, spans, material.random, at)
        _repaired(material, at, raw, changes)


def _bytes(material: Material) -> None:
    """Bytes, whatever they mean."""
    at = material.random.randrange(len(material.pieces))
    raw, changes = havoc(material.pieces[at].raw, material.random, material.grammar.tokens, at)
    _repaired(material, at, raw, changes)


def _words(material: Material) -> None:
    """Words of text, by words of other messages."""
    at = material.random.randrange(len(material.pieces))
    other = material.random.choice(material.other().pieces).raw
    raw, changes = swap_words(material.pieces[at].raw, other, material.grammar.tokens, material.random, at)
    _repaired(material, at, raw, changes)


def _splice(material: Material) -> None:
    """Parts of messages, by the same parts of others: of their kind, or of another kind that has something of that name."""
    at = material.random.randrange(len(material.pieces))
    message = material.pieces[at].message
    donor = material.random.choice(material.other().pieces).message
    if message is None or donor is None or message.value is None or donor.value is None:
        return
    change = splice if message.label == donor.label else switch
    _put(material, at, *change(message, donor, material.grammar, material.random, at))


def _sequence(material: Material) -> None:
    """The order of what is said."""
    pieces, mutations = mutate_sequence(material.pieces, [material.other()], material.random)
    material.pieces, material.mutations = pieces, [*material.mutations, *mutations]


def _segments(material: Material) -> None:
    """Where the stream is cut into pieces."""
    material.pieces, mutations = resegment(material.pieces, material.random)
    material.mutations += mutations


def _conduct(material: Material) -> None:
    """Over which connections it is said, and how each is left."""
    material.pieces, material.partings, mutations = misbehave(material.pieces, material.partings, material.other, material.random)
    material.mutations += mutations


def _protocol(material: Material) -> None:
    """What the protocol's plugin knows that servers get wrong."""
    material.pieces, mutations = by_protocol(material.pieces, material.grammar.mutators, material.random)
    material.mutations += mutations


def _put(material: Material, at: int, raw: bytes, mutations: list[Mutation]) -> None:
    if mutations:
        material.pieces[at] = Piece(raw, lane=material.pieces[at].lane)
        material.mutations += mutations


def _repaired(material: Material, at: int, raw: bytes, mutations: list[Mutation]) -> None:
    if mutations and material.grammar.repair is not None and material.random.random() < REPAIRED:
        raw = material.grammar.repair(raw)
        mutations.append(Mutation("bytes.repair", at, "", "lengths and checksums", "made right"))
    _put(material, at, raw, mutations)


_ARMS: dict[str, tuple[float, Callable[[Material], None]]] = {
    "values": (0.25, _values),
    "spans": (0.15, _spans),
    "bytes": (0.15, _bytes),
    "words": (0.1, _words),
    "splice": (0.05, _splice),
    "sequence": (0.2, _sequence),
    "segments": (0.05, _segments),
    "conduct": (0.05, _conduct),
    "protocol": (0.2, _protocol),
}

READING = frozenset(("values", "spans", "splice"))
"""The families that look into decoded messages; for all others bytes are enough."""


def priors(grammar: Grammar) -> dict[str, float]:
    """Weights of the families for a protocol, before anything is known. Values get most: they reach deepest."""
    return {arm: share for arm, (share, _) in _ARMS.items() if arm != "protocol" or grammar.mutators}

"""Which case has which number: made from the campaign's seed, the pool as that number may know it, and the number alone.

Any case is rebuilt at any time, by any process, without playing the ones before. The first cases are the seeds, unchanged. Then every
second case is a step of a systematic walk over the values of the seeds, until that is done; all others are random: an entry of the pool,
changed by a family of mutators that a bandit chooses, perhaps by a second one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from random import Random

from fuzzers.bandit import Bandit
from fuzzers.corpus import Entry, Piece, pieces_of
from fuzzers.model import USUAL, Case, Conduct
from fuzzers.mutators.arms import READING, Material, apply, priors
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.systematic import Step, rendered, steps
from fuzzers.pool import Grown, Pool, epoch_of
from fuzzers.schedule import Schedule
from fuzzers.tokens import learnt
from workbench.api import ProtocolSpec, Seed

__all__ = ["CaseSource"]

MORE = 0.3
"""Share of the random cases that a second family changes as well (and of those, a third)."""
MOST_FAMILIES = 3

DECODED = 1024
"""Entries whose messages stay decoded, some thirty megabytes of them; the seeds always do."""


class CaseSource:
    """Makes the cases of one campaign; cheap to ask for any number, the same everywhere. `pool` grows with what the campaign finds."""

    def __init__(self, spec: ProtocolSpec, corpus: Sequence[Entry], seed: int) -> None:
        self.corpus = tuple(corpus)
        self.seed = seed
        self.pool = Pool([Seed(entry.name, tuple(piece.raw for piece in entry.pieces)) for entry in corpus])
        self._spec = spec
        self._grammar = Grammar.of(spec)
        self._steps = steps(self.corpus)
        self._schedule = Schedule(self.pool)
        self._bandit = Bandit(self.pool, priors(self._grammar))
        self._decoded: dict[int, Entry] = {}
        self._known = len(self.corpus), self._grammar

    def case_at(self, number: int) -> Case:
        """Case `number` (from 0). The pool must have been offered everything up to two epochs before (see `fuzzers.pool`)."""
        if number < len(self.corpus):
            entry = self.corpus[number]
            return Case(number, entry.name, tuple(piece.raw for piece in entry.pieces), parent=number)
        turn, chance = divmod(number - len(self.corpus), 2)
        case = self._systematic(number, self._steps[turn]) if not chance and turn < len(self._steps) else None
        return case or self._random(number)

    def found(self, case: Case, features: tuple[int, ...], words: tuple[bytes, ...] = ()) -> Grown:
        """What the pool is offered when a case shows something new, and its replies have these words."""
        return Grown(case.messages, case.number, case.arm, case.share, case.parent, features, case.conduct, words)

    def _random(self, number: int) -> Case:
        random = Random(int.from_bytes(blake2b(f"{self.seed}:{number}".encode(), digest_size=8).digest(), "big"))
        usable = self.pool.usable(number)
        place = self._schedule.pick(usable, random)
        shares = self._bandit.shares(epoch_of(number))
        used = [_drawn(shares, random)]
        while len(used) < MOST_FAMILIES and random.random() < MORE:
            used.append(_drawn(shares, random))
        entry_at = self._entry if READING.intersection(used) else self._raw_entry
        entry = entry_at(place)
        material = Material(
            self._knowing(usable), list(entry.pieces), lambda: entry_at(random.randrange(usable)), random, list(entry.partings)
        )
        for arm in used:
            apply(arm, material)
        pieces = [piece for piece in material.pieces if piece.raw] or entry.pieces
        lanes = [piece.lane for piece in pieces]
        return Case(
            number,
            entry.name,
            tuple(piece.raw for piece in pieces),
            tuple(material.mutations),
            used[0],
            shares[used[0]],
            place,
            Conduct.of(lanes, material.partings) if material.partings or any(lanes) else USUAL,
        )

    def _knowing(self, usable: int) -> Grammar:
        """The grammar, with the words that the first so many entries of the pool heard."""
        if self._known[0] != usable:
            grown = self.pool.grown[: usable - len(self.corpus)]
            words = learnt(found.words for found in reversed(grown))
            tokens = (*self._grammar.tokens, *(word for word in words if word not in self._grammar.tokens))
            self._known = usable, replace(self._grammar, tokens=tokens)
        return self._known[1]

    def _entry(self, place: int) -> Entry:
        """An entry of the pool with its messages decoded."""
        if place < len(self.corpus):
            return self.corpus[place]
        known = self._decoded.pop(place, None)
        if known is None:
            if len(self._decoded) >= DECODED:
                del self._decoded[next(iter(self._decoded))]  # the one that was not asked for longest
            grown = self.pool.grown[place - len(self.corpus)]
            pieces = pieces_of(self._spec, grown.messages, grown.conduct)
            known = Entry(f"case {grown.case}", pieces, grown.conduct.partings)
        self._decoded[place] = known
        return known

    def _raw_entry(self, place: int) -> Entry:
        """An entry of the pool for families that only look at bytes: decoding costs more than all the rest."""
        if place < len(self.corpus):
            return self.corpus[place]
        grown = self.pool.grown[place - len(self.corpus)]
        lanes = grown.conduct.lanes or (0,) * len(grown.messages)
        return Entry(f"case {grown.case}", tuple(map(_raw_piece, grown.messages, lanes)), grown.conduct.partings)

    def _systematic(self, number: int, step: Step) -> Case | None:
        """One step of the walk in its seed; None for a value that is nowhere in the bytes and cannot be built in."""
        entry = self.corpus[step.entry]
        message = entry.pieces[step.piece].message
        assert message is not None
        raw, mutations = rendered(message, step, self._grammar)
        if raw == message.raw:
            return None
        messages = [piece.raw for piece in entry.pieces]
        messages[step.piece] = raw
        return Case(number, entry.name, tuple(filter(None, messages)), tuple(mutations), "walk", parent=step.entry)


def _drawn(shares: Mapping[str, float], random: Random) -> str:
    """One family by its share; these add up to 1."""
    left = random.random()
    for arm, share in shares.items():
        left -= share
        if left < 0:
            return arm
    return arm


def _raw_piece(raw: bytes, lane: int) -> Piece:
    return Piece(raw, lane=lane)

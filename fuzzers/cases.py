"""Which case has which number: made from the campaign's seed, the pool as that number may know it, and the number alone.

Any case is rebuilt at any time, by any process, without playing the ones before. The first cases are the seeds, unchanged. Then every
second case is a step of a systematic walk over the values of the seeds, until that is done; all others are random: an entry of the pool,
changed by a family of mutators that a bandit chooses, perhaps by a second one.
"""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random

from fuzzers.bandit import Bandit
from fuzzers.corpus import Entry, pieces_of
from fuzzers.model import USUAL, Case, Conduct
from fuzzers.mutators.arms import Material, apply, priors
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.systematic import Step, rendered, steps
from fuzzers.pool import Grown, Pool, epoch_of
from fuzzers.schedule import Schedule
from workbench.api import ProtocolSpec, Seed

__all__ = ["CaseSource"]

MORE = 0.3
"""Share of the random cases that a second family changes as well (and of those, a third)."""
MOST_FAMILIES = 3

DECODED = 256
"""Entries whose messages stay decoded; the seeds always do."""


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

    def case_at(self, number: int) -> Case:
        """Case `number` (from 0). The pool must have been offered everything up to two epochs before (see `fuzzers.pool`)."""
        if number < len(self.corpus):
            entry = self.corpus[number]
            return Case(number, entry.name, tuple(piece.raw for piece in entry.pieces), parent=number)
        turn, chance = divmod(number - len(self.corpus), 2)
        case = self._systematic(number, self._steps[turn]) if not chance and turn < len(self._steps) else None
        return case or self._random(number)

    def found(self, case: Case, features: tuple[int, ...]) -> Grown:
        """What the pool is offered when a case shows something new."""
        return Grown(case.messages, case.number, case.arm, case.share, case.parent, features, case.conduct)

    def _random(self, number: int) -> Case:
        random = Random(int.from_bytes(blake2b(f"{self.seed}:{number}".encode(), digest_size=8).digest(), "big"))
        usable = self.pool.usable(number)
        place = self._schedule.pick(usable, random)
        entry = self._entry(place)
        material = Material(
            self._grammar, list(entry.pieces), lambda: self._entry(random.randrange(usable)), random, list(entry.partings)
        )
        shares = self._bandit.shares(epoch_of(number))
        arms, weights = list(shares), list(shares.values())
        used: list[str] = []
        while not used or (len(used) < MOST_FAMILIES and random.random() < MORE):
            used.append(random.choices(arms, weights)[0])
            apply(used[-1], material)
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

    def _entry(self, place: int) -> Entry:
        """An entry of the pool with its messages decoded."""
        if place < len(self.corpus):
            return self.corpus[place]
        known = self._decoded.get(place)
        if known is None:
            if len(self._decoded) >= DECODED:
                del self._decoded[next(iter(self._decoded))]
            grown = self.pool.grown[place - len(self.corpus)]
            pieces = pieces_of(self._spec, grown.messages, grown.conduct)
            known = self._decoded[place] = Entry(f"case {grown.case}", pieces, grown.conduct.partings)
        return known

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

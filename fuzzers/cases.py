"""Case number n of a campaign, without the cases before it.

Everything follows from the campaign's seed, the number and the fixed corpus. The first cases are the seeds themselves, unchanged: what a
target does with them is the base line. Then every second case is a step of the systematic walk, until that is done; all others are random.
"""

from collections.abc import Sequence
from hashlib import blake2b
from random import Random

from fuzzers.corpus import Entry, Piece
from fuzzers.model import Case, Mutation
from fuzzers.mutators.bytewise import havoc
from fuzzers.mutators.change import Grammar
from fuzzers.mutators.fields import mutate_fields
from fuzzers.mutators.sequence import mutate_sequence, resegment
from fuzzers.mutators.systematic import Step, rendered, steps
from workbench.api import ProtocolSpec

__all__ = ["CaseSource"]

SEQUENCE, SECOND, SEGMENTS, BYTES = 0.25, 0.2, 0.1, 0.35
"""Shares: cases with another order of messages, with a second changed message, with other segmentation; of the changed messages those
that change as bytes. Values get most: they reach deepest; the rest keeps every other door under attack."""


class CaseSource:
    """Makes the cases of one campaign; cheap to ask for any number, the same everywhere."""

    def __init__(self, spec: ProtocolSpec, corpus: Sequence[Entry], seed: int) -> None:
        self.corpus = tuple(corpus)
        self.seed = seed
        self._grammar = Grammar.of(spec)
        self._steps = steps(self.corpus)

    def case_at(self, number: int) -> Case:
        """Case `number` (from 0)."""
        if number < len(self.corpus):
            entry = self.corpus[number]
            return Case(number, entry.name, tuple(piece.raw for piece in entry.pieces))
        turn, chance = divmod(number - len(self.corpus), 2)
        case = self._systematic(number, self._steps[turn]) if not chance and turn < len(self._steps) else None
        return case or self._random(number)

    def _random(self, number: int) -> Case:
        random = Random(int.from_bytes(blake2b(f"{self.seed}:{number}".encode(), digest_size=8).digest(), "big"))
        entry = random.choice(self.corpus)
        pieces: list[Piece] = list(entry.pieces)
        mutations: list[Mutation] = []
        if random.random() < SEQUENCE:
            pieces, mutations = mutate_sequence(pieces, self.corpus, random)
        if not mutations or random.random() < 0.5:
            for _ in range(2 if random.random() < SECOND else 1):
                mutations += self._change_message(pieces, random)
        messages = [piece.raw for piece in pieces if piece.raw]
        if messages and random.random() < SEGMENTS:
            messages, changes = resegment(messages, random)
            mutations += changes
        return Case(number, entry.name, tuple(messages), tuple(mutations))

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
        return Case(number, entry.name, tuple(filter(None, messages)), tuple(mutations))

    def _change_message(self, pieces: list[Piece], random: Random) -> list[Mutation]:
        """Change one message in place."""
        index = random.randrange(len(pieces))
        piece = pieces[index]
        if piece.message is not None and piece.message.value is not None and random.random() >= BYTES:
            raw, changes = mutate_fields(piece.message, self._grammar, random, index)
        else:
            raw, changes = havoc(piece.raw, random, self._grammar.tokens, index)
            if self._grammar.repair is not None and random.random() < 0.5:
                raw = self._grammar.repair(raw)
                changes.append(Mutation("bytes.repair", index, "", "lengths and checksums", "made right"))
        pieces[index] = Piece(raw)
        return changes

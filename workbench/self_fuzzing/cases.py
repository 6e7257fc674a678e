"""Case after case for one protocol, each determined by the campaign's seed and its number."""

from collections.abc import Sequence
from random import Random

from fuzzers.dictionary import tokens_of
from workbench.api import ProtocolSpec
from workbench.self_fuzzing.lying import secrets_of
from workbench.self_fuzzing.spoiling import split, spoilt
from workbench.self_fuzzing.talks import Talk, Turn
from workbench.self_fuzzing.trials import Matter

__all__ = ["Cases"]

PINNED = 0.6
"""Share of the cases in which detection is not asked: all of the attack then reaches the decoder."""

SPLIT = 0.5
"""Share of the cases over streams that come in other pieces than they were said in."""

LYING = 0.15
"""Share of the cases with keys in which these are wrong, or missing now and then."""


class Cases:
    """Cases of one protocol. The first ones are the conversations as they are."""

    def __init__(self, spec: ProtocolSpec, specs: Sequence[ProtocolSpec], talks: Sequence[Talk], seed: int) -> None:
        self.talks = tuple(talk for talk in talks if talk.turns)
        self._spec = spec
        self._specs = specs
        self._named = {other.name: other for other in specs}
        self._seed = seed
        self._tokens = tokens_of(spec)
        # long conversations cost more than they find
        self._weights = [(400 + sum(len(turn.data) + 40 for turn in talk.turns)) ** -0.5 for talk in self.talks]

    def at(self, number: int) -> tuple[Talk, Matter]:
        """Case `number` (from 0), and the conversation it was made from."""
        key = f"{self._seed}:{self._spec.name}:{number}"
        if number < len(self.talks):
            talk = self.talks[number]
            return talk, self._matter(talk, talk.turns, key, Random(key), plain=True)
        random = Random(key)
        talk = random.choices(self.talks, self._weights)[0]
        streams = self._named[talk.protocol].transport != "udp"
        turns = spoilt(talk, self.talks, self._tokens, random, losing=self._named[talk.protocol].transport == "tcp")
        if streams and random.random() < SPLIT:
            turns = split(turns, random)
        return talk, self._matter(talk, turns, key, random, plain=False)

    def _matter(self, talk: Talk, turns: Sequence[Turn], key: str, random: Random, *, plain: bool) -> Matter:
        lying = bool(talk.secrets) and not plain and random.random() < LYING
        secrets = secrets_of(talk.secrets, key if lying else "")
        pinned = plain or random.random() < PINNED
        return Matter(self._spec, self._specs, self._named[talk.protocol], turns, pinned, secrets, key)

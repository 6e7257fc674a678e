"""What a plugin's mutators make of a session, for tests that know what it should be."""

from collections.abc import Iterable, Sequence
from random import Random

from workbench.api import Mutated, Mutator

ROUNDS = 300
"""Enough for every variant of a mutator to occur."""


def outcomes(mutators: Iterable[Mutator], name: str, messages: Sequence[bytes], rounds: int = ROUNDS) -> list[Mutated]:
    """All different changes that a mutator of this name makes of a session."""
    (mutator,) = [mutator for mutator in mutators if mutator.name == name]
    found = {mutator.change(list(messages), Random(seed)) for seed in range(rounds)}
    return sorted((each for each in found if each is not None), key=lambda each: (each.messages, each.what))


def said(mutators: Iterable[Mutator], name: str, messages: Sequence[bytes], rounds: int = ROUNDS) -> list[bytes]:
    """The message that each of these changes is about."""
    changes = outcomes(mutators, name, messages, rounds)
    return [each.messages[each.message] for each in changes if each.message < len(each.messages)]

"""Changes that know the protocol: those that its plugin offers (`Hints.mutators`)."""

from collections.abc import Sequence
from random import Random

from fuzzers.corpus import Piece
from fuzzers.model import Mutation
from workbench.api import Mutated, Mutator, PluginError

__all__ = ["by_protocol"]

TRIES = 4
"""Mutators that are asked until one finds something to change: most need a certain kind of message."""


def by_protocol(pieces: Sequence[Piece], mutators: Sequence[Mutator], random: Random) -> tuple[list[Piece], list[Mutation]]:
    """A session after one change of its protocol's own; as it was where that finds nothing. What it left alone stays decoded.

    Raises `PluginError` for a mutator that raises.
    """
    messages = [piece.raw for piece in pieces]
    for _ in range(TRIES):
        mutator = random.choice(mutators)
        try:
            found = mutator.change(messages, random)
        except Exception as error:
            raise PluginError(
                f"the mutator {mutator.name!r} raised {type(error).__name__}: {error}",
                remedy="`workbench plugins check` finds the messages that make it do so",
            ) from error
        if found is not None and list(found.messages) != messages:
            told = Mutation(f"protocol.{mutator.name}", found.message, mutator.rule, "", found.what)
            return _put(pieces, found), [told]
    return list(pieces), []


def _put(pieces: Sequence[Piece], found: Mutated) -> list[Piece]:
    """The pieces of a changed session. Where it begins and ends as before, they are the old ones; what is new goes over the connection of
    the message whose place it takes."""
    new = list(found.messages)
    shortest = min(len(pieces), len(new))
    same = next((place for place in range(shortest) if pieces[place].raw != new[place]), shortest)
    rest = next((back for back in range(shortest - same) if pieces[-1 - back].raw != new[-1 - back]), shortest - same)
    lane = pieces[min(same, len(pieces) - 1)].lane
    middle = [Piece(raw, lane=lane) for raw in new[same : len(new) - rest] if raw]
    return [*pieces[:same], *middle, *pieces[len(pieces) - rest :]]

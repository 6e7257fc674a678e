"""Plays each case on several servers, one after the other: what happened on the first, with what happened on the others."""

from collections.abc import Sequence
from dataclasses import replace

from fuzzers.model import Conduct, Execution
from fuzzers.targets.board import Board
from fuzzers.targets.player import CasePlayer, MakePlayer, Post

__all__ = ["DifferentialPlayer", "several"]

PLACE_BITS = 32
"""Bits that the coverage numbers of one server take; those of the next one are told apart above them. Four servers have room below the
numbers of transitions (`fuzzers.novelty.TRANSITIONS`), more share."""
SERVERS = 4


class DifferentialPlayer:
    """See `fuzzers.targets.player.CasePlayer`. Every server meets every case, whatever the others made of it."""

    def __init__(self, players: Sequence[CasePlayer]) -> None:
        self.restarts = 0
        self._players = players

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool) -> Execution:
        """Play one case on each of them."""
        first, *others = [player.play(messages, conduct, patient=patient) for player in self._players]
        self.restarts = sum(player.restarts for player in self._players)
        if not any(each.coverage for each in (first, *others)):
            return replace(first, others=tuple(others))
        coverage = [
            number + ((place % SERVERS) << PLACE_BITS) for place, each in enumerate((first, *others)) for number in each.coverage
        ]
        return replace(first, others=tuple(others), coverage=tuple(coverage))

    def renew(self) -> None:
        """All of them are started again."""
        for player in self._players:
            player.renew()

    def close(self) -> None:
        """Stop all of them."""
        for player in self._players:
            player.close()


def several(makers: Sequence[MakePlayer]) -> MakePlayer:
    """A player on all of these. Only the first one's server stands on the worker's board; the others die with their guardians."""

    def make(post: Post) -> CasePlayer:
        return DifferentialPlayer(
            [each(post if not place else replace(post, board=Board())) for place, each in enumerate(makers)]
        )

    return make

"""Plays each case on several servers, one after the other: what happened on the first, with what happened on the others."""

from collections.abc import Sequence
from dataclasses import replace

from fuzzers.model import Conduct, Execution
from fuzzers.targets.board import Board
from fuzzers.targets.calibration import Calibration
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

    @property
    def keeps(self) -> bool:
        """Whether one of them does."""
        return any(player.keeps for player in self._players)

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool = False, number: int | None = None) -> Execution:
        """Play one case on each of them."""
        first, *others = [player.play(messages, conduct, patient=patient, number=number) for player in self._players]
        self.restarts = sum(player.restarts for player in self._players)
        coverage = _apart([first.coverage, *(each.coverage for each in others)])
        return replace(first, others=tuple(others), coverage=coverage)

    def reached(self) -> tuple[int, ...]:
        """What all of them reached."""
        return _apart([player.reached() for player in self._players])

    def disregard(self) -> None:
        """For none of them."""
        for player in self._players:
            player.disregard()

    def calibrate(self) -> Calibration:
        """Each of them on its own; together they are as stable as the least stable one."""
        found = [player.calibrate() for player in self._players]
        return Calibration(
            "differential", stability=min(each.stability for each in found), places=sum(each.places for each in found)
        )

    def renew(self) -> None:
        """All of them are started again."""
        for player in self._players:
            player.renew()

    def close(self) -> None:
        """Stop all of them."""
        for player in self._players:
            player.close()


def _apart(coverages: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    """The features of all servers as different numbers."""
    return tuple(number + ((place % SERVERS) << PLACE_BITS) for place, coverage in enumerate(coverages) for number in coverage)


def several(makers: Sequence[MakePlayer]) -> MakePlayer:
    """A player on all of these. Only the first one's server stands on the worker's board; the others die with their guardians."""

    def make(post: Post) -> CasePlayer:
        return DifferentialPlayer(
            [each(post if not place else replace(post, board=Board())) for place, each in enumerate(makers)]
        )

    return make

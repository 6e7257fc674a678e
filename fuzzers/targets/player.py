"""What a worker has for playing cases: one player of its own, made inside it, with or without a server beyond this process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from fuzzers.model import Conduct, Execution
from fuzzers.targets.board import Board
from fuzzers.targets.calibration import Calibration

__all__ = ["CasePlayer", "MakePlayer", "Post"]


class CasePlayer(Protocol):
    """Plays one case after the other against one target."""

    restarts: int
    """How often the target had to be started again because a case ended it."""

    @property
    def keeps(self) -> bool:
        """Whether a case may feel what earlier ones did to the target."""
        ...

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool = False, number: int | None = None) -> Execution:
        """Play one case, which has this number in a sweep. `patient` waits longer before it calls something a hang.

        In a sweep, coverage is told only when some of it is new to this player (see `reached`). Raises `TargetError` where there is no
        target.
        """
        ...

    def reached(self) -> tuple[int, ...]:
        """All of the coverage of the last case."""
        ...

    def disregard(self) -> None:
        """The last case does not count: what was new in it will be new again."""
        ...

    def calibrate(self) -> Calibration:
        """Find out how the target is best played on, and do so from now on. Raises `TargetError` where it cannot be played on at all."""
        ...

    def renew(self) -> None:
        """The next case meets a freshly started target."""
        ...

    def close(self) -> None:
        """Stop what was started."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """A worker's place, as its player sees it: its number among the workers, the board it shares with the parent, and the way out
    for a player that cannot go on in this process (`abandon` reports the execution and ends the worker). `calibration` is what another
    worker has found out about targets like this one."""

    number: int
    board: Board
    abandon: Callable[[Execution], NoReturn]
    calibration: Calibration | None = None


MakePlayer = Callable[[Post], CasePlayer]

"""What a worker has for playing cases: one player of its own, made inside it, with or without a server beyond this process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from fuzzers.model import Conduct, Execution
from fuzzers.targets.board import Board

__all__ = ["CasePlayer", "MakePlayer", "Post"]


class CasePlayer(Protocol):
    """Plays one case after the other against one target."""

    restarts: int
    """How often the target had to be started again because a case ended it."""

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool) -> Execution:
        """Play one case. `patient` waits longer before it calls something a hang. Raises `TargetError` where there is none."""
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
    for a player that cannot go on in this process (`abandon` reports the execution and ends the worker)."""

    number: int
    board: Board
    abandon: Callable[[Execution], NoReturn]


MakePlayer = Callable[[Post], CasePlayer]

"""How long a check may take on the clock. Asked by peers, so that a check ends where it talks to its target."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["UNLIMITED", "Budget", "OutOfTimeError"]


class OutOfTimeError(Exception):
    """The check took longer than it may."""


@dataclass(frozen=True, slots=True)
class Budget:
    """A moment of `clock` (seconds) after which a check is over."""

    deadline_s: float = math.inf
    clock: Callable[[], float] = time.monotonic

    @staticmethod
    def of(seconds: float, clock: Callable[[], float] = time.monotonic) -> "Budget":
        """One that is over in so many seconds."""
        return Budget(clock() + seconds, clock)

    def left(self) -> float:
        """Seconds that are left; raises `OutOfTimeError` when there are none."""
        seconds = self.deadline_s - self.clock()
        if seconds <= 0:
            raise OutOfTimeError
        return seconds


UNLIMITED = Budget()
"""For checks that nobody waits for."""

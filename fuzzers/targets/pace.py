"""Not too fast: cases keep a distance in time from each other, for targets that others use as well."""

import time
from collections.abc import Callable

__all__ = ["Pace"]


class Pace:
    """Lets one case begin every `distance_s` seconds; 0 is no limit. What was late is not made up for: a limit is no average."""

    def __init__(
        self, distance_s: float, clock: Callable[[], float] = time.monotonic, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._distance = distance_s
        self._clock = clock
        self._wait = wait
        self._next = 0.0

    def keep(self) -> None:
        """Wait until the next case may begin."""
        if not self._distance:
            return
        now = self._clock()
        if now < self._next:
            self._wait(self._next - now)
            now = self._next
        self._next = now + self._distance

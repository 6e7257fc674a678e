"""When is a server done with a message, and when does it hang? Two answers: by looking at its processes, by listening for silence."""

import time
from collections.abc import Callable

from fuzzers.model import Failure
from fuzzers.targets.procstat import ProcessTree

__all__ = ["ProcessWatcher", "SilenceWatcher"]

QUIET_LOOKS = 3
"""Consecutive looks that must find every thread asleep, where there are several: one may be about to wake another. A thread that is alone
is woken by us only, before we look: what we send over loopback has arrived when the call comes back."""
HANG_CPU_NS = 200_000_000
"""Processor time for one case: twenty ticks of the kernel's clock, a hundred times what a small server takes."""
STUCK_S = 5.0
"""Seconds on the clock without an end, whatever the processor time says: waiting for a disk or a lock, stopped."""
PATIENCE = 3
"""How many times longer everything may take when a suspected hang is confirmed."""

FIRST_SILENCE_S, SHORTEST_SILENCE_S, LONGEST_SILENCE_S = 0.25, 0.02, 2.0
SILENCE_FACTOR = 8
"""A stranger is done when it was silent for eight times its slowest reply so far, within these bounds."""
FADING = 0.9
"""How slow it was is forgotten within some tens of replies: one hiccup must not slow down the rest of a campaign."""


class ProcessWatcher:
    """For servers whose processes we can see."""

    looks = True

    def __init__(self, tree: ProcessTree) -> None:
        self.patient = False
        self._tree = tree
        self._quiet = 0
        self._cpu_ns = 0
        self._since = 0.0

    def begin(self) -> None:
        """Find new threads. How long a case takes is of interest only once it takes long."""
        self._tree.refresh()
        self._quiet = 0
        self._since = 0.0

    def said(self) -> None:
        """Whatever was seen before counts no more."""
        self._quiet = 0

    heard = said

    def is_done(self) -> bool:
        """All threads were asleep several times in a row, those included that were started meanwhile."""
        tree = self._tree
        if not tree.is_quiet():
            self._quiet = 0
            return False
        self._quiet += 1
        if (self.patient or len(tree) > 1) and self._quiet < QUIET_LOOKS * (PATIENCE if self.patient else 1):
            return False
        if tree.refresh():
            self._quiet = 0
        return self._quiet > 0

    def hang(self) -> Failure | None:
        """Too much processor time for one case, or far too much time altogether, since this was asked first."""
        factor = PATIENCE if self.patient else 1
        tree = self._tree
        tree.refresh()
        if not self._since:
            self._since, self._cpu_ns = time.monotonic(), tree.cpu_ns()
        if tree.cpu_ns() - self._cpu_ns > factor * HANG_CPU_NS:
            return Failure("endless loop", "still busy after the processor time of many cases")
        if time.monotonic() - self._since > factor * STUCK_S:
            return Failure("no progress", "neither asleep nor done")
        return None


class SilenceWatcher:
    """For servers of which only the socket is seen."""

    looks = False

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.patient = False
        self._clock = clock
        self._slowest = 0.0
        self._since = 0.0
        self._began = 0.0

    def begin(self) -> None:
        """The first thing said starts the clock."""
        self._began = self._since = self._clock()

    def said(self) -> None:
        """The silence begins again."""
        self._since = self._clock()

    def heard(self) -> None:
        """Learn how slow this server can be."""
        now = self._clock()
        self._slowest = max(self._slowest * FADING, now - self._since)
        self._since = now

    def is_done(self) -> bool:
        """Silent for much longer than it ever was before a reply."""
        return self._clock() - self._since > self.silence

    @property
    def silence(self) -> float:
        """Seconds of silence that mean the end."""
        wanted = self._slowest * SILENCE_FACTOR if self._slowest else FIRST_SILENCE_S
        return min(LONGEST_SILENCE_S, max(SHORTEST_SILENCE_S, wanted)) * (PATIENCE if self.patient else 1)

    def hang(self) -> Failure | None:
        """Silence is not a hang: whether anybody is still there is for the liveness probe to say."""
        if self._clock() - self._began > STUCK_S * (2 * PATIENCE if self.patient else 2):
            return Failure("no progress", "it talks without end")
        return None

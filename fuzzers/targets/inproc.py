"""Plays cases on a sans-IO server of this process, within a budget of processor time.

A server that loops cannot be stopped from inside its own loop, and its state cannot be trusted any more: the worker ends with it, and its
stack is known. The parent starts the next worker in a few milliseconds.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import FrameType

from fuzzers.fingerprints import frames_of, inside
from fuzzers.model import Conduct, Ending, Execution, Failure, Growth
from fuzzers.slopes import traced_growth
from fuzzers.targets.budget import CpuBudget
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.play import Player
from fuzzers.targets.player import Post

__all__ = ["InProcess"]

HANG_S = 0.05
"""Processor seconds for one case of a range: a hundred times what a case of a small server takes."""
BYTE_S, BYTES = 30e-6, 64 * 1024
"""Processor seconds that each of the first so many bytes of a case may take on top of that: a message may hold thousands of small
requests, and a server written in Python takes a millisecond for every thirty bytes of them."""
PATIENT_S = 0.2
"""The same when a suspected hang is confirmed: four times as long, three times in a row."""
GROWTH_EVERY = 512
"""Cases of which one is played some more times, to see what is left of it: that costs one case in twenty."""


class InProcess:
    """See `fuzzers.targets.player.CasePlayer`. Each case meets a fresh service, so there is nothing to renew or to close."""

    keeps = False

    def __init__(self, player: Player, post: Post) -> None:
        self.restarts = 0
        self._player = player
        self._abandon = post.abandon
        self._budget = CpuBudget(self._hung)

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool = False, number: int | None = None) -> Execution:
        """Play one case; does not return when it hangs."""
        self._budget.start((PATIENT_S if patient else HANG_S) + BYTE_S * min(BYTES, sum(map(len, messages))))
        execution = self._player.play(messages, conduct)
        self._budget.stop()
        if (patient if number is None else number % GROWTH_EVERY == 0) and execution.failure is None:
            execution = replace(execution, growth=self._growth(messages, conduct))
        return execution

    def _growth(self, messages: Sequence[bytes], conduct: Conduct) -> Growth | None:
        """What outlives the services that the same case was played on: a module keeps it."""

        def again() -> None:
            self._budget.start(PATIENT_S + BYTE_S * min(BYTES, sum(map(len, messages))))
            self._player.play(messages, conduct)
            self._budget.stop()

        return traced_growth(again)

    def reached(self) -> tuple[int, ...]:
        """Nobody counts what the server's code does."""
        return ()

    def disregard(self) -> None:
        """Nothing was counted."""

    def calibrate(self) -> Calibration:
        """There is only one way."""
        return Calibration("inproc")

    def renew(self) -> None:
        """What a module of the server keeps outlives a service, but not its process: that is for the parent to end."""

    def close(self) -> None:
        """Nothing was started."""

    def _hung(self, frame: FrameType) -> None:
        """The server loops in `frame`: report and end, whatever its code would do about an exception."""
        names = inside(frames_of(frame))  # none where the loop is ours: so many messages that together they take too long
        place = names[-1] if names else "the exchange of messages"
        failure = Failure("endless loop", f"in {place}", names, "\n".join(names))
        self._abandon(self._player.ended(Ending.HUNG, failure))

"""Plays cases on a sans-IO server of this process, within a budget of processor time.

A server that loops cannot be stopped from inside its own loop, and its state cannot be trusted any more: the worker ends with it, and its
stack is known. The parent starts the next worker in a few milliseconds.
"""

import gc
import time
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType

from fuzzers.coverage import CoverageMap
from fuzzers.fingerprints import frames_of, inside
from fuzzers.model import Conduct, Ending, Execution, Failure
from fuzzers.slopes import traced_growth
from fuzzers.targets.budget import CpuBudget
from fuzzers.targets.calibration import Calibration
from fuzzers.targets.heap import held
from fuzzers.targets.play import Player
from fuzzers.targets.player import Post

__all__ = ["InProcess"]

HANG_S = 0.05
"""Processor seconds for one case of a range: a hundred times what a case of a small server takes."""
BYTE_S, BYTES = 60e-6, 64 * 1024
"""Processor seconds that each of the first so many bytes of a case may take on top of that: a message may hold thousands of small
requests, and a server written in Python takes a millisecond for every thirty bytes of them. Twice that, for a busy machine; all together
is less than what the worker's parent waits for."""
PATIENT_S = 0.2
"""The same when a suspected hang is confirmed: four times as long, three times in a row."""
GROWTH_EVERY = 512
"""Cases of which one is played some more times, to see what is left of it: that costs one case in twenty."""
GROWTH_S, PATIENT_GROWTH_S = 0.01, 0.04
"""Processor seconds of a case, in a range and when it is confirmed, beyond which nobody looks at what is left of it: dozens of plays, each
four times as slow while allocations are counted, would take seconds. What a server keeps of such a case it keeps of quicker ones."""
GROWTH = 32 * 1024
"""Bytes that a case may hold after it was played for the second time; one that shows something new and holds more is looked at as well."""


class InProcess:
    """See `fuzzers.targets.player.CasePlayer`. Each case meets a fresh service, so there is nothing to renew. `coverage` is the map that
    the server's code fills, if it does.

    What a case reaches may depend on what was played before it: code runs once, then its result is kept. So a case that shows something
    new is played again, and what it reaches then is what it reaches: that is the same in every worker, whatever that has played.
    """

    keeps = False

    def __init__(self, player: Player, post: Post, coverage: CoverageMap | None = None) -> None:
        self.restarts = 0
        self._player = player
        self._board = post.board
        self._abandon = post.abandon
        self._budget = CpuBudget(self._hung)
        self._coverage = coverage
        self._last: tuple[Sequence[bytes], Conduct] = (), Conduct()
        self._grew = False
        """Whether the last case seems to have left something behind."""
        player.play(())  # what a server imports when it is first needed is not its first case's time

    def play(self, messages: Sequence[bytes], conduct: Conduct, *, patient: bool = False, number: int | None = None) -> Execution:
        """Play one case; does not return when it hangs."""
        self._last = messages, conduct
        began = time.process_time()
        execution = self._played(PATIENT_S if patient else HANG_S)
        used = time.process_time() - began
        if self._coverage is not None:
            execution = replace(execution, coverage=self._shown(self._coverage, swept=number is not None))
        suspicious = patient if number is None else self._grew or number % GROWTH_EVERY == 0
        if suspicious and execution.failure is None and used < (PATIENT_GROWTH_S if patient else GROWTH_S):
            # what outlives the services that the same case was played on, a module keeps
            execution = replace(execution, growth=traced_growth(lambda: self._played(PATIENT_S)))
        return execution

    def _played(self, seconds: float) -> Execution:
        """Play the last case, from an empty map."""
        messages, conduct = self._last
        self._board.beat()
        if self._coverage is not None:
            self._coverage.clear()
        self._budget.start(seconds + BYTE_S * min(BYTES, sum(map(len, messages))))
        execution = self._player.play(messages, conduct)
        self._budget.stop()
        return execution

    def _shown(self, coverage: CoverageMap, *, swept: bool) -> tuple[int, ...]:
        """What the last case showed; in a sweep nothing where nothing of it is new. Says whether it grew, too."""
        self._grew = False
        if not swept:
            return coverage.features()
        if not coverage.novel():
            return ()
        coverage.take_back()
        gc.collect(0)  # circles of objects that nobody has looked for yet are not kept
        before = held()
        self._played(PATIENT_S)
        novel = coverage.novel()
        self._player.turns = []  # what was said is not kept by the server
        gc.collect(0)
        self._grew = held() - before >= GROWTH
        return novel

    def reached(self) -> tuple[int, ...]:
        """See `CasePlayer`. The case is played again: judging it has run code of the same plugin."""
        if self._coverage is None:
            return ()
        self._played(PATIENT_S)
        return self._coverage.features()

    def disregard(self) -> None:
        """See `CasePlayer`."""
        if self._coverage is not None:
            self._coverage.take_back()

    def calibrate(self) -> Calibration:
        """There is only one way."""
        return Calibration("inproc")

    def renew(self) -> None:
        """What a module of the server keeps outlives a service, but not its process: that is for the parent to end."""

    def close(self) -> None:
        """The worker ends; its map goes with it, for the server's code counts in it to the last."""

    def _hung(self, frame: FrameType) -> None:
        """The server loops in `frame`: report and end, whatever its code would do about an exception."""
        names = inside(frames_of(frame))  # none where the loop is ours: so many messages that together they take too long
        place = names[-1] if names else "the exchange of messages"
        failure = Failure("endless loop", f"in {place}", names, "\n".join(names))
        self._abandon(self._player.ended(Ending.HUNG, failure))

"""A limit on processor time for code of this process, and where it was looping when the limit was reached.

Processor time, not time on the clock: a busy machine does not make a target hang. A sampled stack says little (a loop is caught in
a different helper each time), so when the alarm comes the lines that go on being executed are watched for a moment: the outermost
function that keeps executing lines is the one that holds the loop.

Only the main thread of a process can use this, and only one budget at a time.
"""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["CpuBudget"]

LINES = 2000
"""Lines seen before a loop is believed: dozens of rounds of any loop body, a few milliseconds."""
SECOND_ALARM_S = 0.1
"""Processor seconds after which the watching ends whatever was seen: the loop may be inside one library call."""


class CpuBudget:
    """Calls `on_hang(frame)` with the looping frame when code between `start` and `stop` uses too much processor time.

    `on_hang` is expected not to return; where it does, the code goes on with a fresh budget.
    """

    def __init__(self, on_hang: Callable[[FrameType], None]) -> None:
        self._on_hang = on_hang
        self._lines: dict[FrameType, int] = {}
        self._watching = False
        signal.signal(signal.SIGPROF, self._alarm)

    def start(self, seconds: float) -> None:
        """The clock starts to run."""
        signal.setitimer(signal.ITIMER_PROF, seconds, SECOND_ALARM_S)

    def stop(self) -> None:
        """The code came to its end in time."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        if self._watching:
            self._unwatch()

    def _alarm(self, _signal: int, frame: FrameType | None) -> None:
        if frame is None:
            return
        if self._watching:
            seen = [each for each, lines in self._lines.items() if lines]
            self._report(seen[-1] if seen else frame)
            return
        self._watching = True
        each: FrameType | None = frame
        while each is not None:  # innermost first, so the outermost frame is the last entry
            self._lines[each] = 0
            each.f_trace = self._line
            each = each.f_back
        sys.settrace(_ignore_calls)

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line" and self._watching:
            self._lines[frame] += 1
            if self._lines[frame] >= LINES:
                self._report(frame)
        return self._line

    def _report(self, frame: FrameType) -> None:
        self._unwatch()
        self._on_hang(frame)

    def _unwatch(self) -> None:
        sys.settrace(None)
        for frame in self._lines:
            frame.f_trace = None
        self._lines = {}
        self._watching = False


def _ignore_calls(_frame: FrameType, _event: str, _argument: Any) -> None:
    """New frames are not watched: what they do belongs to the frame that calls them again and again."""

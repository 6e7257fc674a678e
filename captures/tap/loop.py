"""Capture without privileges: clients connect to the tap, the tap connects to their targets, and what passes is written down as if the
packets had been seen.

The capture shows each client talking to its target directly, with the times at which the tap saw the bytes. The bytes are as they were
sent, the segments are made up (`synthesis`). What is relayed and how is a `Way` (`ways`); here are the loop and its file.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from selectors import BaseSelector

from captures.tap.doors import Door, Way
from captures.tap.facts import TapCounters, Tell, nobody_listens
from captures.tap.ground import Ground, Names
from captures.tap.journal import TapFile
from captures.tap.limits import TapLimits
from captures.tap.reach import LOOPBACK, Reach
from workbench.api import CaptureError, Endpoint

__all__ = ["Tap", "running"]

QUIET_S = 0.01
"""With nothing to do for so long, what was recorded is flushed."""

IDLE_S = 0.1
"""`stop` is asked at least that often."""


class Tap:
    """A relay that goes one `way`, recording into `path`; clients connect to `endpoint`.

    `reach` says what may be reached besides loopback addresses, `names` looks up what proxies' clients ask for, `tell` hears of trouble
    with single clients. Raises UsageError for what cannot be or is not permitted, CaptureError when the file cannot be written.
    """

    def __init__(
        self,
        way: Way,
        path: str | Path,
        *,
        reach: Reach = LOOPBACK,
        limits: TapLimits | None = None,
        clock: Callable[[], int] = time.time_ns,
        tell: Tell = nobody_listens,
        names: Callable[[BaseSelector], Names] | None = None,
    ) -> None:
        self._ground = Ground(limits=limits or TapLimits(), clock=clock, reach=reach, tell=tell)
        self._door: Door | None = None
        self._names: Names | None = None
        try:
            if names is not None:
                self._names = names(self._ground.selector)
                self._ground.lookup = self._names.lookup
            self._door = way(self._ground)
            self._file = TapFile(path, self._door.title, filter_text=self._door.filter_text, clock=clock)
        except BaseException:
            self._give_up()
            raise
        self._ground.file = self._file
        self._told = TapCounters(port=self.endpoint.port)

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect."""
        assert self._door is not None, "made first"
        return self._door.endpoint

    @property
    def counters(self) -> TapCounters:
        """State as of the last flush."""
        return self._told

    def run(self, stop: Callable[[], bool], *, report: Callable[[TapCounters], None] = lambda _: None) -> TapCounters:
        """Relay until `stop()` says so. `report` is told counters after each flush. Raises CaptureError when the disk is full."""
        door = self._door
        assert door is not None, "made first"
        try:
            report(self._told)
            while not stop():
                self._serve(door, report)
            self._drain(door)
        finally:
            door.close()
        self._flush()
        report(self._told)
        return self._told

    def close(self) -> None:
        """Give up all sockets and the file; harmless when repeated."""
        self._give_up()
        self._file.close()

    def __enter__(self) -> "Tap":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _serve(self, door: Door, report: Callable[[TapCounters], None]) -> None:
        """Wait for sockets, do what they allow, and flush when it is time."""
        door.tick(self._ground.clock())
        due_s = door.due_s()
        ready = self._ground.dispatch(min(QUIET_S if self._file.waiting else IDLE_S, IDLE_S if due_s is None else due_s))
        if (not ready or self._file.due()) and (self._file.waiting or self._counted(door) != self._told):
            self._flush()
            report(self._told)

    def _drain(self, door: Door) -> None:
        """Accept and read no more, pass on what was read."""
        door.drain()
        clock = self._ground.clock
        deadline = clock() + self._ground.limits.drain_ns
        while clock() < deadline and door.pending:
            self._ground.dispatch(QUIET_S)
            door.tick(clock())

    def _counted(self, door: Door) -> TapCounters:
        file = self._file
        return TapCounters(
            port=door.endpoint.port,
            connections=door.accepted,
            open=door.open,
            refused=door.refused,
            frames=file.frames,
            to_server=file.carried[0],
            to_client=file.carried[1],
            opened=door.opened,
            dropped=door.dropped,
        )

    def _flush(self) -> None:
        self._file.flush()
        assert self._door is not None, "made first"
        self._told = self._counted(self._door)

    def _give_up(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._names is not None:
            self._names.close()
        self._ground.close()


@contextlib.contextmanager
def running(tap: Tap) -> Iterator[Tap]:
    """Run a tap in a thread until the block is left. A full disk is raised when leaving."""
    stop = threading.Event()
    failures: list[CaptureError] = []

    def work() -> None:
        try:
            tap.run(stop.is_set)
        except CaptureError as error:
            failures.append(error)

    thread = threading.Thread(target=work, name="tap")
    thread.start()
    try:
        yield tap
    finally:
        stop.set()
        thread.join()
        tap.close()
    if failures:
        raise failures[0]

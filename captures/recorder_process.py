"""A recorder (live capture, tap relay) in a process of its own, and the line protocol between it and its parent.

The child tells one JSON object a line on standard output: `{"counters": {...}}` as soon as it records and then now and again, or
`{"error": {...}}` as its last word. It stops when its standard input ends, hence also when the parent dies. Packets never pass here:
they are in the file.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Generic, TypeVar

from workbench.api import CaptureError, UsageError, WorkbenchError

__all__ = ["RecorderProcess", "serve_parent"]

T = TypeVar("T")

START_S = 15.0
"""A child that says nothing for so long after its start will never say anything: importing takes well under a second."""

STOP_S = 10.0
"""Time to write down what the kernel still holds."""

REPORT_S = 0.1
"""Counters are told that often at most."""


class RecorderProcess(Generic[T]):
    """A running `python -m module arguments`. `counters` is the latest it told, in the form that `shape(**values)` gives."""

    def __init__(self, module: str, arguments: Sequence[str], shape: Callable[..., T]) -> None:
        self._shape = shape
        self._ready = threading.Event()
        self._began = self._killed = False
        self.counters: T = shape()
        self.failure: WorkbenchError | None = None
        """Why it stopped on its own."""
        command = [sys.executable, "-m", module, *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        self._listener = threading.Thread(target=self._listen, name=module, daemon=True)
        self._listener.start()
        if not self._ready.wait(START_S):
            self.kill()
            raise CaptureError(f"the recording process said nothing within {START_S:g} s", place=module)
        if not self._began:
            failure = self.failure
            self.kill()
            assert failure is not None
            raise failure

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still records."""
        return self._listener.is_alive()

    def stop(self) -> T:
        """End the recording in order; returns the last counters. Raises CaptureError when it had failed. May be called twice."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.failure = CaptureError("the recording process did not stop and was killed", remedy="Look at the file's end")
        self.kill()
        if self.failure is not None:
            raise self.failure
        return self.counters

    def kill(self) -> None:
        """End it at once; what was counted is in the file."""
        self._killed = True
        self._process.kill()
        self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> "RecorderProcess[T]":
        return self

    def __exit__(self, *_: object) -> None:
        """Stop in order; whoever wants to know about a failure calls `stop`."""
        with contextlib.suppress(WorkbenchError):
            self.stop()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "error" in told:
                error = told["error"]
                kind = UsageError if error["usage"] else CaptureError
                self.failure = kind(error["message"], place=error["place"], remedy=error["remedy"])
            else:
                self.counters = self._shape(**told["counters"])
                self._began = True
                self._ready.set()
        status = self._process.wait()
        if self.failure is None and not self._killed and (status or not self._began):
            when = "" if self._began else " before it began"
            self.failure = CaptureError(
                f"the recording process ended with status {status}{when}", remedy="What it counted is in the file"
            )
        self._ready.set()


def serve_parent(record: Callable[[Callable[[], bool], Callable[[dict[str, Any]], None]], None]) -> int:
    """The child's side: call `record(stop, report)` until the parent or a signal ends it; returns the exit status."""
    ended = threading.Event()
    teller = _Teller()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        ended.set()

    def stop() -> bool:
        teller.tick()
        if not ended.is_set() and select.select([0], [], [], 0)[0] and not os.read(0, 4096):
            ended.set()
        return ended.is_set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        record(stop, teller.report)
    except WorkbenchError as error:
        usage = isinstance(error, UsageError)
        teller.tell({"error": {"message": error.message, "place": error.place, "remedy": error.remedy, "usage": usage}})
        return 2
    except BrokenPipeError:  # nobody listens any more: the parent is gone
        return 0
    teller.finish()
    return 0


class _Teller:
    """Writes lines to standard output; counters not more often than useful, the last ones for certain."""

    def __init__(self) -> None:
        self._due = 0.0
        self._pending: dict[str, Any] | None = None

    def report(self, counters: dict[str, Any]) -> None:
        self._pending = counters
        self.tick()

    def tick(self) -> None:
        now = time.monotonic()
        if self._pending is not None and now >= self._due:
            self._due = now + REPORT_S
            self.finish()

    def finish(self) -> None:
        if self._pending is not None:
            self.tell({"counters": self._pending})
            self._pending = None

    def tell(self, value: dict[str, Any]) -> None:
        os.write(1, json.dumps(value).encode() + b"\n")

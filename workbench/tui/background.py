"""One worker thread that carries out the screens' questions in short slices, the most urgent first.

A question is a generator: each step does a few milliseconds of work and yields what the screen shall do with it (a callable that the
application runs), None to go on, or a `Pause`. Asking again under the same name replaces the older question. One thread,
because a session is not thread-safe; slices, because typing must never wait for a large capture.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Background", "Pause", "Steps"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Do not go on with this question for so many seconds."""

    seconds: float


Steps = Iterator[Callable[[], object] | Pause | None]

JOIN_SECONDS = 5.0
"""How long closing waits for the running slice: longer than any honest slice, short enough that quitting never hangs."""


@dataclass(order=True, slots=True)
class _Job:
    priority: int
    order: int
    name: str = field(compare=False)
    begin: Callable[[], Steps] = field(compare=False)
    steps: Steps | None = field(default=None, compare=False)
    not_before: float = field(default=0.0, compare=False)
    replaced: bool = field(default=False, compare=False)


class Background:
    """The thread and its queue. `deliver` hands a callable to the application's thread, `failed` a question's exception."""

    def __init__(
        self,
        deliver: Callable[[Callable[[], object]], object],
        failed: Callable[[str, Exception], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliver = deliver
        self._failed = failed
        self._clock = clock
        self._jobs: dict[str, _Job] = {}
        self._wake = threading.Condition()
        self._order = itertools.count()
        self._closing = False
        self._busy = ""
        self._thread = threading.Thread(target=self._run, name="workbench-tui", daemon=True)
        self._thread.start()

    def ask(self, name: str, steps: Callable[[], Steps], *, priority: int = 5) -> None:
        """Carry out `steps()`, instead of an earlier question of the same name; smaller priorities go first."""
        with self._wake:
            older = self._jobs.pop(name, None)
            if older is not None:
                older.replaced = True
            self._jobs[name] = _Job(priority, next(self._order), name, steps)
            self._wake.notify()

    def drop(self, name: str) -> None:
        """Forget a question; a running slice still ends, its answer is not delivered."""
        with self._wake:
            older = self._jobs.pop(name, None)
            if older is not None:
                older.replaced = True

    @property
    def idle(self) -> bool:
        """Nothing to do now or later."""
        with self._wake:
            return not self._jobs and not self._busy

    def close(self) -> None:
        """Stop after the running slice."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join(JOIN_SECONDS)

    def _next(self) -> _Job | None:
        """Wait for a question that may go on; None when closing."""
        with self._wake:
            self._busy = ""
            while not self._closing:
                now = self._clock()
                ready = [job for job in self._jobs.values() if job.not_before <= now]
                if ready:
                    job = heapq.nsmallest(1, ready)[0]
                    self._busy = job.name
                    return job
                later = min((job.not_before for job in self._jobs.values()), default=None)
                self._wake.wait(None if later is None else max(0.001, later - now))
            return None

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._step(job)

    def _step(self, job: _Job) -> None:
        try:
            if job.steps is None:
                job.steps = job.begin()
            answer = next(job.steps)
        except StopIteration:
            self._forget(job)
            return
        except (
            Exception
        ) as error:  # a question must not end the thread that answers the others; the application says what happened
            self._forget(job)
            if not job.replaced:
                self._failed(job.name, error)
            return
        if job.replaced:
            return
        if isinstance(answer, Pause):
            job.not_before = self._clock() + answer.seconds
        elif answer is not None:
            self._deliver(answer)

    def _forget(self, job: _Job) -> None:
        with self._wake:
            if self._jobs.get(job.name) is job:
                del self._jobs[job.name]

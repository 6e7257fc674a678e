"""An executor whose cases are played by the workers of a dask cluster (the extra `cluster`); the only file that knows distributed.

Ranges of cases go to all workers at once, each together with what the corpus has grown since that worker heard of it last, and come back
in the order of their numbers: whoever plays them, a campaign against targets in process finds the same. What was found is confirmed and
minimised here, on a target of our own.
"""

import contextlib
import importlib.metadata
import itertools
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fuzzers.cases import CaseSource
from fuzzers.events import Means
from fuzzers.model import USUAL, Conduct
from fuzzers.pool import first_unknown
from fuzzers.shards import DISTRIBUTION, Behind, LoadSpecs, Recipe, Shard, ShardDone, clear_away, play_shard
from fuzzers.targets.config import TargetConfig
from fuzzers.targets.executor import Executor, Judged, Span
from fuzzers.targets.making import executor_for
from fuzzers.targets.orders import Broken
from workbench.api import Carrier, ProtocolSpec, TargetError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["Cluster", "cluster_executor"]

SHARD = 128
"""Cases of one range: a quarter of an epoch, so that four workers are busy although none may run ahead of what is known."""
AHEAD = 2
"""Ranges that a worker has at once: one is played while the next one travels."""
ANSWER_S = 10.0
"""A scheduler on a local network answers in milliseconds; workers that are being started need a few seconds."""
LOOK_S = 1.0
"""How often it is looked who of the workers is there."""
MOST_LOSSES = 3
"""Times that a range may vanish with its worker before the range is to blame."""


def cluster_executor(
    address: str,
    spec: ProtocolSpec,
    cases: CaseSource,
    target: TargetConfig,
    carrier: Carrier | None = None,
    *,
    load: LoadSpecs,
    plugins: Sequence[str] = (),
) -> "Cluster":
    """An executor over the workers of the scheduler at `address` ("tcp://host:8786"). `load` finds the protocols there, `plugins` are
    files that must lie at the same place on every machine.

    Raises `UsageError` without distributed or for an address that is none, `TargetError` when no scheduler answers.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError(
            "a cluster needs dask's distributed, which is not installed", remedy="pip install 'protocol-workbench[cluster]'"
        ) from error
    recipe = Recipe(
        key=uuid.uuid4().hex,
        version=importlib.metadata.version(DISTRIBUTION),
        load=load,
        protocol=spec.name,
        plugins=tuple(plugins),
        tokens=tuple(spec.hints.tokens),
        target=target,
        seeds=cases.pool.seeds,
        seed=cases.seed,
    )
    try:
        client = Client(address, timeout=ANSWER_S, set_as_default=False)
    except ValueError as error:
        raise UsageError(
            f"this is no address of a scheduler ({error})", place=address, remedy="Write it like tcp://host:8786"
        ) from error
    except OSError as error:
        raise TargetError(
            "no scheduler answers there", place=address, remedy="Start one: dask scheduler --host 127.0.0.1"
        ) from error
    return Cluster(client, address, recipe, cases, executor_for(spec, cases, target, 1, carrier))


class Cluster:
    """See `fuzzers.targets.executor.Executor`. `local` plays single cases; both are closed with this."""

    def __init__(self, client: "Client", address: str, recipe: Recipe, cases: CaseSource, local: Executor) -> None:
        self._client = client
        self._address = address
        self._recipe = recipe
        self._cases = cases
        self._local = local
        self.restarts = 0
        self._elsewhere = 0
        """Restarts of the workers' targets."""
        self._looked = float("-inf")
        self._workers: dict[str, int] = {}
        """Addresses, and how much of what the pool has grown each was told."""
        self._flying: dict[Future[Any], tuple[str, Shard]] = {}
        self._losses: dict[int, int] = {}
        self._open = True

    @property
    def means(self) -> Means:
        """Those of the local executor; every worker of the cluster is one."""
        self._look()
        return replace(self._local.means, workers=max(1, len(self._workers)))

    def prepare(self) -> None:
        """See `Executor`."""
        self._local.prepare()

    def play(self, messages: Sequence[bytes], conduct: Conduct = USUAL, *, patient: bool = False) -> Judged:
        """Play one case here."""
        judged = self._local.play(messages, conduct, patient=patient)
        self.restarts = self._elsewhere + self._local.restarts
        return judged

    def renew(self) -> None:
        """See `Executor`."""
        self._local.renew()

    def close(self) -> None:
        """Stop what was started here and there, and leave the cluster."""
        if self._open:
            self._open = False
            with contextlib.suppress(OSError, TimeoutError):  # a cluster that is gone has nothing left to stop
                self._client.run(clear_away, self._recipe.key)
            self._client.close(timeout=ANSWER_S)
        self._local.close()

    def sweep(self, first: int, last: int | None) -> Iterator[Span]:
        """Hand ranges out to all workers and give the results back in order."""
        done: dict[int, Span] = {}
        todo: deque[tuple[int, int]] = deque()
        following, wanted = first, first
        try:
            while True:
                end = first_unknown(wanted) if last is None else min(last, first_unknown(wanted))
                while following < end:
                    todo.append((following, min(end, following + SHARD)))
                    following = todo[-1][1]
                if not todo and not self._flying and not done:
                    return
                self._submit(todo)
                for span in self._collected(todo):
                    done[span.start] = span
                while wanted in done:
                    span = done.pop(wanted)
                    wanted = span.stop
                    yield span
        finally:
            self._client.cancel(list(self._flying))
            self._flying.clear()

    def _look(self) -> None:
        """Find out who is there; raises `TargetError` when nobody came for too long."""
        if time.monotonic() - self._looked < LOOK_S:
            return
        there = _addresses(self._client)
        if not there:
            with contextlib.suppress(TimeoutError):
                self._client.wait_for_workers(1, timeout=ANSWER_S)
            there = _addresses(self._client)
        if not there:
            raise TargetError(
                "the cluster has no workers", place=self._address, remedy=f"Start some: dask worker {self._address}"
            )
        self._workers = {worker: self._workers.get(worker, 0) for worker in there}
        self._looked = time.monotonic()

    def _submit(self, todo: deque[tuple[int, int]]) -> None:
        """Give every worker enough to do, in turn."""
        self._look()
        loads = dict.fromkeys(self._workers, 0)
        for worker, _ in self._flying.values():
            loads[worker] = loads.get(worker, 0) + 1
        places = sorted((load, worker) for worker, at in loads.items() if worker in self._workers for load in range(at, AHEAD))
        for (_, worker), (start, stop) in zip(places, itertools.islice(todo, len(places)), strict=False):
            grown, known = self._cases.pool.grown, self._workers[worker]
            shard = Shard(start, stop, known, tuple(grown[known:]))
            self._workers[worker] = len(grown)
            future = self._client.submit(play_shard, self._recipe, shard, workers=[worker], pure=False, retries=0)
            self._flying[future] = worker, shard
        for _ in range(min(len(places), len(todo))):
            todo.popleft()

    def _collected(self, todo: deque[tuple[int, int]]) -> Iterator[Span]:
        """What the workers report now; ranges of workers that are gone are handed out again."""
        from distributed import wait

        with self._client.as_current(), contextlib.suppress(TimeoutError):
            wait(list(self._flying), timeout=LOOK_S, return_when="FIRST_COMPLETED")
        for future, (worker, shard) in list(self._flying.items()):
            if future.status == "finished":
                del self._flying[future]
                report = future.result()
                if isinstance(report, Behind):
                    self._forgot(worker, shard, todo)
                else:
                    yield from self._taken(report, shard)
            elif future.status != "pending" or worker not in self._workers:
                del self._flying[future]
                self._lost(future, shard)
                self._forgot(worker, shard, todo)

    def _forgot(self, worker: str, shard: Shard, todo: deque[tuple[int, int]]) -> None:
        """Nobody knows what this worker knows: it is told everything again, and the range is handed out once more."""
        if worker in self._workers:
            self._workers[worker] = 0
        todo.appendleft((shard.start, shard.stop))

    def _taken(self, report: ShardDone | Broken, shard: Shard) -> tuple[Span, ...]:
        if isinstance(report, Broken):
            raise report.error(shard.start)
        self._elsewhere += report.restarts
        self.restarts = self._elsewhere + self._local.restarts
        return report.spans

    def _lost(self, future: "Future[Any]", shard: Shard) -> None:
        """A range came to nothing: with its worker, which is no matter unless it happens again, or by an error of ours or of the
        installation there."""
        from distributed.scheduler import KilledWorker

        problem = future.exception(timeout=ANSWER_S) if future.status == "error" else None
        if isinstance(problem, ImportError):
            raise TargetError(
                f"a worker of the cluster cannot load the workbench ({problem})",
                place=self._address,
                remedy="Install it where the workers run, in the same version",
            ) from problem
        if problem is not None and not isinstance(problem, KilledWorker):
            raise RuntimeError(f"a worker of the cluster failed in cases {shard.start} to {shard.stop}") from problem
        self._looked = float("-inf")
        self._losses[shard.start] = self._losses.get(shard.start, 0) + 1
        if self._losses[shard.start] > MOST_LOSSES:
            raise TargetError("workers of the cluster end again and again", place=f"cases {shard.start} to {shard.stop}")


def _addresses(client: "Client") -> list[str]:
    return sorted(client.nthreads())

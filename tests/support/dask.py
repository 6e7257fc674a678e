"""A cluster on loopback: a real scheduler and workers as programs, and the protocols that they are to load."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from support.tiny import TINY
from support.waiting import until
from workbench.api import ProtocolSpec

_PATH = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[1])])


def load_tiny(plugins: Sequence[str]) -> Sequence[ProtocolSpec]:
    """What a worker calls to find the protocol."""
    assert not plugins
    return (TINY,)


@contextmanager
def local_cluster(folder: Path, workers: int = 2) -> Iterator[str]:
    """The scheduler's address, while it has so many workers."""
    facts = folder / "scheduler.json"
    quiet = ["--no-dashboard", "--scheduler-file", str(facts)]
    with ExitStack() as stack, (folder / "dask.log").open("wb") as log:

        def start(*words: str) -> None:
            environment = os.environ | {"PYTHONPATH": _PATH}
            command = [sys.executable, "-m", "dask", *words]
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        start("scheduler", "--host", "127.0.0.1", "--port", "0", *quiet)
        until(facts.exists, "the scheduler", seconds=60)
        for _ in range(workers):
            start("worker", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--local-directory", str(folder), *quiet)
        from distributed import Client

        with Client(scheduler_file=str(facts), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
            address = client.scheduler.address
        yield address

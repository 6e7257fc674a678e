"""A cluster on loopback: a real scheduler and workers as programs, and the protocols that they are to load."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from construct import ConstructError

from support.tiny import CRASH, FRAME, PACKET, SEEDS, TINY, UNASKED, packet
from support.waiting import until
from workbench.api import ProtocolSpec, Seed, framed

_PATH = os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[1])])


SORRY, SHORTEST = packet(0, "bye", text=b"bad request"), len(packet(0, "echo"))


def _answer(frame: bytes) -> bytes:
    """An honest answer, but for two kinds; nothing here takes long, not even tens of thousands of empty frames."""
    if len(frame) < SHORTEST:
        return SORRY
    try:
        request = PACKET.parse(frame)
    except ConstructError:
        return SORRY
    if int(request.kind) == CRASH:
        raise IndexError("no such item")
    return packet(request.id ^ 0x5555 if int(request.kind) == UNASKED else request.id, request.kind)


FAULTY = replace(
    TINY, training=framed(FRAME, _answer), seeds=(*SEEDS, Seed("bad", (packet(2, CRASH), packet(3, "echo"), packet(4, UNASKED))))
)


def load_tiny(plugins: Sequence[str]) -> Sequence[ProtocolSpec]:
    """What a worker calls to find the protocol."""
    assert not plugins
    return (FAULTY,)


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """The scheduler's address, and the workers as processes."""

    address: str
    workers: "list[subprocess.Popen[bytes]]"


@contextmanager
def local_cluster(folder: Path, workers: int = 2) -> "Iterator[LocalCluster]":
    """A scheduler and so many workers."""
    facts = folder / "scheduler.json"
    quiet = ["--no-dashboard", "--scheduler-file", str(facts)]
    with ExitStack() as stack, (folder / "dask.log").open("wb") as log:

        def start(*words: str) -> "subprocess.Popen[bytes]":
            environment = os.environ | {"PYTHONPATH": _PATH}
            command = [sys.executable, "-m", "dask", *words]
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        start("scheduler", "--host", "127.0.0.1", "--port", "0", *quiet)
        until(facts.exists, "the scheduler", seconds=60)
        words = ("worker", "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--local-directory", str(folder), *quiet)
        processes = [start(*words) for _ in range(workers)]
        from distributed import Client

        with Client(scheduler_file=str(facts), set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
            address = client.scheduler.address
        yield LocalCluster(address, processes)

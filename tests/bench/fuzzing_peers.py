"""What `fuzzing.py` compares with: a stock boofuzz session on the same server and message, in a process of its own."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import workbench_streambus
from fuzzers import TargetConfig, cases
from fuzzers.targets.command import free_port
from fuzzers.targets.making import executor_for
from workbench.registry import load
from workbench_streambus.seeds import request

CRASHES = 20

_SESSION = """
import os, signal, sys, time
import boofuzz
from fuzzers.boofuzz_bridge import requests
from workbench.registry import load

port, seconds, tuned = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "tuned"
spec = load().get("streambus")
more = {"fuzz_db_keep_only_n_pass_cases": 1} if tuned else {}
session = boofuzz.Session(
    target=boofuzz.Target(connection=boofuzz.TCPSocketConnection("127.0.0.1", port)),
    web_port=None, keep_web_open=False, fuzz_loggers=[], receive_data_after_fuzz=True, reuse_target_connection=False, **more,
)
for request in requests(spec, spec.seeds[0]):
    session.connect(request)

def tell(*_):
    print("rate", session.num_cases_actually_fuzzed / (time.monotonic() - begun), flush=True)
    os._exit(0)  # a session does not let itself be stopped otherwise

signal.signal(signal.SIGALRM, tell)
signal.setitimer(signal.ITIMER_REAL, seconds)
begun = time.monotonic()
session.fuzz(max_depth=2)
tell()
"""


@contextlib.contextmanager
def _serving(server: Path) -> Iterator[int]:
    port = free_port()
    process = subprocess.Popen([server, str(port)])
    try:
        while True:
            with socket.socket() as sock:
                if not sock.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.01)
        yield port
    finally:
        process.kill()
        process.wait()


def rate(server: Path, seconds: float, *, tuned: bool) -> float:
    """Cases a second of boofuzz: no text log, replies read, its database as it comes or with one passing case kept."""
    with _serving(server) as port, tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", _SESSION, str(port), str(seconds), "tuned" if tuned else "default"]
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder, timeout=10 * seconds)
    return float(next(line for line in done.stdout.splitlines() if line.startswith("rate ")).split()[1])


def crash_s() -> float:
    """Seconds from the case that kills a fork of the faulty C server until the next one may begin."""
    from fuzzing import built

    spec = load().get("streambus")
    crashing = (request(1, "GetOffset", {"partition": 0, "timestamp": (1 << 64) - 1}),)
    with tempfile.TemporaryDirectory() as folder:
        server = built(Path(workbench_streambus.__file__).with_name("training.c"), Path(folder))
        target = TargetConfig(kind="command", command=(str(server), "{port}"), executor="fork")
        with closing(executor_for(spec, cases(spec, 1), target)) as executor:
            executor.play(spec.seeds[0].messages)
            begun = time.monotonic()
            for _ in range(CRASHES):
                verdict = executor.play(crashing).verdict
                assert verdict is not None
                assert verdict.summary.startswith("SIGSEGV")
            return (time.monotonic() - begun) / CRASHES

"""The workload drives a served reference server; equal randomness, equal requests."""

from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_http2.server import serve
from workbench_http2.workload import ROUNDS, workload


def run(seed: int) -> list[str]:
    with running(serve) as server:
        return list(workload(server.endpoint, Random(seed)))


def test_the_same_every_time():
    done = run(1)
    assert len(done) == 12 * ROUNDS
    assert done == run(1)
    assert done != run(2)
    assert done[:3] == ["GET /: 200, 447 bytes", "GET /hello.txt: 200, 26 bytes", "GET /data.json: 200, 2244 bytes"]
    assert sum(": 201," in line for line in done) == ROUNDS
    assert sum(": 206, 1000 bytes" in line for line in done) == ROUNDS
    assert sum(line.startswith("WebSocket: echo") for line in done) == ROUNDS
    assert done.count("PING: answered") == ROUNDS


def test_nobody_there():
    with running(serve) as server:
        gone = server.endpoint
    with pytest.raises(OSError, match="refused"):
        list(workload(Endpoint(gone.host, gone.port), Random(1)))

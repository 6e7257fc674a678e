"""The workload drives a served reference server; equal randomness, equal requests."""

from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_http1.server import serve
from workbench_http1.workload import ROUNDS, workload


def run(seed: int) -> list[str]:
    with running(serve) as server:
        return list(workload(server.endpoint, Random(seed)))


def test_the_same_every_time():
    done = run(1)
    assert len(done) == 9 * ROUNDS
    assert done == run(1)
    assert done != run(2)
    assert done[:3] == [
        "GET /: 200 OK, 417 bytes",
        "GET /hello.txt: 304 Not Modified, 0 bytes",
        "GET /data.json: 200 OK, 2244 bytes",
    ]
    assert sum(": 201 Created" in line for line in done) == ROUNDS
    assert sum(": 206 Partial Content, 1000 bytes" in line for line in done) == ROUNDS


def test_nobody_there():
    with running(serve) as server:
        gone = server.endpoint
    with pytest.raises(OSError, match="refused"):
        list(workload(Endpoint(gone.host, gone.port), Random(1)))

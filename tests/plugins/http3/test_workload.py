"""The workload drives a served reference server over QUIC; equal randomness, equal requests."""

from random import Random

import pytest

from support.quic_servers import quic_server
from workbench.api import Endpoint
from workbench_http3 import workload as module
from workbench_http3.workload import ROUNDS, workload
from workbench_http3.workload_client import Client


def test_the_same_every_time(tmp_path, monkeypatch):
    with quic_server(tmp_path) as place:
        done = list(workload(place.endpoint, Random(1)))
        assert len(done) == 11 * ROUNDS
        assert done[:3] == ["GET /: 200, 447 bytes", "GET /hello.txt: 200, 26 bytes", "GET /data.json: 200, 2244 bytes"]
        assert sum(": 201," in line for line in done) == ROUNDS
        assert sum(": 206, 1000 bytes" in line for line in done) == ROUNDS
        assert sum(line.startswith("WebSocket: echo") for line in done) == ROUNDS
        monkeypatch.setattr(module, "ROUNDS", 1)
        assert list(workload(place.endpoint, Random(1)))[:5] == done[:5]
        assert list(workload(place.endpoint, Random(2)))[3:5] != done[3:5]


def test_nobody_there(tmp_path):
    with quic_server(tmp_path) as place:
        gone = place.endpoint
    with pytest.raises(OSError, match=r"refused|says nothing|ended"):
        list(workload(Endpoint(gone.host, gone.port), Random(1)))


def test_a_server_that_leaves(tmp_path):
    with quic_server(tmp_path) as place:
        client = Client(place.endpoint)
        client.__enter__()
        assert client.get("/health") == "GET /health: 200, 3 bytes"
    with pytest.raises(OSError, match=r"refused|ended"):
        client.get("/health")
    client.__exit__()

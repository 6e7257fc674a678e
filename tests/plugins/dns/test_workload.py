from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_dns.server import serve_datagrams, serve_streams
from workbench_dns.workload import ROUNDS, workload_datagrams, workload_streams


def test_it_asks_over_udp():
    with running(serve_datagrams, transport="udp") as server:
        lines = list(workload_datagrams(server.endpoint, Random(1)))
        assert server.counters.crashed == 0
    assert len(lines) == ROUNDS
    assert "A www.workbench.test → 192.0.2.80, 192.0.2.81" in lines
    assert "A nobody.workbench.test → nxdomain" in lines
    assert lines[-1].startswith("TXT big.workbench.test → truncated")


def test_it_asks_over_tcp():
    with running(serve_streams) as server:
        lines = list(workload_streams(server.endpoint, Random(1)))
        assert server.counters.crashed == 0
    assert len(lines) == 2 * ROUNDS
    assert any("and 10 more" in line for line in lines)


def test_equal_randomness_asks_equal_things():
    with running(serve_streams) as server:
        first, second = (list(workload_streams(server.endpoint, Random(5))) for _ in range(2))
    assert first == second


def test_nobody_there():
    with pytest.raises(OSError, match="refused"):
        list(workload_streams(Endpoint("127.0.0.1", 9), Random(1)))

from random import Random

import pytest

from workbench.api import Endpoint
from workbench.serving import running
from workbench_socks5.server import serve
from workbench_socks5.workload import ROUNDS, workload


def test_it_drives_every_command():
    with running(serve) as server:
        lines = list(workload(server.endpoint, Random(1)))
        assert server.counters.crashed == 0
    assert sum("fetched /item/" in line for line in lines) == ROUNDS
    assert "was called through BIND" in lines
    assert any("one of them in fragments" in line for line in lines)
    assert lines[-2:] == [
        "192.0.2.1:80 was refused: connection not allowed by ruleset",
        "127.0.0.1:9 was refused: connection refused",
    ]


def test_nobody_there():
    with pytest.raises(OSError, match="refused"):
        list(workload(Endpoint("127.0.0.1", 9), Random(1)))

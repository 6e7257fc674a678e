import random

from workbench.serving import running
from workbench_websocket.server import serve
from workbench_websocket.workload import MESSAGES, workload


def test_the_reference_server_pleases_a_real_client():
    with running(serve) as server:
        lines = list(workload(server.endpoint, random.Random(1)))
        assert len(lines) == 3 * (MESSAGES + 3)
        assert not [line for line in lines if "something else" in line or "not answered" in line]
        assert lines[-1].endswith("closed with 1000")

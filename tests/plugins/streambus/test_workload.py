"""The workload against the reference server: it does everything, and equal randomness does it equally."""

from random import Random

from workbench.api import ServerOptions
from workbench.serving import running
from workbench_streambus import PROTOCOL
from workbench_streambus.grammar import REQUEST_TYPES, frame
from workbench_streambus.server import StreambusService, server


def lines(seed: int) -> list[str]:
    with running(server) as serving:
        return list(PROTOCOL.workload(serving.endpoint, Random(seed)))


def test_equal_randomness_equal_lines():
    assert lines(1) == lines(1)
    assert lines(1) != lines(2)


def test_it_asks_for_everything_and_is_refused_now_and_then():
    kinds: set[int] = set()

    class Watched(StreambusService):
        def answer(self, request: bytes) -> bytes:
            assert frame(request) == len(request)
            kinds.add(request[12])
            return super().answer(request)

    with running(lambda options: Watched(options), ServerOptions()) as serving:
        told = list(PROTOCOL.workload(serving.endpoint, Random(7)))
    assert kinds == set(REQUEST_TYPES.values())
    assert any("was refused" in line for line in told)
    assert not any("was not refused" in line for line in told)
    assert told[-1].startswith("deleted events.")


def test_two_runs_share_one_server():
    with running(server) as serving:
        for seed in (1, 2):
            assert list(PROTOCOL.workload(serving.endpoint, Random(seed)))[-2] == "1 topics exist"

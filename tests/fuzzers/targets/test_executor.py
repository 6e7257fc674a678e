"""Every executor keeps the same contract: in process, a command, an address."""

from contextlib import closing

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.model import Ending
from fuzzers.targets.executor import Executor
from fuzzers.targets.making import executor_for
from support.lines import LINES, command
from support.tiny import TINY
from workbench.serving import running


@pytest.fixture(params=["training", "command", "address"])
def executor(request):
    """An executor of a healthy server, with the number of cases it can play."""
    if request.param == "command":
        made = executor_for(LINES, cases(LINES, 1), TargetConfig(kind="command", command=command()))
    elif request.param == "address":
        assert TINY.server is not None
        with running(TINY.server) as server:
            config = TargetConfig(kind="address", host=server.endpoint.host, port=server.endpoint.port)
            with closing(executor_for(TINY, cases(TINY, 1), config)) as made:
                yield made
        return
    else:
        made = executor_for(TINY, cases(TINY, 1), TargetConfig(kind="training"), 2)
    with closing(made):
        yield made


def test_contract(executor: Executor):
    spans = list(executor.sweep(3, 9))
    assert spans[0].start == 3
    assert spans[-1].stop == 9
    assert [span.stop for span in spans[:-1]] == [span.start for span in spans[1:]]
    messages = (b"\x00\x0e\x00\x01\x01\x00\x05helloR\x8d9\x9c",)
    first = executor.play(messages)
    executor.renew()
    again = executor.play(messages, patient=True)
    assert first.verdict is None
    assert first.execution.turns == again.execution.turns
    assert first.execution.ending in (Ending.OPEN, Ending.CLOSED)
    assert executor.restarts == 0
    executor.close()
    executor.close()

import os
from contextlib import closing
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.targets.making import executor_for, workers_for
from fuzzers.targets.network import can_enter_network
from support.tiny import TINY
from workbench.api import Carrier, UsageError

SOURCE = cases(TINY, 1)


@pytest.mark.parametrize(
    ("config", "executor", "workers"),
    [
        (TargetConfig(), "inproc", 3),
        (TargetConfig(kind="training"), "inproc", 3),
        (TargetConfig(kind="command", command=("x", "{port}")), "live", 3),
        (TargetConfig(kind="command", command=("x",), port=9, netns="off"), "live", 1),
        (TargetConfig(kind="command", command=("x", "{port}"), executor="fork"), "fork", 3),
        (TargetConfig(kind="address", port=9), "blackbox", 3),
    ],
)
def test_kinds(config: TargetConfig, executor: str, workers: int):
    with closing(executor_for(TINY, SOURCE, config, 3)) as made:
        assert (made.means.executor, made.means.workers) == (executor, workers)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        (TargetConfig(kind="command"), "the command is empty"),
        (TargetConfig(kind="command", command=("x",), host="192.0.2.1"), "not your own machine"),
        (TargetConfig(kind="address", host="192.0.2.1", port=1), "not your own machine"),
    ],
)
def test_what_cannot_or_must_not_be(config: TargetConfig, complaint: str):
    with pytest.raises(UsageError, match=complaint):
        executor_for(TINY, SOURCE, config)


def test_transports():
    for transport in ("udp", "tcp"):
        executor_for(replace(TINY, transport=transport), SOURCE, TargetConfig(kind="address", port=9)).close()
    with pytest.raises(UsageError, match="runs over wings, and nobody offers that"):
        executor_for(replace(TINY, transport="wings"), SOURCE, TargetConfig(kind="address", port=9))
    with pytest.raises(UsageError, match="no connection is accepted"):
        executor_for(replace(TINY, transport="udp"), SOURCE, TargetConfig(kind="command", command=("x",), executor="fork"))
    executor_for(replace(TINY, transport="wings"), SOURCE, TargetConfig()).close()


def test_servers_that_know_connections_wherever_they_come_from():
    carrier = Carrier(server=None, client=None)
    spec = replace(TINY, transport="udp", carrier=carrier)
    with closing(executor_for(spec, SOURCE, TargetConfig(kind="command", command=("x", "{port}")))) as made:
        assert made.means.executor == "restart"
    with pytest.raises(UsageError, match="a repetition of the one before"):
        executor_for(spec, SOURCE, TargetConfig(kind="address", port=9))


def test_what_is_carried_is_reached_through_its_carrier():
    spec = replace(TINY, transport="wings")
    carrier = Carrier(server=None, client=None)
    executor_for(spec, SOURCE, TargetConfig(kind="address", port=9), carrier=carrier).close()


def test_workers():
    every = len(os.sched_getaffinity(0))
    assert workers_for(TargetConfig(), 0) == every
    assert workers_for(TargetConfig(), 3) == 3
    assert workers_for(TargetConfig(kind="command", command=("x", "{port}")), 0) == every
    assert workers_for(TargetConfig(kind="command", command=("x",), netns="off"), 3) == 1
    assert workers_for(TargetConfig(kind="command", command=("x",)), 3) == (3 if can_enter_network() else 1)
    assert workers_for(TargetConfig(kind="address"), 0) == 1
    assert workers_for(TargetConfig(kind="address"), 3) == 3

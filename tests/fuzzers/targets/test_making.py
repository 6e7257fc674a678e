import os
from dataclasses import replace

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.targets.inproc import InProcess
from fuzzers.targets.making import executor_for, workers_for
from fuzzers.targets.remote import Remote
from support.tiny import TINY
from workbench.api import UsageError

SOURCE = cases(TINY, 1)


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        (TargetConfig(), InProcess),
        (TargetConfig(kind="training"), InProcess),
        (TargetConfig(kind="command", command=("x", "{port}")), Remote),
        (TargetConfig(kind="address", port=9), Remote),
    ],
)
def test_kinds(config: TargetConfig, kind: type):
    executor = executor_for(TINY, SOURCE, config)
    assert isinstance(executor, kind)
    executor.close()


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


def test_datagrams_stay_in_process():
    udp = replace(TINY, transport="udp")
    with pytest.raises(UsageError, match="TCP only"):
        executor_for(udp, SOURCE, TargetConfig(kind="address", port=9))
    executor_for(udp, SOURCE, TargetConfig()).close()


def test_workers():
    assert workers_for(TargetConfig(), 0) == len(os.sched_getaffinity(0))
    assert workers_for(TargetConfig(), 3) == 3
    assert workers_for(TargetConfig(kind="command"), 3) == 1

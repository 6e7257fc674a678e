"""Our training servers on real sockets, over each transport: what is planted is told there as in memory, and nothing else is."""

import sys
from contextlib import closing

import pytest

from fuzzers import TargetConfig, cases
from fuzzers.targets.links.dialing import carrier_of
from fuzzers.targets.making import executor_for
from workbench.api import FaultKind
from workbench_dns import PROTOCOL as DNS
from workbench_http1 import PROTOCOL as HTTP1
from workbench_http3 import PROTOCOL as HTTP3
from workbench_quic import PROTOCOL as QUIC
from workbench_streambus import PROTOCOL as STREAMBUS
from workbench_tls import PROTOCOL as TLS

NOT_OVER_QUIC = "late-data"
"""A fault that no carrier can say: nothing comes behind the end of a stream."""
SEEDS = 4
"""Healthy sessions played first: what they show is not a finding."""


def served(spec, *words: str, **more) -> TargetConfig:
    command = (sys.executable, "-m", "workbench", "serve", spec.name, "--training", "--port", "{port}", *words)
    return TargetConfig(kind="command", command=command, executor="live", coverage="off", **more)


@pytest.mark.parametrize(
    ("spec", "target"),
    [
        pytest.param(STREAMBUS, served(STREAMBUS), id="tcp"),
        pytest.param(HTTP1, served(HTTP1, "--tls", tls=True), id="tls"),
        pytest.param(TLS, served(TLS), id="tls itself"),
        pytest.param(DNS, served(DNS), id="udp"),
        pytest.param(HTTP3, served(HTTP3), id="quic"),
    ],
)
def test_planted_faults_are_told_over_every_transport(spec, target):
    source = cases(spec, 1)
    with closing(executor_for(spec, source, target, carrier=carrier_of(spec, [QUIC]))) as executor:
        for number in range(SEEDS):
            assert executor.play(source.case_at(number).messages).verdict is None
        for fault in spec.faults:
            if fault.kind is FaultKind.GROWTH or (spec is HTTP3 and fault.name == NOT_OVER_QUIC):
                continue  # growth takes many plays of the same case
            verdict = executor.play(fault.example).verdict
            assert verdict is not None, fault.name
            assert verdict.oracle in fault.oracles, fault.name

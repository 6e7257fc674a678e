"""What both doors share: admitting, counting, and what becomes of a crash."""

import pytest

from workbench.api import Endpoint
from workbench.serving.door import Host, endpoint_of
from workbench.serving.events import Connected, Crashed, Disconnected, Refused
from workbench.serving.limits import ServingLimits

PEER = Endpoint("127.0.0.1", 99)


@pytest.fixture
def told():
    return []


@pytest.fixture
def host(told):
    made = Host(object, ServingLimits(connections=1), told.append, wall_clock=lambda: 123)
    yield made
    made.selector.close()


def test_one_too_many_is_refused(host, told):
    number, pump = host.admit(PEER)
    assert host.admit(PEER) is None
    host.dismiss(number, PEER, pump, "peer")
    assert host.admit(PEER)[0] == 2
    assert [type(event) for event in told] == [Connected, Refused, Disconnected, Connected]
    assert (host.counters.accepted, host.counters.refused, host.counters.open) == (2, 1, 1)


def test_a_crash_is_told_with_its_traceback(host, told):
    assert host.guarded(7, PEER, lambda: None)
    assert not host.guarded(7, PEER, lambda: {}["missing"])
    [crash] = told
    assert isinstance(crash, Crashed)
    assert (crash.connection, crash.peer, crash.time_ns, host.counters.crashed) == (7, PEER, 123, 1)
    assert crash.traceback.startswith("Traceback")
    assert "KeyError: 'missing'" in crash.traceback


def test_a_service_that_cannot_accept_crashes_too(told):
    host = Host(lambda: {}["missing"], ServingLimits(), told.append)
    assert host.admit(PEER) is None
    assert (type(told[0]), host.counters.open) == (Crashed, 0)
    host.selector.close()


def test_endpoints_of_both_families():
    assert endpoint_of(("127.0.0.1", 5)) == Endpoint("127.0.0.1", 5)
    assert endpoint_of(("::1", 5, 0, 0)) == Endpoint("::1", 5)

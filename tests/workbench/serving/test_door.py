"""What both doors share: admitting, counting, waking, telling, and what becomes of a crash."""

import threading

import pytest

from workbench.api import Endpoint
from workbench.serving.door import Host, endpoint_of
from workbench.serving.events import Connected, Crashed, Disconnected, Refused, Secured, Told
from workbench.serving.limits import ServingLimits
from workbench.serving.streams import Session

PEER = Endpoint("127.0.0.1", 99)


class Silent:
    """A protocol's connection that is never spoken to."""

    closed = False


@pytest.fixture
def told():
    return []


@pytest.fixture
def host(told):
    made = Host(services={"": Silent}, limits=ServingLimits(connections=1), listen=told.append, wall_clock=lambda: 123)
    yield made
    made.close()


def test_one_too_many_is_refused(host, told):
    number = host.admit(PEER)
    assert host.admit(PEER) is None
    host.dismiss(number, PEER, host.begin(number, PEER), "peer")
    assert host.admit(PEER) == 2
    assert [type(event) for event in told] == [Connected, Refused, Disconnected, Connected]
    assert (host.counters.accepted, host.counters.refused, host.counters.open) == (2, 1, 1)


def test_a_crash_is_told_with_its_traceback(host, told):
    try:
        {}["missing"]
    except KeyError:
        host.crashed(7, PEER)
    [crash] = told
    assert isinstance(crash, Crashed)
    assert (crash.connection, crash.peer, crash.time_ns, host.counters.crashed) == (7, PEER, 123, 1)
    assert crash.traceback.startswith("Traceback")
    assert "KeyError: 'missing'" in crash.traceback


def test_a_service_that_cannot_accept_crashes_too(host, told):
    host.services[""] = lambda: {}["missing"]
    assert host.begin(1, PEER) is None
    assert type(told[0]) is Crashed


def test_the_agreed_protocol_chooses_the_service(host, told):
    class Other(Silent):
        pass

    host.services["h2"] = Other
    session = Session("TLSv1.3", "TLS_AES_128_GCM_SHA256", "h2", "example.test", True, "somebody")
    assert isinstance(host.begin(1, PEER, session).connection, Other)
    assert type(host.begin(1, PEER, Session("TLSv1.3", "", "", "", False, "")).connection) is Silent
    assert isinstance(told[0], Secured)
    assert (told[0].server_name, told[0].client, host.counters.handshakes, host.counters.resumed) == (
        "example.test",
        "somebody",
        2,
        1,
    )


def test_what_the_protocol_tells_is_counted_and_passed_on(host, told):
    host.tell({"event": "request", "status": 200})
    assert isinstance(told[0], Told)
    assert host.counters.facts == {"request": 1}


def test_the_woken_are_asked_once_and_the_gone_never(host):
    here, gone = Silent(), Silent()
    asked = []
    host.owners[id(here)] = asked.append
    for connection in (here, gone, here):
        host.wake(connection)
    assert host.wake_up(5) is False
    assert asked == [5]
    assert host.wake_up(6) is False
    assert asked == [5]


def test_who_wakes_back_is_asked_in_the_next_turn(host):
    one = Silent()
    asked = []

    def again(now_ns):
        asked.append(now_ns)
        host.wake(one)

    host.owners[id(one)] = again
    host.wake(one)
    assert host.wake_up(1) is True
    assert asked == [1]


def test_other_threads_must_not_wake(host):
    host.wake_up(0)
    caught = []

    def wake():
        try:
            host.wake(Silent())
        except RuntimeError as error:
            caught.append(error)

    thread = threading.Thread(target=wake)
    thread.start()
    thread.join()
    assert len(caught) == 1


def test_endpoints_of_both_families():
    assert endpoint_of(("127.0.0.1", 5)) == Endpoint("127.0.0.1", 5)
    assert endpoint_of(("::1", 5, 0, 0)) == Endpoint("::1", 5)

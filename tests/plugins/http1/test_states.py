"""The order of messages on a connection, as a table."""

from support.http1 import CLIENT, SERVER, lines, messages
from workbench_http1.states import INITIAL, STATES


def path(found):
    states = [INITIAL]
    for message in found:
        states.append(STATES[states[-1], message.label])
    return states


ASKED = lines("GET / HTTP/1.1\nHost: a")
ANSWER = lines("HTTP/1.1 204 No Content")


def test_one_after_the_other():
    found = messages((CLIENT, ASKED), (SERVER, lines("HTTP/1.1 100 Continue") + ANSWER), (CLIENT, ASKED), (SERVER, ANSWER))
    assert path(found) == ["idle", "waiting", "waiting", "idle", "waiting", "idle"]


def test_pipelined():
    found = messages((CLIENT, ASKED * 2), (SERVER, ANSWER * 2))
    assert path(found) == ["idle", "waiting", "pipelining", "pipelining", "pipelining"]


def test_nothing_follows_a_switch():
    assert all(state != "switched" for state, _ in STATES)
    assert "switched" in STATES.values()


def test_a_response_without_a_request_is_illegal():
    (found,) = messages((SERVER, ANSWER))
    assert (INITIAL, found.label) not in STATES


def test_all_states_can_be_reached():
    reached, size = {INITIAL}, 0
    while len(reached) > size:
        size = len(reached)
        reached |= {after for (before, _), after in STATES.items() if before in reached}
    assert reached == {state for state, _ in STATES} | set(STATES.values())

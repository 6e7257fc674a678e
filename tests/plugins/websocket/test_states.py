from workbench.api import Direction
from workbench_websocket.frames import build_frame, read_head
from workbench_websocket.states import ACCEPTED, INITIAL, OFFERED, REFUSED, STATES, symbol


def walk(*said, state=INITIAL):
    for one in said:
        state = STATES[state, one]
    return state


def test_a_session():
    assert walk(OFFERED, ACCEPTED, "text", "server text", "ping", "server pong") == "open"
    assert walk(OFFERED, ACCEPTED, "text begins", "server ping", "pong") == "client text, server open"
    assert walk(OFFERED, ACCEPTED, "binary begins", "continuation", "continuation ends") == "open"
    assert walk(OFFERED, ACCEPTED, "close", "server text", "server close") == "closed"


def test_a_refusal_leads_back():
    assert walk(OFFERED, REFUSED) == INITIAL


def test_what_is_not_legal():
    assert (INITIAL, "text") not in STATES
    assert ("open", "continuation") not in STATES
    assert ("client text, server open", "text") not in STATES
    assert (walk(OFFERED, ACCEPTED, "close"), "text") not in STATES
    assert not [state for state, _ in STATES if state == "closed"]


def test_symbols():
    def of(frame, direction=Direction.TO_SERVER):
        return symbol(read_head(frame), direction)

    assert of(build_frame(1)) == "text"
    assert of(build_frame(2, fin=False)) == "binary begins"
    assert of(build_frame(0, fin=False)) == "continuation"
    assert of(build_frame(0), Direction.TO_CLIENT) == "server continuation ends"
    assert of(build_frame(11)) == "reserved"

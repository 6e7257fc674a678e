"""The order of a connection's frames: SETTINGS first on both sides, everything behind them (RFC 9113 3.4)."""

from support.http2 import CLIENT, HELLO, SERVER, frame, headers, messages, settings
from workbench_http2 import PROTOCOL
from workbench_http2.names import PREFACE, Type
from workbench_http2.states import INITIAL, STATES


def walk(*turns):
    state = INITIAL
    for message in messages(*turns):
        state = STATES[state, message.label]
    return state


def test_ways_to_begin():
    assert walk(*HELLO) == "open"
    assert walk((SERVER, settings()), (CLIENT, PREFACE + settings())) == "open"
    assert walk((CLIENT, PREFACE + settings() + headers(1)), (SERVER, settings())) == "open"
    assert walk((CLIENT, PREFACE), (SERVER, settings() + frame(Type.PING, opaque=bytes(8)))) == "server ready, preface seen"


def test_goaway_closes_but_does_not_end():
    goaway = frame(Type.GOAWAY, last_stream_id=0, error=0, addata=b"")
    assert walk(*HELLO, (SERVER, goaway), (CLIENT, headers(1) + goaway)) == "closing"


def test_nothing_comes_before_settings():
    assert ("preface seen", "client headers") not in STATES
    assert ("client ready", "server headers") not in STATES


def test_every_state_can_be_reached():
    found, edge = {INITIAL}, [INITIAL]
    while edge:
        state = edge.pop()
        for (origin, _), following in STATES.items():
            if origin == state and following not in found:
                found.add(following)
                edge.append(following)
    assert found == {state for state, _ in STATES} | set(STATES.values())
    assert PROTOCOL.states is STATES

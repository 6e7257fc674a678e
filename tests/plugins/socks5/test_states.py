from support.socks5 import DOWN, UP, heard
from workbench_socks5.seeds import greeting, password, request, request4
from workbench_socks5.states import INITIAL, STATES

GRANTED = b"\5\0\0\1\x7f\0\0\1\0\x50"


def walk(*turns):
    state = INITIAL
    for message in heard(*turns):
        state = STATES[state, message.label]
    return state


def test_the_ways_through():
    connect = ((UP, greeting(0)), (DOWN, b"\5\0"), (UP, request(1, b"x", 1)), (DOWN, GRANTED))
    assert walk(*connect) == "tunnel"
    assert walk((UP, greeting(2)), (DOWN, b"\5\2"), (UP, password(b"a", b"b")), (DOWN, b"\1\1")) == "over"
    assert walk((UP, greeting(0)), (DOWN, b"\5\0"), (UP, request(2, b"x", 1)), (DOWN, GRANTED), (DOWN, GRANTED)) == "tunnel"
    assert walk((UP, greeting(0)), (DOWN, b"\5\0"), (UP, request(3, b"x", 1)), (DOWN, GRANTED)) == "associated"
    assert walk((UP, request4(1, b"x", 1)), (DOWN, b"\0\x5b\0\0\0\0\0\0")) == "over"


def test_a_grant_without_a_request_is_no_transition():
    assert ("start", "granted") not in STATES
    assert ("greeted", "granted") not in STATES
    assert ("authenticating", "connect") not in STATES

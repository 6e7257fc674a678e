"""The order of a connection: SETTINGS of both, GOAWAY, the end; symbols for everything."""

import pytest

from support.http3 import CLIENT, SERVER
from workbench_http3.names import StreamType, Type
from workbench_http3.states import INITIAL, STATES, label, leading, symbol_of_frame, symbol_of_stream


def walk(*labels):
    state = INITIAL
    for each in labels:
        state = STATES[state, each]
    return state


@pytest.mark.parametrize(
    ("labels", "state"),
    [
        (("client settings",), "client ready"),
        (("client headers", "client settings", "server settings"), "open"),
        (("server settings", "client settings", "client headers", "server headers", "server data"), "open"),
        (("client settings", "server goaway", "client data", "server headers"), "closing"),
        (("client settings", "server settings", "client close", "server data"), "closed"),
        (("client reset", "server stop", "client datagram", "client part", "client end"), "start"),
    ],
)
def test_walks(labels, state):
    assert walk(*labels) == state


def test_second_settings_are_not_an_error_of_the_table_but_change_nothing():
    assert walk("client settings", "client settings") == "client ready"


def test_symbols():
    assert symbol_of_frame(Type.HEADERS) == "headers"
    assert symbol_of_frame(Type.PRIORITY_UPDATE_PUSH) == "priority update"
    assert (symbol_of_frame(0x21), symbol_of_frame(0x22)) == ("reserved frame", "unknown frame")
    assert (symbol_of_stream(StreamType.PUSH), symbol_of_stream(0x21)) == ("push stream", "other stream")
    assert (label(CLIENT, "data"), label(SERVER, "data")) == ("client data", "server data")


def test_every_symbol_is_known_to_the_table():
    for kind in (*Type, 0x21, 0x22):
        assert (INITIAL, label(CLIENT, symbol_of_frame(kind))) in STATES
    for kind in (*StreamType, 0x21):
        assert (INITIAL, label(SERVER, symbol_of_stream(kind))) in STATES


@pytest.mark.parametrize(
    ("symbols", "symbol"),
    [
        (("control stream", "settings"), "settings"),
        (("control stream", "settings", "max push id"), "settings"),
        (("data", "goaway"), "goaway"),
        (("headers", "data"), "headers"),
        (("encoder stream", "encoder"), "encoder"),
        (("encoder stream",), "encoder stream"),
        ((), "part"),
    ],
)
def test_several_things_together(symbols, symbol):
    assert leading(symbols) == symbol

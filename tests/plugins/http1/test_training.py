"""Each planted fault fires on its trigger and only there; without triggers the faulty server is the reference server."""

import sys

import pytest

from support.http1 import CLIENT, SERVER, answers, lines, messages
from workbench.api import UNDECODED, ServerOptions
from workbench_http1.seeds import SECRET, SEEDS
from workbench_http1.server import serve
from workbench_http1.states import STATES
from workbench_http1.training import training


def talk(factory, *data: bytes) -> bytes:
    connection = factory(ServerOptions())()
    return b"".join(answers(connection, part) for part in data)


def test_seeds_do_not_trigger_anything():
    for seed in (*SEEDS, SECRET.session):
        assert talk(training, *seed.messages) == talk(serve, *seed.messages)


def test_escape_crashes():
    with pytest.raises(ValueError, match="base 16"):
        talk(training, lines("GET /%zz HTTP/1.1\nHost: h"))


def test_trailer_crashes_the_second_time():
    put = lines("PUT /store/x HTTP/1.1\nHost: h\nTransfer-Encoding: chunked") + b"1\r\na\r\n0\r\nT: u\r\n\r\n"
    assert talk(training, put) == talk(serve, put)
    with pytest.raises(KeyError):
        talk(training, put, put)


class StillRunningError(Exception):
    """Enough was seen of a loop."""


def test_weights_hangs():
    left = 100_000

    def count(frame, event, arg):
        nonlocal left
        left -= 1
        if not left:
            raise StillRunningError
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        with pytest.raises(StillRunningError):
            talk(training, lines("GET / HTTP/1.1\nHost: h\nAccept-Encoding: gzip;q=0"))
    finally:
        sys.settrace(before)


def test_head_range_sends_content():
    ask = lines("HEAD /hello.txt HTTP/1.1\nHost: h\nRange: bytes=0-3")
    found = messages((CLIENT, ask), (SERVER, talk(training, ask)))
    assert [message.protocol for message in found] == ["http1", "http1", UNDECODED]


def test_twice_breaks_the_order():
    ask = lines("OPTIONS * HTTP/1.1\nHost: h\nMax-Forwards: 0")
    found = messages((CLIENT, ask), (SERVER, talk(training, ask)))
    assert [message.label for message in found] == ["request", "response", "response"]
    assert ("idle", "response") not in STATES


def test_scratch_leaks():
    service = training(ServerOptions())
    answers(service(), SECRET.session.messages[0])
    ask = lines("POST /echo HTTP/1.1\nHost: h\nX-Echo-Length: 50\nContent-Length: 1") + b"x"
    assert SECRET.token in answers(service(), ask)
    assert SECRET.token not in talk(serve, SECRET.session.messages[0][:0] + ask)

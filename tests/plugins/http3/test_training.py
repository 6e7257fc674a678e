"""Each planted fault fires on its trigger and only there; without triggers the faulty server is the reference server."""

import sys

import pytest

from dissectors.engine import converse
from workbench.api import Direction, ServerOptions, StreamData
from workbench_http3 import PROTOCOL
from workbench_http3.checks.literals import capacity
from workbench_http3.checks.talk import data, headers
from workbench_http3.names import Type
from workbench_http3.seeds import SECRET, SEEDS
from workbench_http3.server import serve
from workbench_http3.server_frames import build, goaway, settings
from workbench_http3.training import training

OPEN = bytes(StreamData(2, b"\0" + settings()))
ENCODER = bytes(StreamData(6, b"\2"))


def ask(method: bytes, path: bytes, *extra: tuple[bytes, bytes], content: bytes | None = None, stream: int = 0) -> bytes:
    fields = [(b":method", method), (b":scheme", b"https"), (b":authority", b"h"), (b":path", path), *extra]
    return bytes(StreamData(stream, headers(fields) + (b"" if content is None else data(content)), True))


def turns(service, messages):
    connection = service()
    connection.wakeup(0)
    found = []
    for said in messages:
        out = connection.receive(said)
        while more := connection.pull():
            out += more
        found += [(Direction.TO_SERVER, said), (Direction.TO_CLIENT, out)]
    return found


def talk(factory, *messages):
    return turns(factory(ServerOptions()), (OPEN, *messages))


def test_seeds_do_not_trigger_anything():
    for seed in (*SEEDS, SECRET.session):
        assert turns(training(ServerOptions()), seed.messages) == turns(serve(ServerOptions()), seed.messages)


def test_prefix_crashes():
    for payload in (b"", b"\0"):
        with pytest.raises(IndexError):
            talk(training, bytes(StreamData(0, build(Type.HEADERS, payload))))
    talk(serve, bytes(StreamData(0, build(Type.HEADERS, b"\0"))))


def test_resize_crashes_behind_a_request_only():
    shrink = bytes(StreamData(6, capacity(0)))
    talk(training, ENCODER, shrink, ask(b"GET", b"/"))
    talk(training, ENCODER, ask(b"GET", b"/"), bytes(StreamData(6, capacity(20))))
    with pytest.raises(ZeroDivisionError):
        talk(training, ENCODER, ask(b"GET", b"/"), shrink)


class StillRunningError(Exception):
    """Enough was seen of a loop."""


def test_farewell_hangs():
    talk(training, bytes(StreamData(2, goaway(4))))
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
            talk(training, bytes(StreamData(2, goaway(3))))
    finally:
        sys.settrace(before)


def test_late_data_is_an_error_to_see():
    said = ask(b"HEAD", b"/hello.txt", (b"range", b"bytes=0-3"))
    assert not any(message.errors for message in converse(PROTOCOL, talk(serve, said)))
    assert any(message.errors for message in converse(PROTOCOL, talk(training, said)))


def test_scratch_leaks():
    said = ask(b"POST", b"/echo", (b"x-echo-length", b"50"), content=b"x")
    for factory, leaks in ((training, True), (serve, False)):
        service = factory(ServerOptions())
        turns(service, SECRET.session.messages)
        out = b"".join(found for direction, found in turns(service, (OPEN, said)) if direction is Direction.TO_CLIENT)
        assert (SECRET.token in out) is leaks


def test_what_is_no_frame_is_left_to_the_server():
    assert talk(training, b"\x16\x03\x01") == talk(serve, b"\x16\x03\x01")

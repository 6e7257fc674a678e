"""Each planted fault fires on its trigger and only there; without triggers the faulty server is the reference server."""

import sys

import pytest

from dissectors.engine import converse
from workbench.api import Direction, ServerOptions
from workbench_http2 import PROTOCOL
from workbench_http2.seeds import SECRET, SEEDS
from workbench_http2.server import serve
from workbench_http2.server_frames import PADDED, PREFACE, FrameType, SettingId, build, settings
from workbench_http2.training import training

GET = build(FrameType.HEADERS, 5, 1, b"\x82\x86\x84\x41\x01h")
POST = build(FrameType.HEADERS, 4, 1, b"\x83\x86\x04\x05/echo\x41\x01h")


def turns(service, messages):
    connection = service()
    connection.wakeup(0)
    found = []
    for data in messages:
        out = connection.receive(data)
        while more := connection.pull():
            out += more
        found += [(Direction.TO_SERVER, data), (Direction.TO_CLIENT, out)]
    return found


def talk(factory, *messages):
    return turns(factory(ServerOptions()), (PREFACE, settings(), *messages))


def test_seeds_do_not_trigger_anything():
    for seed in (*SEEDS, SECRET.session):
        assert turns(training(ServerOptions()), seed.messages) == turns(serve(ServerOptions()), seed.messages)


def test_padding_crashes():
    with pytest.raises(IndexError):
        talk(training, POST, build(FrameType.DATA, PADDED, 1, b"\x02ab"))


def test_resize_crashes_behind_a_request_only():
    shrink = settings([(SettingId.HEADER_TABLE_SIZE, 0)])
    talk(training, shrink, GET)
    with pytest.raises(ZeroDivisionError):
        talk(training, GET, shrink)


class StillRunningError(Exception):
    """Enough was seen of a loop."""


def test_tree_hangs():
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
            talk(training, build(FrameType.PRIORITY, 0, 3, b"\0\0\0\5\0"), build(FrameType.PRIORITY, 0, 5, b"\0\0\0\3\0"))
    finally:
        sys.settrace(before)


def test_late_data_is_an_error_to_see():
    ask = build(FrameType.HEADERS, 5, 1, b"\x02\x04HEAD\x86\x04\x0a/hello.txt\x41\x01h\x00\x05range\x09bytes=0-3")
    assert not any(message.errors for message in converse(PROTOCOL, talk(serve, ask)))
    assert any(message.errors for message in converse(PROTOCOL, talk(training, ask)))


def test_scratch_leaks():
    ask = build(FrameType.HEADERS, 4, 1, POST[9:] + b"\x00\x0dx-echo-length\x0250"), build(FrameType.DATA, 1, 1, b"x")
    for factory, leaks in ((training, True), (serve, False)):
        service = factory(ServerOptions())
        turns(service, SECRET.session.messages)
        out = b"".join(
            data for direction, data in turns(service, (PREFACE, settings(), *ask)) if direction is Direction.TO_CLIENT
        )
        assert (SECRET.token in out) is leaks

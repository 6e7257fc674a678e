"""The client of the checks, against servers that misbehave in one way each."""

import pytest

from support.websocket import opening
from workbench.api import CheckFailed, CheckSkipped
from workbench.conformance.memory import MemoryPeer
from workbench_websocket.checks.talk import ask, closing, field, needs_deflate, open_talk, opening_lines
from workbench_websocket.frames import build_frame
from workbench_websocket.server import serve

ACCEPTED = (
    b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


class Scripted:
    """Accepts, and then says the same to everything."""

    def __init__(self, greeting=ACCEPTED, reply=b"", closes=False):
        self.closed = False
        self._greeting, self._reply, self._closes, self._met = greeting, reply, closes, False

    def receive(self, data):
        self.closed = not data or (self._closes and self._met)
        said = b"" if not data else self._reply if self._met else self._greeting
        self._met = True
        return said

    def pull(self):
        return b""

    def wakeup(self, now_ns):
        return b""

    def drain(self):
        return b""


def peer(**script):
    return MemoryPeer(lambda _: lambda: Scripted(**script))


def test_a_correct_opening():
    assert opening_lines(MemoryPeer(serve)).startswith(b"GET / HTTP/1.1\r\nHost: ")
    assert b"\r\nX: y\r\n" in opening_lines(MemoryPeer(serve), "X: y")
    response, rest = ask(MemoryPeer(serve), opening())
    assert (response.status, rest) == (101, b"")
    assert field(response, b"upgrade") == "websocket"


@pytest.mark.parametrize("greeting", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"what?\r\n\r\n", ACCEPTED.replace(b"s3p", b"xxx")])
def test_a_refusal_fails(greeting):
    with pytest.raises(CheckFailed):
        open_talk(peer(greeting=greeting))


def test_an_echo():
    open_talk(MemoryPeer(serve)).echoes(1, b"Hello")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        build_frame(1, b"hello"),
        build_frame(2, b"Hello"),
        build_frame(8, closing(1000)),
        build_frame(1, b"Hello", key=b"1234"),
        build_frame(1, b"Hello", rsv=4),
    ],
)
def test_no_echo(reply):
    with pytest.raises(CheckFailed):
        open_talk(peer(reply=reply)).echoes(1, b"Hello")


def test_a_fragmented_echo_is_one():
    open_talk(peer(reply=build_frame(1, b"Hel", fin=False) + build_frame(9) + build_frame(0, b"lo"))).echoes(1, b"Hello")


@pytest.mark.parametrize(
    ("script", "passes"),
    [
        ({"reply": build_frame(8, closing(1002)), "closes": True}, True),
        ({"closes": True}, True),
        ({"reply": build_frame(8, closing(1000)), "closes": True}, False),
        ({"reply": build_frame(8, closing(1002))}, False),
        ({"reply": build_frame(1, b"fine by me"), "closes": True}, False),
        ({}, False),
    ],
)
def test_failing_the_connection(script, passes):
    talk = open_talk(peer(**script))
    talk.send(3)
    if passes:
        talk.fails(1002)
    else:
        with pytest.raises(CheckFailed):
            talk.fails(1002)


@pytest.mark.parametrize(
    ("script", "passes"),
    [
        ({"reply": build_frame(8, closing(1000)), "closes": True}, True),
        ({"reply": build_frame(8, closing(1000)) + build_frame(9), "closes": True}, False),
        ({"reply": build_frame(8, closing(1000))}, False),
        ({"closes": True}, False),
    ],
)
def test_closing(script, passes):
    talk = open_talk(peer(**script))
    talk.send(8, closing(1000))
    if passes:
        talk.closes(1000)
    else:
        with pytest.raises(CheckFailed):
            talk.closes(1000)


def test_a_target_without_compression_is_not_blamed():
    with pytest.raises(CheckSkipped):
        needs_deflate(peer())

"""Frames between two connections, and how either end reaches the other."""

import pytest

from support.carried_client import Client
from workbench.api import ConnectionClosed, Datagram, StreamData
from workbench.tapping.quic_pair import ROOM, QuicPair


class Link:
    """A link without a socket."""

    def __init__(self) -> None:
        self.client = Client()
        self.client.ready = True
        self.trouble = ""
        self.closed = False

    def send(self, frames: bytes) -> None:
        self.client.send(frames)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def told():
    return []


@pytest.fixture
def pair(told):
    made = QuicPair(told.append)
    made.link = Link()
    return made


def test_frames_pass_both_ways(pair):
    assert pair.receive(bytes(StreamData(0, b"ask", True))) == b""
    assert pair.link.client.said == [bytes(StreamData(0, b"ask", True))]
    pair.link.client.inbox = bytes(StreamData(0, b"answer"))
    assert pair.pull() == bytes(StreamData(0, b"answer"))
    assert pair.pull() == b""
    assert pair.wakeup(0) == b""


def test_streams_are_opened_in_order_on_both_sides(pair):
    pair.receive(bytes(StreamData(4, b"x")))
    assert pair.link.client.said == [bytes(StreamData(0)) + bytes(StreamData(4, b"x"))]
    pair.link.client.inbox = bytes(StreamData(7, b"y"))
    assert pair.pull() == bytes(StreamData(3)) + bytes(StreamData(7, b"y"))


def test_nothing_is_said_before_the_target_is_ready(pair):
    pair.link.client.ready = False
    pair.receive(bytes(Datagram(b"early")))
    assert pair.link.client.said == []
    pair.link.client.ready = True
    pair.go_on()
    pair.go_on()
    assert pair.link.client.said == [bytes(Datagram(b"early"))]


def test_a_slow_target_makes_its_client_wait(pair):
    assert not pair.full
    pair.link.client.unsent = ROOM
    assert pair.full
    pair.link.client.unsent, pair.link.client.ready = 0, False
    pair.receive(bytes(StreamData(0, bytes(ROOM))))
    assert pair.full


def test_a_target_that_says_goodbye(pair, told):
    pair.link.client.inbox = bytes(ConnectionClosed(7, b"done"))
    pair.link.client.ended = pair.link.trouble = "the server closed it with code 0x7"
    assert pair.pull() == bytes(ConnectionClosed(7, b"done"))
    assert pair.pull() == b""
    assert pair.closed
    assert told == []


def test_a_target_that_breaks_off(pair, told):
    pair.link.client.broken, pair.link.client.ended, pair.link.trouble = True, "lost", "lost"
    assert pair.pull() == bytes(ConnectionClosed(0, b"the target: lost"))
    assert pair.pull() == b""
    assert told == ["lost"]


def test_a_client_that_leaves(pair):
    link = pair.link
    pair.leave()
    pair.leave()
    assert (link.client.said, link.closed) == ([bytes(ConnectionClosed(0))], True)
    assert pair.pull() == pair.receive(bytes(StreamData(0, b"x"))) == b""


def test_a_tap_that_stops(pair):
    assert pair.drain() == b""
    assert pair.closed

"""What every transport keeps, whatever it is made of."""

import socket

import pytest

from fuzzers.targets.links.link import Dialer, Link
from fuzzers.targets.links.tcp import TcpDialer
from support.waiting import until
from workbench.api import Endpoint


@pytest.fixture
def pair():
    """A link, and the other end of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        dialer: Dialer = TcpDialer()
        link: Link = dialer.dial(Endpoint(*listener.getsockname()))
        with listener.accept()[0] as other:
            yield link, other
        link.close()


def test_nothing_waits(pair):
    link, other = pair
    with pytest.raises(BlockingIOError):
        link.receive()
    assert not link.waiting
    assert link.send(memoryview(b"question")) == 8
    until(link.at_rest)
    assert other.recv(100) == b"question"

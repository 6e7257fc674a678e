"""UDP links over loopback."""

import socket

import pytest

from support.linking import table
from workbench.api import Endpoint
from workbench.api.links import Arrived, Hang, Hold, OpenDatagrams, Opened, Pass, Resume


@pytest.fixture
def far():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        yield sock


def opened(proxy) -> Endpoint:
    proxy.do(OpenDatagrams(1, "127.0.0.1"))
    event = proxy.tell()
    assert isinstance(event, Opened)
    assert (event.local.host, event.remote) == ("127.0.0.1", None)
    return event.local


def test_datagrams_go_both_ways(far):
    with table() as proxy:
        here, there = opened(proxy), Endpoint(*far.getsockname())
        proxy.do(Pass(1, b"one", there), Pass(1, b"", there))
        assert far.recvfrom(10) == (b"one", (here.host, here.port))
        assert far.recvfrom(10)[0] == b""
        far.sendto(b"two", (here.host, here.port))
        assert proxy.tell() == Arrived(1, b"two", there)


def test_what_cannot_go_out_is_lost(far):
    with table() as proxy:
        opened(proxy)
        there = Endpoint(*far.getsockname())
        lost = [
            Pass(1, b"x" * 70_000, there),
            Pass(1, b"x", None),
            Pass(1, b"x", Endpoint("::1", there.port)),
            Pass(1, b"x", Endpoint("192.0.2.1", 9)),  # beyond this machine
            Pass(1, b"x", Endpoint("no address", 9)),
        ]
        proxy.do(*lost, Pass(1, b"this one goes", there))
        assert far.recvfrom(100)[0] == b"this one goes"
        assert proxy.proxy.told == []


def test_the_port_of_nobody_is_no_trouble(far):
    there = Endpoint(*far.getsockname())
    with table() as proxy:
        here = opened(proxy)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
            gone.bind(("127.0.0.1", 0))
            nobody = Endpoint(*gone.getsockname())
        proxy.do(Pass(1, b"x", nobody))
        far.sendto(b"still here", (here.host, here.port))
        assert proxy.tell() == Arrived(1, b"still here", there)


def test_held_and_closed(far):
    with table() as proxy:
        here = opened(proxy)
        proxy.do(Hold(1))
        far.sendto(b"wait", (here.host, here.port))
        for _ in range(5):
            proxy.server.step(0.001)
        assert proxy.proxy.told == []
        proxy.do(Resume(1))
        assert proxy.tell() == Arrived(1, b"wait", Endpoint(*far.getsockname()))
        proxy.do(Hang(1, half=True))
        assert proxy.server.counters.links_open == 1
        proxy.do(Hang(1))
        assert proxy.server.counters.links_open == 0

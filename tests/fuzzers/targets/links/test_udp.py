import socket

import pytest

from fuzzers.targets.links.udp import UdpDialer
from support.answering import heard
from support.waiting import until
from workbench.api import Endpoint


@pytest.fixture
def server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(10)
        yield made


def endpoint(server: socket.socket) -> Endpoint:
    return Endpoint(*server.getsockname())


def nowhere() -> Endpoint:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        return Endpoint(*made.getsockname())


def test_one_message_is_one_datagram(server):
    link = UdpDialer().dial(endpoint(server))
    for message in (b"one", b"two"):
        assert link.send(memoryview(message)) == 3
    link.finish()
    asked = [server.recvfrom(100) for _ in range(2)]
    assert [data for data, _ in asked] == [b"one", b"two"]
    server.sendto(b"", asked[0][1])
    server.sendto(b"first", asked[0][1])
    server.sendto(b"second", asked[0][1])
    assert heard(link) == b"first"
    assert heard(link) == b"second"
    assert link.at_rest()
    assert not link.waiting
    link.close()
    link.close()


def test_each_connection_has_a_port_of_its_own(server):
    dialer = UdpDialer()
    links = [dialer.dial(endpoint(server)) for _ in range(3)]
    for link in links:
        link.send(memoryview(b"x"))
    assert len({server.recvfrom(10)[1] for _ in links}) == 3
    for link in links:
        link.reset()


def test_what_is_too_long_is_lost(server):
    link = UdpDialer().dial(endpoint(server))
    assert link.send(memoryview(bytes(70_000))) == 70_000
    link.send(memoryview(b"next"))
    assert server.recv(100) == b"next"
    link.close()


def test_nobody_there(server):
    dialer, place = UdpDialer(), nowhere()
    assert dialer.is_there(endpoint(server), 1.0)
    assert not dialer.is_there(place, 1.0)
    assert not dialer.is_there(Endpoint("no.such.host.invalid", 1), 1.0)
    link = dialer.dial(place)

    def refused() -> bool:
        try:
            link.send(memoryview(b"x"))
        except ConnectionRefusedError:
            return True
        return False

    until(refused)
    link.close()

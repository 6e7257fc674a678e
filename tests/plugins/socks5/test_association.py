"""RFC 1928 section 7."""

import pytest

from support.socks5 import CLIENT, Proxy
from workbench.api import Arrived, Endpoint, OpenDatagrams, Opened, Pass, Refused, Resolve, Resolved
from workbench_socks5.association import MAX_DATAGRAM, MOST_REMOTES, MOST_WAITING
from workbench_socks5.client import wrap
from workbench_socks5.seeds import greeting, request

RELAY, OUT = Endpoint("127.0.0.1", 50_000), Endpoint("127.0.0.1", 50_001)
FROM, TO = Endpoint("127.0.0.1", 45_000), Endpoint("127.0.0.1", 53)


def associated(port=0):
    proxy = Proxy()
    proxy.say(greeting(0), request(3, "0.0.0.0", port))
    assert proxy.commands() == [OpenDatagrams(1, CLIENT.host)]
    assert proxy.tell(Opened(1, RELAY)) == b"\5\0\0\1\x7f\0\0\1\xc3\x50"
    return proxy


def relaying():
    proxy = associated()
    proxy.tell(Arrived(1, wrap(TO, b"first"), FROM), Opened(2, OUT))
    assert proxy.commands() == [OpenDatagrams(2, TO.host), Pass(2, b"first", TO)]
    return proxy


def test_there_and_back():
    proxy = relaying()
    proxy.tell(Arrived(1, wrap(TO, b"question"), FROM))
    assert proxy.passed() == [(2, b"question", TO)]
    proxy.tell(Arrived(2, b"answer", TO))
    assert proxy.passed() == [(1, wrap(TO, b"answer"), FROM)]


@pytest.mark.parametrize("stranger", [Endpoint("127.0.0.2", 45_000), Endpoint("127.0.0.1", 45_001)])
def test_strangers_are_dropped(stranger):
    proxy = relaying()
    proxy.tell(Arrived(1, wrap(TO, b"x"), stranger))
    assert proxy.passed() == []


def test_a_client_may_name_its_port():
    proxy = associated(port=45_000)
    proxy.tell(Arrived(1, wrap(TO, b"x"), Endpoint("127.0.0.1", 45_001)))
    assert proxy.commands() == []
    proxy.tell(Arrived(1, wrap(TO, b"x"), FROM))
    assert proxy.commands() != []


def test_hosts_that_were_not_asked_are_not_heard():
    proxy = relaying()
    proxy.tell(Arrived(2, b"unasked", Endpoint("127.0.0.1", 54)))
    assert proxy.passed() == []


def test_rules_hold_for_datagrams():
    proxy = relaying()
    proxy.tell(Arrived(1, wrap(Endpoint("192.0.2.1", 53), b"x"), FROM), Arrived(1, wrap(Endpoint("127.0.0.1", 0), b"x"), FROM))
    assert proxy.commands() == []


@pytest.mark.parametrize(
    "data", [b"", b"\0\0\0\1\x7f", b"\0\0\0\x09abcdefgh", b"\0\0\0\3\x20ab\0\x35", b"\0\0\0\3\x03a b\0\x35x"]
)
def test_broken_datagrams_are_dropped_without_a_word(data):
    proxy = relaying()
    proxy.tell(Arrived(1, data, FROM))
    assert proxy.commands() == []
    assert not proxy.closed


def test_fragments_go_out_whole():
    proxy = relaying()
    proxy.tell(*(Arrived(1, wrap(TO, data, number), FROM) for data, number in ((b"a", 1), (b"b", 2), (b"c", 0x83))))
    assert proxy.passed() == [(2, b"abc", TO)]


def test_fragments_wait_no_longer_than_their_timer_and_for_nobody_else():
    proxy = relaying()
    proxy.tell(Arrived(1, wrap(TO, b"a", 1), FROM))
    proxy.wait(6)
    proxy.tell(Arrived(1, wrap(TO, b"b", 0x82), FROM))
    proxy.tell(Arrived(1, wrap(TO, b"a", 1), FROM), Arrived(1, wrap(Endpoint("127.0.0.1", 54), b"b", 0x82), FROM))
    proxy.tell(Arrived(1, wrap(TO, b"a", 1), FROM), Arrived(1, wrap(TO, b"whole"), FROM), Arrived(1, wrap(TO, b"b", 0x82), FROM))
    assert proxy.passed() == [(2, b"whole", TO)]


def named(payload, name=b"localhost"):
    return b"\0\0\0\3" + bytes([len(name)]) + name + b"\0\x35" + payload


def test_names_are_looked_up_once():
    proxy = relaying()
    proxy.tell(Arrived(1, named(b"a"), FROM), Arrived(1, named(b"b"), FROM))
    assert proxy.commands() == [Resolve(3, "localhost")]
    proxy.tell(Resolved(3, ("10.0.0.1", "127.0.0.1")))
    assert proxy.passed() == [(2, b"a", TO), (2, b"b", TO)]
    proxy.tell(Arrived(1, named(b"c"), FROM))
    assert proxy.passed() == [(2, b"c", TO)]


def test_what_waits_for_a_name_is_bounded():
    proxy = relaying()
    proxy.tell(*(Arrived(1, named(b"x", b"n%d" % number), FROM) for number in range(2 * MOST_WAITING)))
    assert sum(isinstance(command, Resolve) for command in proxy.commands()) == MOST_WAITING
    proxy.tell(Refused(3, "unknown host"))
    proxy.end()
    assert proxy.log[-1]["dropped"] == MOST_WAITING + 1


def test_each_family_has_its_socket():
    proxy = relaying()
    six = Endpoint("::1", 53)
    proxy.tell(Arrived(1, wrap(six, b"x"), FROM))
    assert proxy.commands() == [OpenDatagrams(3, "::1")]
    proxy.tell(Refused(3, "failed"), Arrived(1, wrap(six, b"y"), FROM))
    assert proxy.commands() == [OpenDatagrams(4, "::1")]


def test_remembered_hosts_are_bounded():
    proxy = relaying()
    others = [Endpoint("127.0.0.2", port) for port in range(1, MOST_REMOTES + 1)]
    proxy.tell(*(Arrived(1, wrap(other, b"x"), FROM) for other in others))
    proxy.passed()
    proxy.tell(Arrived(2, b"too late", TO), Arrived(2, b"in time", others[-1]))
    assert [data for _, data, _ in proxy.passed()] == [wrap(others[-1], b"in time")]


def test_answers_that_no_datagram_can_carry_are_dropped():
    proxy = relaying()
    proxy.tell(Arrived(2, bytes(MAX_DATAGRAM - 9), TO))
    assert proxy.passed() == []
    proxy.tell(Arrived(2, bytes(MAX_DATAGRAM - 10), TO))
    assert len(proxy.passed()) == 1


def test_it_ends_with_the_connection():
    proxy = relaying()
    proxy.say(b"nothing is due here")
    assert not proxy.closed
    proxy.end()
    assert proxy.closed
    assert proxy.log[-1] == {**proxy.log[-1], "event": "ended", "sent": 5, "received": 0, "dropped": 0}


def test_without_a_socket_it_is_refused():
    proxy = Proxy()
    proxy.say(greeting(0), request(3, "0.0.0.0", 0))
    assert proxy.tell(Refused(1, "failed"))[:2] == b"\5\1"


def test_it_ends_with_the_service():
    proxy = relaying()
    proxy.connection.drain()
    assert proxy.closed

"""Everything about links that is not one link: who may go where, how many, names, the client itself, and the end of all."""

import socket
import threading

import pytest

from support.linking import SECOND, table
from workbench.api import Endpoint
from workbench.api.links import CLIENT, Dial, Hang, Hold, Listen, OpenDatagrams, Opened, Pass, Refused, Resolve, Resolved, Resume
from workbench.serving import LinkOpened, LinkRefused, ServingLimits


@pytest.mark.parametrize("request_", [Dial(1, "192.0.2.1", 80), Listen(1, "192.0.2.1"), OpenDatagrams(1, "192.0.2.1")])
def test_other_machines_are_reached_only_on_demand(request_):
    with table() as proxy:
        proxy.do(request_)
        assert proxy.tell() == Refused(1, "not allowed")
        [event] = [event for event in proxy.events if isinstance(event, LinkRefused)]
        assert event.target.startswith("192.0.2.1")
        assert proxy.server.counters.links_refused == 1


@pytest.mark.parametrize("address", ["0.0.0.0", "::ffff:192.0.2.1", "::", "169.254.1.1"])
def test_ways_around_that_are_none(address):
    with table() as proxy:
        proxy.do(Dial(1, address, 80))
        assert proxy.tell() == Refused(1, "not allowed")


def test_a_name_that_leads_elsewhere_is_no_way_around():
    with table() as proxy:
        proxy.server._host.resolver._find = lambda _: ("192.0.2.1",)
        proxy.do(Resolve(1, "rebinding.test"))
        assert proxy.tell() == Resolved(1, ("192.0.2.1",))
        proxy.do(Dial(1, "rebinding.test", 80))
        assert proxy.tell() == Refused(1, "not allowed")


def test_other_machines_on_demand():
    with table(dial_remote=True) as proxy:
        proxy.do(OpenDatagrams(1, "127.0.0.1"))
        assert isinstance(proxy.tell(), Opened)
        assert proxy.server._host.dial_remote


def test_datagrams_go_to_addresses_only():
    with table(dial_remote=True) as proxy, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind(("127.0.0.1", 0))
        far.settimeout(5)
        port = far.getsockname()[1]
        proxy.do(OpenDatagrams(1, "127.0.0.1"))
        proxy.tell()
        # looking up a name would stop the loop
        proxy.do(Pass(1, b"lost", Endpoint("localhost", port)), Pass(1, b"sent", Endpoint("127.0.0.1", port)))
        assert far.recv(10) == b"sent"


def test_names():
    with table() as proxy:
        proxy.do(Resolve(1, "127.0.0.1"))
        assert proxy.tell() == Resolved(1, ("127.0.0.1",))
        proxy.server._host.resolver._find = lambda host: ("127.0.0.1",) if host == "known.test" else ()
        proxy.do(Resolve(1, "known.test"), Resolve(2, "unknown.test"))
        assert {type(proxy.tell()), type(proxy.tell())} == {Resolved, Refused}


def test_a_name_that_takes_too_long():
    answered = threading.Event()
    with table(dial_ns=SECOND) as proxy:
        proxy.server._host.resolver._find = lambda _: ("127.0.0.1",) if answered.wait(20) else ()
        proxy.do(Dial(1, "slow.test", 80), Resolve(2, "slow.test"), Dial(3, "slow.test", 80))
        proxy.do(Hang(3))
        proxy.now_ns += 2 * SECOND
        assert [proxy.tell(), proxy.tell()] == [Refused(1, "timed out"), Refused(2, "timed out")]
        answered.set()
        proxy.until(lambda: proxy.server._host.resolver._waiting == 0)
        assert proxy.proxy.told == []  # its answer comes too late


def test_only_so_many():
    most = ServingLimits().links
    with table() as proxy:
        proxy.do(*(OpenDatagrams(number, "127.0.0.1") for number in range(1, most + 2)))
        told = [proxy.tell() for _ in range(most + 1)]
        assert [type(event) for event in told] == [Opened] * most + [Refused]
        proxy.do(Hang(1), OpenDatagrams(99, "127.0.0.1"))
        assert isinstance(proxy.tell(), Opened)


def test_a_number_in_use_is_not_opened_again():
    with table() as proxy:
        proxy.do(OpenDatagrams(1, "127.0.0.1"), OpenDatagrams(1, "127.0.0.1"))
        assert isinstance(proxy.tell(), Opened)
        assert proxy.proxy.told == []
        assert proxy.server.counters.links_open == 1
        assert len([event for event in proxy.events if isinstance(event, LinkOpened)]) == 1


def test_commands_for_links_that_are_none_do_nothing():
    with table() as proxy:
        proxy.do(Hold(7), Resume(7), Hang(7), Hang(7, half=True))
        assert proxy.proxy.told == []


def test_the_client_can_be_held():
    with table() as proxy:
        proxy.do(Hold(CLIENT))
        proxy.client.sendall(b"wait")
        for _ in range(5):
            proxy.server.step(0.001)
        assert proxy.proxy.heard == b""
        proxy.do(Resume(CLIENT))
        proxy.until(lambda: proxy.proxy.heard == b"wait")


def test_our_half_of_the_client_can_end_first():
    with table() as proxy:
        proxy.say(b"last words")
        proxy.do(Hang(CLIENT, half=True))
        assert (proxy.client.recv(20), proxy.client.recv(20)) == (b"last words", b"")
        proxy.client.sendall(b"not mine")
        proxy.until(lambda: proxy.proxy.heard == b"not mine")


def test_a_proxy_outlives_its_clients_half():
    with table() as proxy:
        proxy.client.shutdown(socket.SHUT_WR)
        proxy.until(lambda: proxy.proxy.ended)
        proxy.say(b"the far end goes on")
        assert proxy.client.recv(100) == b"the far end goes on"
        assert proxy.server.counters.open == 1
        proxy.proxy.closed = True
        proxy.do()
        proxy.until(lambda: proxy.server.counters.open == 0)


def test_everything_closes_with_the_connection():
    with table() as proxy, socket.create_server(("127.0.0.1", 0)) as far:
        proxy.do(Dial(1, "127.0.0.1", far.getsockname()[1]), Listen(2, "127.0.0.1"), OpenDatagrams(3, "127.0.0.1"))
        proxy.until(lambda: proxy.server.counters.links_open == 3)
        sock = far.accept()[0]
        proxy.proxy.closed = True
        proxy.do()
        proxy.client.close()
        proxy.until(lambda: proxy.server.counters.links_open == 0)
        assert sock.recv(1) == b""
        sock.close()


def test_a_crash_on_news_of_a_link_closes_everything():
    with table() as proxy:
        proxy.proxy.crashing = True
        proxy.do(OpenDatagrams(1, "127.0.0.1"))
        proxy.until(lambda: proxy.server.counters.crashed == 1)
        assert (proxy.server.counters.open, proxy.server.counters.links_open) == (0, 0)

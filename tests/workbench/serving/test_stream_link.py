"""TCP links over loopback: dialling, waiting for a caller, both halves, back-pressure, time limits."""

import contextlib
import socket
import struct

import pytest

from support.linking import SECOND, table
from workbench.api import Endpoint
from workbench.api.links import Accepted, Arrived, Dial, Ended, Hang, Hold, Listen, Opened, Pass, Refused, Resume, Taken
from workbench.serving import LinkClosed
from workbench.serving.stream_link import local_address


@pytest.fixture
def far():
    """Somebody to dial."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        yield listener


def dialled(proxy, far) -> socket.socket:
    proxy.do(Dial(1, "127.0.0.1", far.getsockname()[1]))
    opened = proxy.tell()
    sock, address = far.accept()
    sock.settimeout(5)
    assert opened == Opened(1, Endpoint(*address), Endpoint(*far.getsockname()))
    return sock


def test_bytes_go_both_ways_and_are_told(far):
    with table() as proxy, dialled(proxy, far) as sock:
        proxy.do(Pass(1, b"hello"))
        assert proxy.tell() == Taken(1, 5)
        assert sock.recv(10) == b"hello"
        sock.sendall(b"back")
        assert proxy.tell() == Arrived(1, b"back")
        assert (proxy.server.counters.links, proxy.server.counters.links_open) == (1, 1)


def test_what_is_passed_before_it_is_open_waits(far):
    with table() as proxy:
        proxy.do(Dial(1, "127.0.0.1", far.getsockname()[1]), Pass(1, b"early"), Hang(1, half=True))
        sock = far.accept()[0]
        with sock:
            sock.settimeout(5)
            assert isinstance(proxy.tell(), Opened)
            assert proxy.tell() == Taken(1, 5)
            assert (sock.recv(10), sock.recv(10)) == (b"early", b"")
            sock.sendall(b"late")
            assert proxy.tell() == Arrived(1, b"late")


def test_each_half_ends_by_itself(far):
    with table() as proxy, dialled(proxy, far) as sock:
        sock.shutdown(socket.SHUT_WR)
        assert proxy.tell() == Ended(1)
        proxy.do(Pass(1, b"still here"), Hang(1, half=True))
        assert proxy.tell() == Taken(1, 10)
        assert (sock.recv(20), sock.recv(20)) == (b"still here", b"")
        proxy.until(lambda: proxy.server.counters.links_open == 0)
        [closed] = [event for event in proxy.events if isinstance(event, LinkClosed)]
        assert (closed.kind, closed.received, closed.sent) == ("dial", 0, 10)


def test_a_link_that_was_hung_up_is_silent_and_sends_what_was_passed(far):
    with table() as proxy, dialled(proxy, far) as sock:
        proxy.do(Pass(1, b"bye"), Hang(1))
        sock.sendall(b"unheard")
        proxy.until(lambda: proxy.server.counters.links_open == 0)
        assert sock.recv(10) == b"bye"
        assert proxy.proxy.told == []


def test_a_reset_is_broken(far):
    with table() as proxy, dialled(proxy, far) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        assert proxy.tell() == Ended(1, broken=True)
        proxy.do(Pass(1, b"too late"))
        assert proxy.server.counters.links_open == 0


def test_held_links_are_not_read(far):
    with table() as proxy, dialled(proxy, far) as sock:
        proxy.do(Hold(1))
        sock.sendall(b"wait")
        for _ in range(5):
            proxy.server.step(0.001)
        assert proxy.proxy.told == []
        proxy.do(Resume(1))
        assert proxy.tell() == Arrived(1, b"wait")


def test_nothing_is_read_from_a_client_whose_link_is_full(far):
    with table(link_buffered=1000) as proxy, dialled(proxy, far) as sock:
        proxy.do(Pass(1, b"x" * 20_000_000))  # more than the kernel's buffers
        proxy.client.sendall(b"more")
        for _ in range(5):
            proxy.server.step(0.001)
        assert proxy.proxy.heard == b""
        sock.setblocking(False)

        def read() -> bytes:
            with contextlib.suppress(BlockingIOError):
                sock.recv(1_000_000)
            return proxy.proxy.heard

        assert proxy.until(read, "the link has room again") == b"more"


def test_nothing_is_read_from_a_link_whose_client_is_slow(far):
    with table(buffered=1000) as proxy, dialled(proxy, far) as sock:
        proxy.say(b"y" * 20_000_000)
        sock.sendall(b"more")
        for _ in range(5):
            proxy.server.step(0.001)
        assert proxy.proxy.told == []
        proxy.client.setblocking(False)

        def read() -> list:
            with contextlib.suppress(BlockingIOError):
                proxy.client.recv(1_000_000)
            return proxy.proxy.told

        assert proxy.until(read, "the client has room again") == [Arrived(1, b"more")]


def test_nobody_there(far):
    port = far.getsockname()[1]
    far.close()
    with table() as proxy:
        proxy.do(Dial(1, "127.0.0.1", port))
        assert proxy.tell() == Refused(1, "refused")
        proxy.do(Dial(1, "127.0.0.1", 0))  # the number is free again
        assert isinstance(proxy.tell(), Refused)


def test_the_next_address_is_tried(far):
    with table() as proxy:
        # as for a name that has both: nobody listens on ::1
        proxy.server._host.resolver._find = lambda _: ("::1", "127.0.0.1")
        proxy.do(Dial(1, "two.test", far.getsockname()[1]))
        assert isinstance(proxy.tell(), Opened)


def test_a_host_that_does_not_answer_is_given_up(far):
    port = far.getsockname()[1]
    far.listen(0)
    crowd = []
    for _ in range(4):  # the queue is full: the kernel answers no more
        sock = socket.socket()
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", port))
        crowd.append(sock)
    with table(dial_ns=5 * SECOND) as proxy:
        proxy.do(Dial(1, "127.0.0.1", port))
        proxy.server.step(0)
        proxy.now_ns += 6 * SECOND
        assert proxy.tell() == Refused(1, "timed out")
    for sock in crowd:
        sock.close()


def test_one_caller_is_let_in():
    with table() as proxy:
        proxy.do(Listen(1, "127.0.0.1"))
        opened = proxy.tell()
        assert isinstance(opened, Opened)
        assert (opened.local.host, opened.remote) == ("127.0.0.1", None)
        with socket.create_connection((opened.local.host, opened.local.port), 5) as caller:
            assert proxy.tell() == Accepted(1, Endpoint(*caller.getsockname()))
            caller.sendall(b"hi")
            assert proxy.tell() == Arrived(1, b"hi")
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((opened.local.host, opened.local.port), 5)


def test_waiting_can_be_given_up():
    with table() as proxy:
        proxy.do(Listen(1, "127.0.0.1"))
        opened = proxy.tell()
        proxy.do(Hang(1))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((opened.local.host, opened.local.port), 5)
        assert proxy.server.counters.links_open == 0


def test_addresses_of_this_machine():
    assert local_address("127.0.0.1") == "127.0.0.1"
    with pytest.raises(OSError):
        local_address("no address")
